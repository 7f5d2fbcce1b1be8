import { type ErrorRecord, errorRecord, TraeError } from '../errors.ts'
import type { ActiveRun, RunCore } from './active-run.ts'
import { crashPoint } from '../crash-point.ts'
import { executeSteps } from './execute-step.ts'
import { GoalWatch } from './goal.ts'
import type { ReasonCode } from './reason.ts'
import type { StepOf } from '../playbooks/playbook.ts'
import type { Ending } from './run-memory.ts'
import { missingPlugin, whyHeld } from './plugin-waits.ts'
import { failedSla } from './sla.ts'
import { CANCELLED, type Ended, type Fiber, rootFiber } from './step-outcome.ts'
import type { OpenWait } from './claim-runs.ts'
import type { Suspects } from './suspects.ts'

/** Recoveries without progress that make a suspect, and deaths of a suspect that convict it. */
const MAX_RECOVERIES = 3

/** How a run left the worker. */
export type RunEnd = 'finished' | 'parked' | 'lost'

/**
 * Walks the steps of a claimed run until it is over, or until nothing is left to do but wait: then it is parked and
 * leaves memory. What is known from the journal is passed over. Never throws: what goes wrong in the run is its
 * outcome; a lost lease means that somebody else goes on with it.
 */
export async function executeRun(core: RunCore, run: ActiveRun, suspects: Suspects): Promise<RunEnd> {
  let endTurn: (() => void) | undefined
  try {
    crashPoint('run.claimed')
    if (run.lease.recovered) {
      await run.write([{ kind: 'run.recovered' }])
      if (run.memory.timesSuspected >= MAX_RECOVERIES) return await convict(run)
      if (run.memory.fruitlessRecoveries > MAX_RECOVERIES) {
        endTurn = await suspects.turn(run.memory.timesSuspected, run.broken)
        await run.write([{ kind: 'run.suspected' }])
      }
    }
    if (run.lease.journal.length === 0)
      run.note([{ kind: 'run.started', data: { playbook: run.version.slug, version: run.version.number } }])
    const ending = await Promise.race([walk(core, run), run.idle, run.broken])
    if (ending === undefined) {
      await park(core, run)
      return 'parked'
    }
    crashPoint('run.finishing')
    if (run.lease.parent) crashPoint('child.ending')
    await finish(run, ending)
    if (run.lease.parent) crashPoint('child.ended')
    crashPoint('run.finished')
    return 'finished'
  } catch (error) {
    if (error instanceof TraeError && error.code === 'LEASE_LOST') return 'lost'
    core.log.error({ err: error, runId: run.lease.runId }, 'a run broke off; it is taken up again when its lease ends')
    return 'lost'
  } finally {
    endTurn?.()
  }
}

/** The steps, then `finally`. An effect whose outcome is unknown stops the run where it stands: a person decides first. */
async function walk(core: RunCore, run: ActiveRun): Promise<Ending | Unknown> {
  const ending = run.memory.ending ?? (await walkSteps(core, run))
  const last = run.version.playbook.finally
  if (ending.status === 'unknown' || last.length === 0) return ending
  if (!run.memory.ending) run.note([{ kind: 'run.ending', data: { ...ending } }])
  crashPoint('run.ending')
  const fiber = rootFiber()
  const ended = await executeSteps(core, run, last, fiber)
  await settle(run, fiber)
  if (ended.kind === 'unknown') return { status: 'unknown', message: ended.message }
  return ended.kind === 'failed' && ending.status !== 'failed'
    ? { status: 'failed', error: ended.error, path: ended.path }
    : ending
}

