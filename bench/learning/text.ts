import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { LexicalEmbedder } from '../../core/adapters/embedder/lexical-embedder.ts'
import { createClock } from '../../core/clock.ts'
import { newId, type WorkspaceId } from '../../core/ids.ts'
import { createLog } from '../../core/log.ts'
import { keyOfVectorId } from '../../core/memory/entry.ts'
import { keepVectors } from '../../core/memory/keep-vectors.ts'
import { searchMemory } from '../../core/memory/search-memory.ts'
import { PubSub } from '../../core/pubsub.ts'
import { foldedWords, isStopWord } from '../../core/words.ts'
import { openTestDatabase } from '../../test/support/database.ts'
import { openTestMemory } from '../../test/support/memory.ts'
import { readTexts } from './dataset.ts'
import { type Figure, mean } from './metrics.ts'

/** How the memory looks: by words alone (BM25), by vectors alone, or as a user's search does, by both. */
const WAYS = ['words', 'vectors', 'both'] as const
type Way = (typeof WAYS)[number]

/** How well the memory finds texts with nothing but what a host brings along: whole searches, as a user makes them, beside each half alone. */
export async function textFigures(datasets: string): Promise<Figure[]> {
  const folder = join(datasets, 'text')
  const faquad = await retrieval(folder, 'faquad')
  const cranfield = await retrieval(folder, 'cranfield')
  const crossed = await acrossLanguages(folder)
  const alone = (name: string, found: typeof faquad) =>
    (['words', 'vectors'] as const).map(way => ({
      what: `  ${way === 'words' ? 'BM25' : 'vectors'} alone, ${name} nDCG@10`,
      value: found[way].ndcg,
    }))
  const pairs = { floor: 0.6, goal: 0.68 }
  const figures: readonly Omit<Figure, 'better'>[] = [
    { what: 'FaQuAD nDCG@10', value: faquad.both.ndcg, floor: 0.9, goal: 0.93, anchor: 'BM25 .904, fused .930' },
    ...alone('FaQuAD', faquad),
    { what: 'FaQuAD recall@10', value: faquad.both.recall, floor: 0.985, goal: 0.995 },
    { what: 'Cranfield nDCG@10', value: cranfield.both.ndcg, floor: 0.49, goal: 0.54, anchor: 'BM25 .494, LSA .568' },
    ...alone('Cranfield', cranfield),
    { what: 'STS-B pt Spearman (train)', value: await similarity(folder, 'stsb_pt_train'), ...pairs, anchor: '.682' },
    { what: 'STS-B pt Spearman (dev)', value: await similarity(folder, 'stsb_pt_dev'), ...pairs, anchor: '.682' },
    { what: 'ASSIN pt-BR Spearman', value: await similarity(folder, 'assin_ptbr_train'), ...pairs },
    { what: 'en to pt nDCG@10', value: crossed.all, goal: 0.45, anchor: 'char-gram .444' },
    { what: '  half of the words or more written alike', value: crossed.alike },
    { what: '  less than a fifth written alike', value: crossed.unlike },
    { what: '  share of the sentences with less than a fifth', value: crossed.shareUnlike },
  ]
  return figures.map(figure => ({ ...figure, better: 'higher' as const }))
}

async function retrieval(folder: string, name: string): Promise<Record<Way, { ndcg: number; recall: number }>> {
  const queries = lines(folder, `${name}_train_queries.jsonl.gz`)
  const wanted = judgements(folder, `${name}_train_qrels.tsv`)
  return searching(documentsOf(folder, name), async search => {
    const sums = { words: { ndcg: 0, recall: 0 }, vectors: { ndcg: 0, recall: 0 }, both: { ndcg: 0, recall: 0 } }
    for (const { id, text } of queries) {
      const grades = wanted.get(id)!
      const ideal = [...grades.values()].toSorted((a, b) => b - a).slice(0, 10)
      for (const way of WAYS) {
        const got = (await search(text, way)).map(found => grades.get(found.id) ?? 0)
        sums[way].ndcg += gain(got) / gain(ideal) / queries.length
        sums[way].recall +=
          got.filter(grade => grade > 0).length / Math.min(10, ideal.filter(grade => grade > 0).length) / queries.length
      }
    }
    return sums
  })
}

interface FoundDocument {
  readonly id: string
  /** 0 to 1 of `both`, else only an order. */
  readonly score: number
}

export const documentsOf = (folder: string, name: string) => lines(folder, `${name}_corpus.jsonl.gz`)

/** The ten nearest documents of a collection, which a memory of its own holds. */
export async function searching<T>(
  documents: readonly { readonly id: string; readonly text: string }[],
  work: (search: (query: string, way: Way) => Promise<FoundDocument[]>) => Promise<T>,
): Promise<T> {
  const database = await openTestDatabase('postgres', [])
  try {
    const { sql } = database
    const memory = openTestMemory(sql)
    const core = { sql, memory, clock: createClock(), log: createLog('error'), pubsub: new PubSub() }
    const workspaceId = newId<WorkspaceId>()
    await sql.query({ name: '', text: INSERT_WORKSPACE }, [workspaceId])
    await sql.query({ name: '', text: INSERT_DOCUMENTS }, [workspaceId, JSON.stringify(documents)])
    await keepVectors(core, 'bench')()
    const idOf = (key: string) => key.slice('note_'.length)
    return await work(async (query, way) => {
      const text = query.slice(0, 2000)
      if (way === 'both') {
        const { found } = await searchMemory(core, workspaceId, text, { first: 10 })
        return found.map(({ entry, score }) => ({ id: idOf(entry.key), score }))
      }
      if (way === 'words') {
        const index = await memory.index.of(workspaceId)
        return index.search(text, 10, () => true).map(({ key, score }) => ({ id: idOf(key), score }))
      }
      const [values] = await memory.embedder.embed([text])
      const near = await memory.stores.database.query(workspaceId, { values: values!, top: 10, filter: {} })
      return near.map(({ id, score }) => ({ id: idOf(keyOfVectorId(id)), score }))
    })
  } finally {
    await database.close()
  }
}

