import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import { foldedWords, isStopWord } from '../words.ts'
import { keyOfVectorId, type MemoryEntry, type MemoryFilter } from './entry.ts'
import { highlight, type Piece } from './highlight.ts'
import type { LexicalIndex, Scored, Traits } from './lexical-index.ts'
import { openStore, storeState } from './memory.ts'
import { textOf } from './memory-index.ts'
import { entriesUnder } from './read-entries.ts'

export type SearchCore = Pick<Core, 'sql' | 'clock' | 'memory' | 'log'>

export interface Found {
  readonly entry: MemoryEntry
  /** 0 to 1, beside the others that were found. */
  readonly score: number
  /** By its words, by what it means, or both. */
  readonly by: 'words' | 'meaning' | 'both'
  readonly highlights: readonly Piece[]
}

export interface SearchResult {
  readonly found: readonly Found[]
  /** Why only words were looked for; null where meaning was as well. */
  readonly withoutMeaning: string | null
}

const CANDIDATES = 50
/** Of reciprocal rank fusion (Cormack, Clarke and Büttcher 2009); 60 there. Ours has few candidates, so the first count more. */
const RANK_CONSTANT = 10

/**
 * What the workspace remembers of something: by the words of the query (BM25) and by its meaning (vectors), the two orders
 * fused by rank, important entries first. While the embedder or the store of vectors is away, words alone answer, and the
 * result says so. `first` 1 to 50, 10 without it.
 */
export async function searchMemory(
  core: SearchCore,
  workspaceId: WorkspaceId,
  query: string,
  { first = 10, filter = {} }: { readonly first?: number | undefined; readonly filter?: MemoryFilter | undefined } = {},
): Promise<SearchResult> {
  const text = query.trim()
  if (text === '' || text.length > 2000)
    throw new TraeError('BAD_USER_INPUT', `A search has 1 to 2,000 characters, found ${text.length}.`)
  if (!Number.isInteger(first) || first < 1 || first > CANDIDATES)
    throw new TraeError('BAD_USER_INPUT', `first must be a whole number from 1 to ${CANDIDATES}, found ${first}.`)
  const [index, meant] = await Promise.all([
    core.memory.index.of(workspaceId),
    byMeaning(core, workspaceId, text, filter),
  ])
  const worded = index.search(text, CANDIDATES, fitsOf(filter))
  const keys = [...new Set([...worded.map(({ key }) => key), ...meant.keys])]
  const entries = new Map(
    (await entriesUnder(core, workspaceId, keys))
      .filter(entry => filter.leadId === undefined || entry.leadId === filter.leadId)
      .map(entry => [entry.key, entry]),
  )
  const words = withPairs(
    index,
    text,
    worded.filter(({ key }) => entries.has(key)),
    entries,
  )
  const meaning = meant.keys.filter(key => entries.has(key))
  return {
    found: fuse(words, meaning, core.memory.embedder.weight, entries)
      .slice(0, first)
      .map(({ entry, score, by }) => ({ entry, score, by, highlights: highlight(entry.content, text) })),
    withoutMeaning: meant.why,
  }
}

/** Keys, nearest first. What fails here takes nothing from the words. */
async function byMeaning(core: SearchCore, workspaceId: WorkspaceId, text: string, filter: MemoryFilter) {
  try {
    const [{ kind }, [values]] = await Promise.all([storeState(core), core.memory.embedder.embed([text])])
    if (!values!.some(value => value !== 0)) return { keys: [], why: null }
    const { types, modules, outcomes, since } = filter
    const matches = await openStore(core.memory, kind).query(workspaceId, {
      values: values!,
      top: CANDIDATES,
      filter: { types, modules, outcomes, since: since === undefined ? undefined : new Date(since) },
    })
    return {
      keys: matches.filter(({ score }) => score > core.memory.embedder.chance).map(({ id }) => keyOfVectorId(id)),
      why: null,
    }
  } catch (error) {
    if (!(error instanceof TraeError)) throw error
    core.log.warn({ err: error, workspaceId }, 'the memory is searched by words alone')
    return { keys: [], why: error.message }
  }
}

/** Two words of the query that stand side by side in an entry say more than each for itself. */
function withPairs(
  index: LexicalIndex,
  query: string,
  worded: readonly Scored[],
  entries: ReadonlyMap<string, MemoryEntry>,
): string[] {
  const pairs = new Map<string, number>()
  const words = telling(query)
  for (const [i, word] of words.entries()) {
    const before = words[i - 1]
    if (before === undefined) continue
    pairs.set(pairOf(before, word), Math.max(index.rarityOf(before), index.rarityOf(word)))
  }
  if (pairs.size === 0) return worded.map(({ key }) => key)
  return worded
    .map(({ key, score }) => {
      const found = telling(textOf(entries.get(key)!))
      const counts = new Map<string, number>()
      for (let i = 1; i < found.length; i++) {
        const pair = pairOf(found[i - 1]!, found[i]!)
        if (pairs.has(pair)) counts.set(pair, (counts.get(pair) ?? 0) + 1)
      }
      let more = 0
      for (const [pair, count] of counts) more += (pairs.get(pair)! * count * 2.2) / (count + 1.2)
      return { key, score: score + more }
    })
    .toSorted((a, b) => b.score - a.score || (a.key < b.key ? -1 : 1))
    .map(({ key }) => key)
}

const telling = (text: string) => foldedWords(text).flatMap(word => (isStopWord(word) ? [] : [word.slice(0, 6)]))
const pairOf = (a: string, b: string) => `${a} ${b}`

function fuse(
  words: readonly string[],
  meaning: readonly string[],
  weight: number,
  entries: ReadonlyMap<string, MemoryEntry>,
) {
  const scores = new Map<string, { score: number; by: Found['by'] }>()
  for (const [rank, key] of words.entries()) scores.set(key, { score: 1 / (RANK_CONSTANT + rank + 1), by: 'words' })
  for (const [rank, key] of meaning.entries()) {
    const before = scores.get(key)
    const score = (before?.score ?? 0) + weight / (RANK_CONSTANT + rank + 1)
    scores.set(key, { score, by: before ? 'both' : 'meaning' })
  }
  const most = (1 + weight) / (RANK_CONSTANT + 1)
  return [...scores]
    .map(([key, { score, by }]) => {
      const entry = entries.get(key)!
      return { entry, by, score: Math.min(1, (score / most) * (0.75 + entry.importance / 2)) }
    })
    .toSorted((a, b) => b.score - a.score || (a.entry.key < b.entry.key ? -1 : 1))
}

function fitsOf({ types, modules, outcomes, since }: MemoryFilter): (traits: Traits) => boolean {
  const from = since === undefined ? -Infinity : Date.parse(since)
  const among = (list: readonly string[] | undefined, value: string | null) =>
    list === undefined || (value !== null && list.includes(value))
  return ({ type, module, outcome, at }) =>
    at >= from && among(types, type) && among(modules, module) && among(outcomes, outcome)
}
