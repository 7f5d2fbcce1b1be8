import { getWorkspace } from '../../access/workspace.ts'
import { type ErrorCode, type ErrorRecord, errorRecord, TraeError } from '../../errors.ts'
import type { Step } from '../../playbooks/playbook.ts'
import { defaultRetry } from '../../playbooks/retry-delay.ts'
import { type ActionCall, callAction, lookupAction } from '../../plugins/call-action.ts'
import { type ResolvedAction, resolveAction, serviceOf } from '../../plugins/resolve-action.ts'
import { contractOf } from '../../plugins/services.ts'
import { providerName } from '../../plugins/registry.ts'
import { Witness } from '../../plugins/capabilities/witness.ts'
import type { ActiveRun, RunCore } from '../active-run.ts'
import { crashPoint } from '../../crash-point.ts'
import { timeZoneOf } from '../time-zone.ts'
import { mayHappen, untilOpen } from '../before-effect.ts'
import { hasAnother, untilProvider } from '../choose-provider.ts'
import { isReady, neededPlugin, untilPlugin } from '../plugin-waits.ts'
import { type Busy, CANCELLED, completed, type Ended, evaluate, type Fiber, type Result } from '../step-outcome.ts'
import type { EffectRecord } from '../journal.ts'

type UsesStep = Step & { kind: 'uses' }

/**
 * Calls an action. One that only thinks or reads may be called again after a crash. One that writes or sends is an
 * effect: its intent is committed before the call, under a key that stays the same through every attempt and every
 * recovery; after a crash in flight the key (or a look at the far side) keeps it from happening twice. The intent names
 * the provider too, where a service was asked for: after a crash nobody else is asked. One that could not do it and has
 * done nothing is passed over in the same attempt.
 */
export async function uses(
  core: RunCore,
  run: ActiveRun,
  step: UsesStep,
  fiber: Fiber,
  attempt: number,
): Promise<Result> {
  const asked = serviceOf(step.uses)
  const passedOver = new Set<string>()
  for (;;) {
    const found = asked
      ? await ofService(core, run, step, fiber, { ...asked, passedOver })
      : await ofPlugin(core, run, step, fiber)
    if (!found) return CANCELLED
    const { action, input } = found
    const account = accountOf(core, run, step, found)
    if (isEffect(action) && !(await mayHappen(run, step.path, fiber, action, input))) return CANCELLED
    const call = await actionCall(core, run, step, action, input, attempt)
    const isLast = run.memory.ending !== undefined
    const result = await run.calls.during({ kind: isEffect(action) ? 'effect' : 'read', fiber, isLast }, signal =>
      attemptCall(core, run, step, { ...call, account, signal }),
    )
    if (result !== 'not ready') {
      if (!asked || !('mayPassOver' in result)) return result
      passedOver.add(providerName({ pluginId: action.pluginId, account: found.account ?? null }))
      const another = await hasAnother(core, run, { ...asked, uses: step.uses, path: step.path, input, passedOver })
      if (result.kind === 'busy' && !another) return result
      const data = { provider: action.pluginId, account, error: result.error }
      run.note([{ kind: 'step.passed-over', path: step.path, attempt, data }], result.extras)
      if (!another) return result
    }
  }
}

/** Of a plugin that the step names. Undefined when the step is no longer wanted. */
async function ofPlugin(core: RunCore, run: ActiveRun, step: UsesStep, fiber: Fiber): Promise<Found | undefined> {
  const plugin = neededPlugin(run, step.uses)
  if (plugin !== undefined && !(await untilPlugin(core, run, step.path, fiber, plugin))) return undefined
  const action = resolveAction(core, run.lease.workspaceId, step.uses, run.version.lock)
  const sends = action.effect === 'send' && !step.ignoresSendWindow
  if (sends && !(await untilOpen(core, run, step.path, fiber))) return undefined
  return { action, input: await evaluate(run, fiber, step.with) }
}

/** Of whoever provides the service, for this input. Undefined when the step is no longer wanted. */
async function ofService(
  core: RunCore,
  run: ActiveRun,
  step: UsesStep,
  fiber: Fiber,
  asked: { readonly service: string; readonly action: string; readonly passedOver: ReadonlySet<string> },
): Promise<Found | undefined> {
  const { uses, path } = step
  const sends = contractOf(asked.service, asked.action)?.effect === 'send' && !step.ignoresSendWindow
  if (sends && !(await untilOpen(core, run, path, fiber))) return undefined
  const input = await evaluate(run, fiber, step.with)
  const chosen = await untilProvider(core, run, fiber, { ...asked, uses, path, input })
  if (!chosen) return undefined
  if (sends && !(await untilOpen(core, run, path, fiber))) return undefined // it may have waited for days
  return { ...chosen, input }
}

interface Found {
  readonly action: ResolvedAction
  /** Of the binding of a service. */
  readonly account?: string | null
  readonly input: unknown
}

/**
 * The account that the plugin is called with: where an effect may have happened already, the one of then, for two accounts do
 * not know of each other's keys. Undefined where the plugin uses none.
 */
