import type { ErrorRecord } from '../errors.ts'
import type { Retry, Step } from '../playbooks/playbook.ts'
import type { Scope } from '../playbooks/expressions/expression.ts'
import type { ActiveRun } from './active-run.ts'
import type { Outcome } from './run-memory.ts'

/** One line of steps: the run's own, a branch's, an iteration's. A cancelled one stops before its next step. */
export interface Fiber {
  cancelled: boolean
  readonly frame: Frame
}

/** Where a line of steps stands: in which iteration, and which names it lends them. */
export interface Frame {
  /** The innermost loop's part of the paths in the playbook, `each[]`, and what it is in this iteration, `each[3]`. */
  readonly from: string
  readonly to: string
  /** Loop variables and caught errors. */
  readonly vars: Readonly<Record<string, unknown>>
}

export function rootFiber(): Fiber {
  return { cancelled: false, frame: { from: '', to: '', vars: {} } }
}

/** A cancelled parent cancels its children, also those of children. */
export function childOf(parent: Fiber, frame = parent.frame): Fiber {
  let own = false
  return {
    frame,
    get cancelled() {
      return own || parent.cancelled
    },
    set cancelled(value) {
      own = value
    },
  }
}

/** The step as it stands in this iteration: with its path in the run. */
export function placed<S extends Step>(step: S, { from, to }: Frame): S {
  return to === '' ? step : { ...step, path: to + step.path.slice(from.length) }
}

/** How a list of steps ended. `output` is that of its last step. */
export type Ended =
  | { readonly kind: 'next'; readonly output: unknown }
  | { readonly kind: 'return'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly error: ErrorRecord; readonly path: string }
  /** An effect was in flight when the process died, and cannot be looked up: a person decides. */
  | { readonly kind: 'unknown'; readonly message: string }
  | { readonly kind: 'cancelled' }

/** What one attempt of a step came to: an output or an error that is still to be recorded, or an end as it is. */
export type Result =
  | Ended
  | {
      readonly kind: 'output'
      readonly output: unknown
      readonly extras?: Extras
      /** Which action gave it. */ readonly by?: string
      /** With which account. */ readonly account?: string | undefined
    }
  | {
      readonly kind: 'error'
      readonly error: ErrorRecord
      readonly extras?: Extras
      /** Where the step itself says nothing. */
      readonly retry?: Retry | undefined
      readonly retryAfterMs?: number | undefined
    }
  | Busy

/** The sandbox did not take the call: nothing has happened, and it is no attempt. */
export interface Busy {
  readonly kind: 'busy'
  readonly error: ErrorRecord
  readonly retryAfterMs: number
  /** Whose call it was; null: a script's. */
  readonly pluginId: string | null
  /** Where the step itself says nothing. */
  readonly retry: Retry | undefined
  readonly extras?: Extras
  /** What this try had committed and is not so any more: the intent, and with it who was asked. */
  readonly over?: 'intent' | 'choice' | undefined
}
export type Extras = NonNullable<Parameters<ActiveRun['note']>[1]>

export const CANCELLED: Ended = { kind: 'cancelled' }

/** Evaluates an expression or a template against what the run knows now, at the place of the fiber. */
export async function evaluate<T>(
  run: ActiveRun,
  fiber: Fiber,
  part: { readonly roots: ReadonlySet<string>; evaluate(scope: Scope): T },
): Promise<T> {
  return part.evaluate(await run.scope(part.roots, fiber.frame))
}

/** Records an output and goes on; who must be sure that it is stored awaits `run.committed()`. */
export function completed(
  run: ActiveRun,
  step: Step,
  output: unknown,
  attempt?: number,
  extras: Extras = {},
  { by, account }: { readonly by?: string; readonly account?: string | undefined } = {},
): Ended {
  const data = { output: output ?? null, by, account }
  run.note([{ kind: 'step.completed', path: step.path, attempt, data }], extras)
  return proceed(step, { status: 'completed', output: output ?? null })
}

export function failed(run: ActiveRun, step: Step, error: ErrorRecord, attempt?: number, extras: Extras = {}): Ended {
  run.note([{ kind: 'step.failed', path: step.path, attempt, data: { error } }], extras)
  return proceed(step, { status: 'failed', error })
}

/** What an outcome means for the steps after it. */
export function proceed(step: Step, outcome: Outcome): Ended {
  switch (outcome.status) {
    case 'completed':
      return step.kind === 'return'
        ? { kind: 'return', value: outcome.output }
        : { kind: 'next', output: outcome.output }
    case 'skipped':
      return { kind: 'next', output: null }
    case 'failed':
      return step.onError === 'continue'
        ? { kind: 'next', output: null }
        : { kind: 'failed', error: outcome.error, path: outcome.error.path ?? step.path }
    default:
      return outcome satisfies never
  }
}

/** A failure of a step inside as the error of the step around it, which remembers where it came from. */
export function fromInside(ended: Ended & { kind: 'failed' }): Result {
  return { kind: 'error', error: { ...ended.error, path: ended.path } }
}
