import { getWorkspace } from '../../access/workspace.ts'
import { type ErrorCode, errorRecord, TraeError } from '../../errors.ts'
import type { Step } from '../../playbooks/playbook.ts'
import { defaultRetry } from '../../playbooks/retry-delay.ts'
import { type ActionCall, callAction, lookupAction } from '../../plugins/call-action.ts'
import { type ResolvedAction, resolveAction } from '../../plugins/resolve-action.ts'
import type { ActiveRun, RunCore } from '../active-run.ts'
import { crashPoint } from '../../crash-point.ts'
import { mayHappen, untilOpen } from '../before-effect.ts'
import { isReady, neededPlugin, untilPlugin } from '../plugin-waits.ts'
import { CANCELLED, completed, type Ended, evaluate, type Fiber, type Result } from '../step-outcome.ts'
import type { EffectRecord } from '../journal.ts'

type UsesStep = Step & { kind: 'uses' }

/**
 * Calls an action. One that only thinks or reads may be called again after a crash. One that writes or sends is an
 * effect: its intent is committed before the call, under a key that stays the same through every attempt and every
 * recovery; after a crash in flight the key (or a look at the far side) keeps it from happening twice.
 */
export async function uses(
  core: RunCore,
  run: ActiveRun,
  step: UsesStep,
  fiber: Fiber,
  attempt: number,
): Promise<Result> {
  const plugin = neededPlugin(core, run, step.uses)
  if (plugin !== undefined && !(await untilPlugin(core, run, step.path, fiber, plugin))) return CANCELLED
  const action = resolveAction(core, run.lease.workspaceId, step.uses, run.version.lock)
  if (action.effect === 'send' && !(await untilOpen(core, run, step.path, fiber))) return CANCELLED
  const input = await evaluate(run, fiber, step.with)
  if (isEffect(action) && !(await mayHappen(run, step.path, fiber, action, input))) return CANCELLED
  const call = await actionCall(core, run, step, action, input, attempt)
  try {
    if (!isEffect(action)) return { kind: 'output', output: (await callAction(core, call)).output }
    return await run.track(step.path, effect(core, run, step, action, call))
  } catch (error) {
    const record = errorRecord(error)
    if (record.code === 'LEASE_LOST') throw error
    const repeatable = !isEffect(action) || action.idempotency !== 'none'
    if (record.code === 'PERMISSION' && repeatable && plugin !== undefined && !isReady(core, run, plugin))
      return uses(core, run, step, fiber, attempt) // disabled just before the call: nothing has happened yet
    if (isEffect(action) && action.idempotency === 'none' && !REFUSED.has(record.code))
      return unknown(run, step, action, call)
    return {
      kind: 'error',
      error: record,
      extras: { effects: isEffect(action) ? [effectOf(call, action, 'failed')] : [] },
      retry: defaultRetry(action),
      retryAfterMs: error instanceof TraeError && error.retryAfter !== undefined ? error.retryAfter * 1000 : undefined,
    }
  }
}

async function effect(
  core: RunCore,
  run: ActiveRun,
  step: UsesStep,
  action: ResolvedAction,
  call: ActionCall,
): Promise<Ended> {
  const begunBefore = run.memory.inFlight.has(step.path)
  if (begunBefore && action.idempotency === 'none') return unknown(run, step, action, call)
  if (action.hasLookup && (begunBefore || call.run.attempt > 1 || run.memory.triedBefore.has(step.path))) {
    const found = await lookupAction(core, call)
    if (found.found) return done(run, step, action, call, found.output)
  }
  if (!begunBefore) {
    await run.write(
      [
        {
          kind: 'step.started',
          path: step.path,
          attempt: call.run.attempt,
          data: { key: call.run.key, action: nameOf(action) },
        },
      ],
      {
        effects: [effectOf(call, action, 'intended')],
      },
    )
  }
  crashPoint('effect.intended')
  const { output } = await callAction(core, call)
  crashPoint('effect.done')
  return done(run, step, action, call, output)
}

async function unknown(
  run: ActiveRun,
  step: UsesStep,
  action: ResolvedAction,
  call: ActionCall,
): Promise<Ended & { kind: 'unknown' }> {
  await run.write([], { effects: [effectOf(call, action, 'unknown')] })
  return {
    kind: 'unknown',
    message: `${step.path} (${step.uses}) was under way when it broke off, and ${action.pluginId} can neither take a key nor look whether it arrived. Look at the far side, then decide.`,
  }
}

function done(run: ActiveRun, step: UsesStep, action: ResolvedAction, call: ActionCall, output: unknown): Ended {
  run.forgetLead()
  return completed(run, step, output, call.run.attempt, { effects: [effectOf(call, action, 'sent')] })
}

async function actionCall(
  core: RunCore,
  run: ActiveRun,
  step: UsesStep,
  action: ResolvedAction,
  input: unknown,
  attempt: number,
): Promise<ActionCall> {
  const workspace = await getWorkspace(core, run.lease.workspaceId)
  const lead = await run.lead()
  return {
    workspaceId: run.lease.workspaceId,
    action:
      step.timeoutMs === undefined ? action : { ...action, timeoutMs: Math.min(action.timeoutMs, step.timeoutMs) },
    input,
    run: {
      id: run.lease.runId,
      path: step.path,
      attempt,
      key: `${run.lease.runId}/${step.path}`,
      playbookId: run.lease.playbookId,
      subjectId: run.lease.subjectId,
    },
    locale: lead?.locale ?? workspace.locale,
    timeZone: workspace.timeZone,
    workspaceLocale: workspace.locale,
    workspaceName: workspace.name,
    onLog: line => void run.write([{ kind: 'log', path: step.path, attempt, data: { ...line } }]),
  }
}

const isEffect = (action: ResolvedAction) => action.effect === 'write' || action.effect === 'send'
const nameOf = (action: ResolvedAction) => `${action.pluginId}@${action.version}/${action.action}`

const effectOf = (call: ActionCall, action: ResolvedAction, status: EffectRecord['status']): EffectRecord => ({
  key: call.run.key,
  path: call.run.path,
  action: nameOf(action),
  status,
})

/** Errors that say the far side did nothing. After any other, an effect that cannot be repeated may have happened. */
const REFUSED: ReadonlySet<string> = new Set<ErrorCode>([
  'VALIDATION',
  'BAD_USER_INPUT',
  'CREDENTIAL', // not connected: the host has sent nothing, or the far side knew nobody by it
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'PERMISSION',
  'NOT_FOUND',
  'CONFLICT',
  'RATE_LIMITED',
  'BUSY',
])