/** The steps of the playbook, until they are over or somebody asks that the run stops. */
async function walkSteps(core: RunCore, run: ActiveRun): Promise<Ending | Unknown> {
  const fiber = rootFiber()
  let ended: Ended = CANCELLED
  if (run.lease.cancelRequested) {
    await settle(run, fiber)
    return endingOf(core, run, ended)
  }
  const goal = await openGoal(core, run)
  if (goal.kind === 'failed') return { status: 'failed', error: goal.error, path: null }
  run.goal = goal.watch
  if (await run.goal?.isReached()) {
    await settle(run, fiber)
    return endingOf(core, run, ended)
  }
  await run.fibers.join<Ended>(
    [
      () => executeSteps(core, run, run.version.playbook.steps, fiber),
      () => run.fibers.park(run.cancelled.then(() => CANCELLED)),
      ...(run.goal ? [() => run.goal!.untilReached(fiber)] : []),
    ],
    first => {
      ended = first
      return true
    },
  )
  await settle(run, fiber)
  return endingOf(core, run, ended)
}

type OpenedGoal =
  | { readonly kind: 'open'; readonly watch: GoalWatch | undefined }
  | { readonly kind: 'failed'; readonly error: ErrorRecord }

async function openGoal(core: RunCore, run: ActiveRun): Promise<OpenedGoal> {
  try {
    return { kind: 'open', watch: await GoalWatch.open(core, run) }
  } catch (cause) {
    const error = errorRecord(cause)
    if (error.code !== 'EXPRESSION') throw cause
    return { kind: 'failed', error }
  }
}

/** What a race or a cancellation left behind stops at its next step; effects under way are waited for. */
async function settle(run: ActiveRun, fiber: Fiber): Promise<void> {
  fiber.cancelled = true
  await Promise.race([run.calls.effectsSettled(), run.broken])
  run.closeWaits(() => true, 'the run is over')
}

async function endingOf(core: RunCore, run: ActiveRun, ended: Ended): Promise<Ending | Unknown> {
  switch (ended.kind) {
    case 'cancelled':
      return run.earlyEnd ? { status: 'completed', output: null, reason: run.earlyEnd } : stopped(core, run)
    case 'unknown':
      return { status: 'unknown', message: ended.message }
    case 'failed':
      return { status: 'failed', error: ended.error, path: ended.path }
    case 'return':
      return { status: 'completed', output: ended.value ?? null }
    case 'next':
      try {
        const { outputs } = run.version.playbook
        return {
          status: 'completed',
          output: outputs.evaluate(await run.scope(outputs.roots, rootFiber().frame)) ?? null,
        }
      } catch (error) {
        return { status: 'failed', error: errorRecord(error), path: null }
      }
    default:
      return ended satisfies never
  }
}

/** Somebody asked that it stops, or its `sla` does. */
async function stopped(core: RunCore, run: ActiveRun): Promise<Ending> {
  const why = await failedSla(core, run.lease.runId)
  if (why === undefined) return { status: 'cancelled' }
  return {
    status: 'failed',
    error: { code: 'SLA', message: `The run broke off: ${why}.`, retryable: false },
    path: null,
  }
}

interface Unknown {
  readonly status: 'unknown'
  readonly message: string
}

async function finish(run: ActiveRun, ending: Ending | Unknown): Promise<void> {
  const release = { reason: null, output: null, error: null, dueAt: null }
  switch (ending.status) {
    case 'completed': {
      const output = await run.whole(ending.output)
      return run.write([{ kind: 'run.completed', data: { output, reason: ending.reason } }], {
        release: {
          ...release,
          status: 'completed',
          output,
          reason: ending.reason ? { ...ending.reason } : null,
        },
      })
    }
    case 'failed':
      return run.write([{ kind: 'run.failed', data: { error: ending.error, path: ending.path } }], {
        release: { ...release, status: 'failed', error: { ...ending.error, path: ending.path } },
      })
    case 'cancelled':
      return run.write([{ kind: 'run.cancelled' }], {
        release: { ...release, status: 'cancelled', reason: CANCELLED_REASON },
      })
    case 'unknown':
      return quarantine(run, 'UNKNOWN_EFFECT', ending.message)
    default:
      return ending satisfies never
  }
}
const CANCELLED_REASON = { code: 'CANCELLED', message: 'it was asked to stop' }

