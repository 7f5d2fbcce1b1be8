import { crashPoint } from '../crash-point.ts'
import { ERROR_CODES, type ErrorCode, type ErrorRecord, errorRecord } from '../errors.ts'
import { isWithin, type Step } from '../playbooks/playbook.ts'
import { nextRetry, RETRY_DEFAULTS, retryDelay } from '../playbooks/retry-delay.ts'
import type { ActiveRun, RunCore } from './active-run.ts'
import { hold, untilReleased } from './plugin-waits.ts'
import {
  type Busy,
  CANCELLED,
  childOf,
  completed,
  type Ended,
  failed,
  type Fiber,
  type Result,
} from './step-outcome.ts'
import { subscribe, untilEnded } from './waits.ts'

type Perform = (fiber: Fiber, attempt: number) => Promise<Result>

/**
 * The attempts of a step, the first and those that its retry allows, and the record of what they came to. Between two of
 * them the run holds no worker. Any step may be tried again: of one that holds others, only what failed is. A call that
 * the sandbox did not take is no attempt: it is made again later, for as long as the step's own `timeout` and
 * `retry.maxDuration` last, where it has one.
 */
export async function attemptStep(
  core: RunCore,
  run: ActiveRun,
  step: Step,
  fiber: Fiber,
  perform: Perform,
): Promise<Ended> {
  const again = `${step.path}!retry`
  for (;;) {
    const earlier = run.memory.attempts.get(step.path)
    if (earlier && run.waits.has(again) && !(await untilEnded(core, run, again, fiber))) return CANCELLED
    if (!(await untilReleased(core, run, step.path, fiber)) || fiber.cancelled) return CANCELLED
    const attempt = (earlier?.count ?? 0) + 1
    const firstAt = earlier?.firstAt ?? core.clock.now()
    const result = await withinTimeout(core, run, step, fiber, attempt, perform)
    const number = step.kind === 'uses' || attempt > 1 ? attempt : undefined
    if (result.kind === 'output')
      return fiber.cancelled ? CANCELLED : completed(run, step, result.output, number, result.extras, result)
    if (result.kind !== 'error' && result.kind !== 'busy') return result
    const { error, extras, retryAfterMs } = result
    if (result.kind === 'busy' && !fiber.cancelled) {
      const dueAt = triedAgainAt(core, run, step, result, firstAt)
      if (dueAt) {
        await hold(run, step.path, result, dueAt)
        continue
      }
    }
    const retry = step.retry ?? result.retry
    const elapsedMs = core.clock.now().getTime() - firstAt.getTime()
    const delay =
      retry && mayRepeat(error)
        ? nextRetry(retry, { attempt, elapsedMs, retryAfterMs }, core.random ?? Math.random)
        : undefined
    if (fiber.cancelled) {
      if (extras) run.note([], extras)
      return CANCELLED
    }
    if (delay === undefined) {
      const over = run.dropWaits(path => path === step.path) // a restart by hand waits anew
      return failed(run, step, error, number, over.length === 0 ? extras : { ...extras, waitsOver: over })
    }
    await run.calls.effectsSettled(step.path) // nothing of this attempt is left when the next begins
    const at = new Date(core.clock.now().getTime() + delay)
    const over = run.dropWaits(path => isWithin(path, step.path))
    run.note([{ kind: 'step.retrying', path: step.path, attempt, data: { error, at, firstAt } }], {
      ...extras,
      waitsOver: over,
    })
    await subscribe(run, { path: again, kind: 'retry', dueAt: at }, [])
    crashPoint('retry.scheduled')
  }
}

/** When a call that was not taken is made again: later each time. Undefined where the step's time is over by then. */
function triedAgainAt(core: RunCore, run: ActiveRun, step: Step, busy: Busy, firstAt: Date): Date | undefined {
  const now = core.clock.now().getTime()
  const held = run.memory.attempts.get(step.path)?.held
  const backoff = retryDelay(UNTIL_TAKEN, (held?.times ?? 0) + 1, core.random ?? Math.random)
  const at = now + Math.max(busy.retryAfterMs, backoff)
  const ends = Math.min(
    (held?.since.getTime() ?? now) + (step.timeoutMs ?? Infinity),
    firstAt.getTime() + (step.retry?.maxDurationMs ?? Infinity),
  )
  return at > ends ? undefined : new Date(at)
}
const UNTIL_TAKEN = { ...RETRY_DEFAULTS, maxDelayMs: 60_000 }

/** A call has its own limit; of any other step the steps inside stop when time is up, and it fails with `TIMEOUT`. */
async function withinTimeout(
  core: RunCore,
  run: ActiveRun,
  step: Step,
  fiber: Fiber,
  attempt: number,
  perform: Perform,
): Promise<Result> {
  if (step.timeoutMs === undefined || step.kind === 'uses' || step.kind === 'run')
    return safely(perform(fiber, attempt))
  const limit = `${step.path}!timeout`
  if (!run.waits.has(limit)) {
    const dueAt = new Date(core.clock.now().getTime() + step.timeoutMs)
    await subscribe(run, { path: limit, kind: 'timeout', dueAt }, [])
  }
  const [inner, timer] = [childOf(fiber), childOf(fiber)]
  let result: Result | 'time is up' = CANCELLED
  await run.fibers.join<Result | 'time is up'>(
    [
      () => safely(perform(inner, attempt)),
      () => untilEnded(core, run, limit, timer).then(ended => (ended ? 'time is up' : CANCELLED)),
    ],
    first => {
      result = first
      return true
    },
  )
  const won = result as Result | 'time is up'
  inner.cancelled = timer.cancelled = true
  const reason = `the time of ${step.path} is up`
  if (won === 'time is up') run.calls.endCancelled(reason)
  const over = run.dropWaits(path => (won === 'time is up' ? isWithin(path, step.path) : path === limit))
  run.note(
    over.filter(path => !path.includes('!')).map(path => ({ kind: 'step.cancelled' as const, path, data: { reason } })),
    { waitsOver: over },
  )
  if (won !== 'time is up') return won
  const message = `${step.title}: not done within its timeout of ${step.timeoutMs / 1000} s.`
  return { kind: 'error', error: { code: 'TIMEOUT', message, retryable: true } }
}

/** What a step throws is an error of the step; only what is not of its making goes on upwards. */
async function safely(result: Promise<Result>): Promise<Result> {
  try {
    return await result
  } catch (error) {
    const record = errorRecord(error)
    if (record.code === 'LEASE_LOST' || record.code === 'DATABASE') throw error
    return { kind: 'error', error: record }
  }
}

/** What no repetition mends. */
export const NEVER_RETRIED: ReadonlySet<string> = new Set<ErrorCode>([
  'VALIDATION',
  'BAD_USER_INPUT',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'PERMISSION',
  'EXPRESSION',
  'LIMIT',
  'NOT_FOUND',
  'CONFLICT',
  'CANCELLED',
  'UNKNOWN_OUTCOME',
])

/** Has another attempt a chance? An error of the playbook's own says so for itself. */
export function mayRepeat({ code, retryable }: ErrorRecord): boolean {
  return (ERROR_CODES as readonly string[]).includes(code) ? !NEVER_RETRIED.has(code) : retryable
}
