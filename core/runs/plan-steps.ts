import type { Step } from '../playbooks/playbook.ts'
import { innerSteps } from '../publishing/playbook-registry.ts'
import type { JournalEntry } from './journal.ts'
import { type Frame, placed } from './step-outcome.ts'

/** A step, or an iteration of a loop, at its place in the run. */
export interface PlannedStep {
  readonly path: string
  readonly title: string
  /** `iteration`: one round of the loop above it. */
  readonly kind: Step['kind'] | 'iteration'
  readonly uses: string | null
  readonly depth: number
  /** Of a loop: iterations that are over, and how many there will be where that is known. */
  readonly progress: { readonly done: number; readonly total: number | null } | null
}

/** Of one loop. */
export const SHOWN_ITERATIONS = 20

type Told = ReadonlyMap<string, readonly JournalEntry[]>

/** What a run has before it, in the order of the file: the playbook's steps, in the iterations that the journal tells of. */
export function planSteps(steps: readonly Step[], paths: readonly string[], told: Told): PlannedStep[] {
  return plan(steps, 0, { from: '', to: '', vars: {} }, paths, told)
}

function plan(
  steps: readonly Step[],
  depth: number,
  frame: Frame,
  paths: readonly string[],
  told: Told,
): PlannedStep[] {
  return steps.flatMap(written => {
    const step = placed(written, frame)
    const { path, title, kind } = step
    const uses = step.kind === 'uses' || step.kind === 'playbook' ? step.uses : null
    const planned = { path, title, kind, uses, depth, progress: null }
    const inner = innerSteps(written)
    if (kind !== 'forEach' && kind !== 'while') return [planned, ...plan(inner, depth + 1, frame, paths, told)]
    const rounds = iterationsOf(path, paths, told)
    const shown = rounds.shown.flatMap(index => {
      const to = `${path}[${index}]`
      const round: PlannedStep = {
        path: to,
        title: String(index),
        kind: 'iteration',
        uses: null,
        depth: depth + 1,
        progress: null,
      }
      return [round, ...plan(inner, depth + 2, { from: `${written.path}[]`, to, vars: {} }, paths, told)]
    })
    const begun = told.get(path)?.find(entry => entry.kind === 'loop.started')
    const items = begun?.data?.['items']
    const progress = begun && { done: rounds.done, total: Array.isArray(items) ? items.length : null }
    return [
      { ...planned, progress: progress ?? null },
      ...(shown.length > 0 ? shown : plan(inner, depth + 1, frame, paths, told)),
    ]
  })
}

/** Those under way and those that have failed come first, then the newest; shown in their order. */
function iterationsOf(path: string, paths: readonly string[], told: Told): { shown: number[]; done: number } {
  const indexes = new Set<number>()
  for (const other of paths)
    if (other.startsWith(`${path}[`)) indexes.add(Number(other.slice(path.length + 1, other.indexOf(']', path.length))))
  const ends = new Map([...indexes].map(index => [index, told.get(`${path}[${index}]`)?.at(-1)?.kind]))
  const isCompleted = (index: number) => ends.get(index) === 'iteration.completed'
  const done = [...indexes].filter(index => isCompleted(index) || ends.get(index) === 'iteration.failed').length
  const shown = [...indexes]
    .sort((a, b) => Number(isCompleted(a)) - Number(isCompleted(b)) || b - a)
    .slice(0, SHOWN_ITERATIONS)
    .sort((a, b) => a - b)
  return { shown, done }
}
