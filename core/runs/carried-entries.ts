import { staticPath, type Step } from '../playbooks/playbook.ts'
import type { JournalEntry } from './journal.ts'

/**
 * What a replay from `from` knows of its origin already: the outcomes of the steps before it, the decisions and lists of
 * the steps around it, and what succeeded beside it, in other branches and other iterations of a `forEach`. The step
 * itself and everything after it is left out. `steps` are those of the version, by path, in the order of the file; pure.
 */
export function carriedEntries(
  journal: readonly JournalEntry[],
  from: string,
  steps: ReadonlyMap<string, Step>,
): JournalEntry[] {
  const order = new Map([...steps.keys()].map((path, index) => [path, index]))
  return journal.filter(entry => {
    const path = entry.path
    if (path === null || !CARRIED.has(entry.kind)) return false
    if (isInside(path, from)) return false
    if (isInside(from, path)) return isStillDecided(entry, from)
    const { around, mine, theirs } = fork(from, path)
    const holder = steps.get(staticPath(around))
    const failed = entry.kind === 'step.failed' || entry.kind === 'iteration.failed'
    const isIteration = mine.startsWith('[') && theirs.startsWith('[')
    if (holder?.kind === 'parallel' || (isIteration && holder?.kind === 'forEach')) return !failed
    if (isIteration) return indexOf(theirs) < indexOf(mine)
    return order.get(plannedPath(path))! < order.get(plannedPath(from))!
  })
}

/** May this path be replayed from: does the journal tell anything of it, or of a step inside? */
export function isBegun(journal: readonly JournalEntry[], path: string): boolean {
  return journal.some(entry => entry.path !== null && isInside(entry.path.split('!')[0]!, path))
}

const CARRIED: ReadonlySet<string> = new Set([
  'step.branch',
  'step.completed',
  'step.skipped',
  'step.failed',
  'loop.started',
  'iteration.started',
  'iteration.completed',
  'iteration.failed',
])

/** Of a step around the one that is replayed: it has no outcome, but it was decided what it goes through. */
function isStillDecided({ kind, path, data }: JournalEntry, from: string): boolean {
  if (kind === 'step.branch') return data?.['branch'] !== 'catch' || !from.startsWith(`${path}.try.`)
  return kind === 'loop.started' || kind === 'iteration.started'
}

/** Where two paths part: the path of the step that holds both, and the next part of each. */
function fork(a: string, b: string): { readonly around: string; readonly mine: string; readonly theirs: string } {
  const [ours, others] = [partsOf(a), partsOf(b)]
  let at = 0
  while (ours[at] === others[at]) at++
  return { around: ours.slice(0, at).join(''), mine: ours[at] ?? '', theirs: others[at] ?? '' }
}

/** `each[3].send`: `each`, `[3]`, `.send`. */
const partsOf = (path: string) => path.match(/^[^.[]+|\.[^.[]+|\[\d+\]/g) ?? []
const indexOf = (part: string) => Number(part.slice(1, -1))
const isInside = (path: string, outer: string) =>
  path === outer || path.startsWith(`${outer}.`) || path.startsWith(`${outer}[`)

/** An iteration stands where its loop does. */
const plannedPath = (path: string) => staticPath(path).replace(/\[\]$/, '')