function accountOf(core: RunCore, run: ActiveRun, step: UsesStep, { action, account }: Found): string | undefined {
  if (Object.keys(action.manifest.credentials).length === 0) return undefined
  return (
    run.memory.accounts.get(step.path) ??
    step.account ??
    account ??
    core.plugins.installation(run.lease.workspaceId, action.pluginId)?.defaultAccount
  )
}

type CallResult = Result | (Result & { readonly kind: 'error' | 'busy'; readonly mayPassOver: true }) | 'not ready'

/** `not ready`: its plugin was disabled just before the call, and nothing has happened yet. */
async function attemptCall(
  core: RunCore,
  run: ActiveRun,
  step: UsesStep,
  call: ActionCall & { readonly witness: Witness },
): Promise<CallResult> {
  const { action, witness } = call
  const begunBefore = run.memory.inFlight.has(step.path)
  const mayHaveHappened = run.memory.providers.has(step.path) || begunBefore
  try {
    if (!isEffect(action)) {
      const { output } = await callAction(core, call)
      return { kind: 'output', output, by: nameOf(action), account: call.account }
    }
    return await run.calls.track(step.path, effect(core, run, step, action, call))
  } catch (error) {
    const record = errorRecord(error)
    if (record.code === 'LEASE_LOST') throw error
    if (record.code === 'CANCELLED' && !isEffect(action) && call.signal?.aborted) return CANCELLED
    const untouched = !isEffect(action) || (witness.isUntouched && !mayHaveHappened && !core.hold)
    const isIntended = !begunBefore && run.memory.inFlight.has(step.path)
    if (record.code === 'CANCELLED' && call.signal?.aborted)
      return brokenOff(run, action, call, { untouched, over: untouched && isIntended ? 'choice' : undefined })
    if (error instanceof TraeError && error.code === 'BUSY') {
      return {
        kind: 'busy',
        error: record,
        retryAfterMs: (error.retryAfter ?? 1) * 1000,
        pluginId: action.pluginId,
        retry: defaultRetry(action),
        over: isIntended ? (mayHaveHappened ? 'intent' : 'choice') : undefined,
        ...(isIntended ? { extras: { effects: [effectOf(call, action, 'failed')] } } : {}),
        ...(untouched && error.details?.['heldBack'] === true ? { mayPassOver: true } : {}),
      }
    }
    const repeatable = !isEffect(action) || action.idempotency !== 'none'
    if (record.code === 'PERMISSION' && repeatable && !isReady(core, run, action.pluginId)) return 'not ready'
    if (isEffect(action) && action.idempotency === 'none' && !REFUSED.has(record.code) && !untouched)
      return unknown(run, step, action, call)
    return {
      kind: 'error',
      error: record,
      extras: { effects: isEffect(action) ? [effectOf(call, action, 'failed')] : [] },
      retry: defaultRetry(action),
      retryAfterMs: error instanceof TraeError && error.retryAfter !== undefined ? error.retryAfter * 1000 : undefined,
      ...(untouched && isDown(record) ? { mayPassOver: true } : {}),
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
          data: { key: call.run.key, action: nameOf(action), provider: action.pluginId, account: call.account },
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

/** Nobody wants it any more, and it had no answer in time. Who restarts it finds the step where it stands: begun, or not. */
function brokenOff(
  run: ActiveRun,
  action: ResolvedAction,
  call: ActionCall,
  { untouched, over }: { readonly untouched: boolean; readonly over: Busy['over'] },
): Ended {
  const { path, attempt } = call.run
  const reason = `${call.signal?.reason}, and ${untouched ? 'nothing had been sent' : 'nobody knows whether this arrived'}`
  run.note([{ kind: 'step.cancelled', path, attempt, data: { reason, over } }], {
    effects: [effectOf(call, action, untouched ? 'failed' : 'unknown')],
  })
  return CANCELLED
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
  run.subject.forget()
  const by = { by: nameOf(action), account: call.account }
  return completed(run, step, output, call.run.attempt, { effects: [effectOf(call, action, 'sent')] }, by)
}

async function actionCall(
  core: RunCore,
  run: ActiveRun,
  step: UsesStep,
  action: ResolvedAction,
  input: unknown,
  attempt: number,
): Promise<ActionCall & { readonly witness: Witness }> {
  const workspace = await getWorkspace(core, run.lease.workspaceId)
  const lead = await run.subject.lead()
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
    timeZone: await timeZoneOf(core, run, 'subject'),
    workspaceLocale: workspace.locale,
    workspaceTimeZone: workspace.timeZone,
    workspaceName: workspace.name,
    witness: new Witness(),
    onLog: line => run.note([{ kind: 'log', path: step.path, attempt, data: { ...line } }]),
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
])

/** Errors of the provider, not of what it was asked for: another one may be able to. */
const DOWN: ReadonlySet<string> = new Set<ErrorCode>([
  'CREDENTIAL',
  'UNAUTHENTICATED',
  'PERMISSION',
  'UNAVAILABLE',
  'TIMEOUT',
  'CRASHED',
  'MEMORY',
])
/** `UNAVAILABLE` that no repetition mends is an answer: nothing is free in this calendar. */
const isDown = ({ code, retryable }: ErrorRecord) => DOWN.has(code) && (code !== 'UNAVAILABLE' || retryable)
