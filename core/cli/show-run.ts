import type { Terminal } from './terminal.ts'

/** A run as the subscription sends it. */
export interface WatchedRun {
  readonly id: string
  readonly status: string
  readonly createdAt: string
  readonly finishedAt: string | null
  readonly playbook: { readonly slug: string }
  readonly lead: { readonly id: string } | null
  readonly reason: { readonly code: string; readonly message: string; readonly nextAction: string } | null
  readonly cancellation: { readonly reason: string | null; readonly by: { readonly email: string } | null } | null
  readonly timing: RunTiming
  readonly error: { readonly code: string; readonly message: string } | null
  readonly steps: readonly WatchedStep[]
}

interface WatchedStep {
  readonly path: string
  readonly title: string
  readonly status: string
  readonly attempt: number
  readonly depth: number
  readonly startedAt: string | null
  readonly finishedAt: string | null
  readonly reason: { readonly message: string } | null
  readonly error: { readonly message: string } | null
}

/** Milliseconds, as `Run.timing` has them. */
export interface RunTiming {
  readonly totalMs: number
  readonly queueMs: number
  readonly startMs: number
  readonly executeMs: number
  readonly persistMs: number
  readonly waitMs: number
}

const MARKS: Readonly<Record<string, readonly [string, 'green' | 'red' | 'yellow' | 'dim']>> = {
  COMPLETED: ['✓', 'green'],
  FAILED: ['✗', 'red'],
  UNKNOWN: ['?', 'red'],
  WAITING: ['…', 'yellow'],
  RETRYING: ['↻', 'yellow'],
  SKIPPED: ['–', 'dim'],
  CANCELLED: ['–', 'dim'],
}
const shown = new Map<string, string>()

/** One line for each step that has ended, waits or tries again since the last time. */
export function showRun(terminal: Terminal, run: WatchedRun): void {
  for (const step of run.steps) {
    const state = `${step.status} ${step.attempt}`
    const key = `${run.id} ${step.path}`
    const mark = MARKS[step.status]
    if (!mark || shown.get(key) === state) continue
    shown.set(key, state)
    terminal.data({ step })
    terminal.line(
      `${'  '.repeat(step.depth)}${terminal.paint(mark[1], mark[0])} ${step.title}${terminal.paint('dim', detailsOf(step))}`,
    )
  }
}

function detailsOf(step: WatchedStep): string {
  const took =
    step.startedAt && step.finishedAt ? [`${Date.parse(step.finishedAt) - Date.parse(step.startedAt)} ms`] : []
  const again = step.attempt > 1 ? [`attempt ${step.attempt}`] : []
  const why = step.error?.message ?? step.reason?.message
  const details = [step.path, ...took, ...again, ...(why ? [why] : [])]
  return ` (${details.join(', ')})`
}

/** Where the time of a run went, and why it stands where it stands, with what to do about it. */
export function showState(terminal: Terminal, { timing, reason, finishedAt, status, cancellation }: WatchedRun): void {
  const parts = (['queue', 'start', 'execute', 'persist', 'wait'] as const).map(
    part => `${part} ${spanOf(timing[`${part}Ms`])}`,
  )
  terminal.line(terminal.paint('dim', `${spanOf(timing.totalMs)}: ${parts.join(', ')}`))
  if (!reason || (finishedAt !== null && status === 'COMPLETED')) return
  terminal.line(`${reason.code}: ${reason.message}`)
  if (cancellation && (reason.code === 'CANCELLED' || reason.code === 'STOPPING'))
    terminal.line(`Asked by ${cancellation.by?.email ?? 'the engine'}: ${cancellation.reason ?? 'no reason was given'}`)
  terminal.line(`Next: ${reason.nextAction}`)
}

/** `340 ms`, `12.5 s`, `4 min`, `3.2 h`, `5 d`. */
export function spanOf(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`
  if (ms < 3_600_000) return `${Math.round(ms / 60_000)} min`
  return ms < 48 * 3_600_000 ? `${(ms / 3_600_000).toFixed(1)} h` : `${Math.round(ms / 86_400_000)} d`
}