/**
 * English sentences of STS-B, each looking for its Portuguese translation among all of them (dev, first of each pair, by their ids). The embedder knows
 * forms of words and no language, so `alike` is how much of a sentence is written alike in both: that is what it can find.
 */
async function acrossLanguages(folder: string) {
  const [en, pt] = ['stsb_en_dev', 'stsb_pt_dev'].map(
    name => new Map(pairsOf(folder, name).map(({ id, s1 }) => [id, s1])),
  ) as [Map<string, string>, Map<string, string>]
  const ids = [...en.keys()].filter(id => pt.has(id))
  const texts = [...new Set(ids.map(id => pt.get(id)!))]
  const embedder = new LexicalEmbedder()
  const documents = await embedder.embed(texts)
  const queries = await embedder.embed(ids.map(id => en.get(id)!))
  const asked = ids.map((id, at) => {
    const near = documents.map(vector => cosine(queries[at]!, vector))
    const own = near[texts.indexOf(pt.get(id)!)]!
    const rank = near.filter(one => one > own).length
    return { ndcg: rank < 10 ? 1 / Math.log2(rank + 2) : 0, alike: shareAlike(en.get(id)!, pt.get(id)!) }
  })
  const of = (some: typeof asked) => mean(some.map(({ ndcg }) => ndcg))
  const unlike = asked.filter(({ alike }) => alike < 0.2)
  return {
    all: of(asked),
    alike: of(asked.filter(({ alike }) => alike >= 0.5)),
    unlike: of(unlike),
    shareUnlike: unlike.length / asked.length,
  }
}

/** The share of the words of one text whose first four letters begin a word of the other. */
function shareAlike(one: string, other: string): number {
  const beginnings = (text: string) => foldedWords(text).flatMap(word => (isStopWord(word) ? [] : [word.slice(0, 4)]))
  const words = beginnings(one)
  const others = new Set(beginnings(other))
  return words.filter(word => others.has(word)).length / Math.max(1, words.length)
}

const gain = (grades: readonly number[]) => grades.reduce((sum, grade, rank) => sum + grade / Math.log2(rank + 2), 0)

const INSERT_WORKSPACE = `insert into workspaces (id, slug, name, time_zone, locale, created_at) values ($1, 'bench', 'Bench', 'UTC', 'pt-BR', now())`
const INSERT_DOCUMENTS = `
  with space as (insert into memory_spaces (workspace_id, revision) values ($1, 1) returning revision)
  insert into memory_entries (id, workspace_id, key, type, content, data, importance, origin, happened_at, created_at, updated_at, revision, stale)
  select gen_random_uuid(), $1, 'note_' || d.id, 'note', d.text, '{}', 0.5, 'bench', now(), now(), now(), revision, true
  from space, jsonb_to_recordset($2::jsonb) as d(id text, text text)`

/** Spearman's rank correlation of the cosine with what people said. */
async function similarity(folder: string, name: string): Promise<number> {
  const pairs = pairsOf(folder, name)
  return spearman(
    await similarities(pairs),
    pairs.map(({ score }) => Number(score)),
  )
}

/** How alike the embedder finds the two texts of each pair, -1 to 1. */
export async function similarities(pairs: readonly { readonly s1: string; readonly s2: string }[]): Promise<number[]> {
  const embedder = new LexicalEmbedder()
  const a = await embedder.embed(pairs.map(({ s1 }) => s1))
  const b = await embedder.embed(pairs.map(({ s2 }) => s2))
  return a.map((values, at) => cosine(values, b[at]!))
}

/** Of unit vectors. */
function cosine(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let at = 0; at < a.length; at++) sum += a[at]! * b[at]!
  return sum
}

const pairsOf = (folder: string, name: string) =>
  readTexts(join(folder, `${name}.csv.gz`)) as { id: string; s1: string; s2: string; score: string }[]

function spearman(x: readonly number[], y: readonly number[]): number {
  const [a, b] = [ranks(x), ranks(y)]
  const mean = (x.length - 1) / 2
  const covariance = (p: readonly number[], q: readonly number[]) =>
    p.reduce((sum, value, i) => sum + (value - mean) * (q[i]! - mean), 0)
  return covariance(a, b) / Math.sqrt(covariance(a, a) * covariance(b, b))
}

/** Equal values share their mean rank. */
function ranks(values: readonly number[]): number[] {
  const order = values.map((value, i) => ({ value, i })).toSorted((a, b) => a.value - b.value)
  const result: number[] = Array.from({ length: values.length })
  for (let i = 0; i < order.length;) {
    let end = i
    while (end < order.length && order[end]!.value === order[i]!.value) end++
    for (let at = i; at < end; at++) result[order[at]!.i] = (i + end - 1) / 2
    i = end
  }
  return result
}

const lines = (folder: string, file: string) =>
  gunzipSync(readFileSync(join(folder, file)))
    .toString()
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as { readonly id: string; readonly text: string })

function judgements(folder: string, file: string): Map<string, Map<string, number>> {
  const wanted = new Map<string, Map<string, number>>()
  for (const line of readFileSync(join(folder, file), 'utf8').trim().split('\n').slice(1)) {
    const [query, document, grade] = line.split('\t') as [string, string, string]
    const grades = wanted.get(query) ?? new Map<string, number>()
    wanted.set(query, grades.set(document, Number(grade)))
  }
  return wanted
}
