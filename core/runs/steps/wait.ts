import { nextTimeOfDay } from '../../playbooks/local-time.ts'
import type { Step } from '../../playbooks/playbook.ts'
import type { ActiveRun, RunCore } from '../active-run.ts'
import { CANCELLED, evaluate, type Fiber, type Result } from '../step-outcome.ts'
import { exits } from '../before-effect.ts'
import { timeZoneOf } from '../time-zone.ts'
import { subscribe, untilEnded } from '../waits.ts'

/** Until a time. The moment is fixed when the step begins and outlives every restart. Output `{ until }`, ISO 8601. */
export async function wait(
  core: RunCore,
  run: ActiveRun,
  step: Step & { kind: 'wait' },
  fiber: Fiber,
): Promise<Result> {
  if (!run.waits.has(step.path)) {
    const dueAt = await endOf(core, run, step, fiber)
    await subscribe(run, { path: step.path, kind: 'timer', dueAt }, [])
  }
  const ended = await untilEnded(core, run, step.path, fiber)
  if (!ended || (await exits(run, fiber))) return CANCELLED
  return { kind: 'output', output: { until: ended.dueAt!.toISOString() } }
}

/** A duration counts from now. */
export function moment(core: Pick<RunCore, 'clock'>, time: number | Date): Date {
  return typeof time === 'number' ? new Date(core.clock.now().getTime() + time) : time
}

async function endOf(core: RunCore, run: ActiveRun, step: Step & { kind: 'wait' }, fiber: Fiber): Promise<Date> {
  if ('for' in step) return moment(core, await evaluate(run, fiber, step.for))
  const until = await evaluate(run, fiber, step.until)
  if (until instanceof Date) return until
  const zone = await timeZoneOf(core, run, step.timeZone)
  return new Date(nextTimeOfDay(core.clock.now().getTime(), until, zone, step.days))
}