async function convict(run: ActiveRun): Promise<RunEnd> {
  await quarantine(
    run,
    'QUARANTINE',
    `The process died ${run.memory.timesSuspected} times in a row while this run was executing, without a step getting done in between. Look at the step after the last finished one.`,
  )
  return 'finished'
}

async function quarantine(run: ActiveRun, code: ReasonCode, message: string): Promise<void> {
  await run.write([{ kind: 'run.quarantined', data: { code, message } }], {
    release: { status: 'quarantined', reason: { code, message }, output: null, error: null, dueAt: null },
  })
}

/** Every state has a name and says what would move it on. */
async function park(core: RunCore, run: ActiveRun): Promise<void> {
  const waits = run.parkedWaits().filter(wait => wait.kind !== 'timeout' && wait.kind !== 'goal')
  const dueAt = run.nextDue()
  const retrying = waits.length > 0 && waits.every(wait => wait.kind === 'retry')
  await run.write([], {
    release: {
      status: retrying ? 'retrying' : 'waiting',
      reason: {
        code: retrying ? 'RETRY' : codeOf(waits),
        message: reasonOf(core, run, waits),
        until: dueAt,
      },
      output: null,
      error: null,
      dueAt,
    },
  })
  core.log.debug({ runId: run.lease.runId, dueAt }, 'run parked')
}

function codeOf(waits: readonly OpenWait[]): ReasonCode {
  if (waits.some(wait => wait.kind === 'plugin' && wait.dueAt === null)) return 'PLUGIN_DISABLED'
  if (waits.some(wait => wait.kind === 'plugin')) return 'BUSY'
  if (waits.some(wait => wait.kind === 'approval')) return 'APPROVAL'
  if (waits.some(wait => wait.kind === 'decision')) return 'DECISION'
  if (waits.some(wait => wait.kind === 'event')) return 'EVENT'
  if (waits.some(wait => wait.kind === 'run')) return 'RUN'
  return waits.length > 0 && waits.every(wait => wait.kind === 'window') ? 'SEND_WINDOW' : 'TIME'
}

function reasonOf(core: RunCore, run: ActiveRun, waits: readonly OpenWait[]): string {
  return waits
    .map(wait => {
      const step = run.stepAt(wait.path)
      const at = wait.path.split('!')[0]!
      const path = step && step.title !== at ? `${at} "${step.title}"` : at // as people see it in the playbook
      const until = wait.dueAt ? ` until ${wait.dueAt.toISOString()}` : ''
      const held = run.memory.attempts.get(at)?.held
      if (wait.kind === 'plugin' && wait.dueAt && held) return `${path}: ${whyHeld(held, wait.dueAt.toISOString())}`
      if (wait.kind === 'plugin') return `${path}: ${missingPlugin(core, run, wait.path)}`
      if (wait.kind === 'window') return `${path}: waits for its send window to open${until}`
      if (wait.kind === 'retry')
        return `${path}: the next attempt${wait.dueAt ? ` is at ${wait.dueAt.toISOString()}` : ''}`
      if (step?.kind === 'waitFor') return `${path}: waits for ${awaitedBy(run, wait.path, step)}${until}`
      if (wait.kind === 'approval') return `${path}: waits for people to decide${until}`
      if (wait.kind === 'decision') return `${path}: waits for a person to decide${until}`
      if (wait.kind === 'run') return `${path}: waits for the run that it started`
      return `${path}: waits${until}`
    })
    .join('; ')
}

/** What would end the wait; of `all`, what has not come yet. */
function awaitedBy(run: ActiveRun, path: string, { mode, events }: StepOf<'waitFor'>): string {
  if (mode === 'any') return events.map(({ event }) => event).join(' or ')
  const open = events.filter((_, index) => run.waits.get(`${path}!event${index}`)?.status === 'open')
  return `${open.map(({ event }) => event).join(' and ')} (${events.length - open.length} of ${events.length} came)`
}
