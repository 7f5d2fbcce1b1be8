import { TraeError } from '../errors.ts'
import { compileServiceRule, type ServiceRule } from '../playbooks/service-rule.ts'
import { providerName } from '../plugins/registry.ts'
import { providersOf, type ResolvedAction, resolveAction } from '../plugins/resolve-action.ts'
import type { ActiveRun, RunCore } from './active-run.ts'
import { waitForPlugin } from './plugin-waits.ts'
import type { Fiber } from './step-outcome.ts'

/** What a step asks a service for. */
export interface ServiceCall {
  readonly uses: string
  readonly path: string
  readonly service: string
  readonly action: string
  readonly input: unknown
  /** Providers that could not do it in this attempt, and have done nothing. */
  readonly passedOver: ReadonlySet<string>
}

/** Who does it, and with which of its accounts; null: its default. */
export interface ChosenProvider {
  readonly action: ResolvedAction
  readonly account: string | null
}

/**
 * Who does it: the first provider in the workspace's order that can, whose rule holds and whose plugin is enabled.
 * Where an effect may have happened already, through an earlier attempt or before a crash, it is whoever was asked then
 * and nobody else, for two vendors do not know of each other's keys. `wait`: nobody is ready now, and this plugin is
 * needed. Throws `NOT_FOUND` where nobody provides it, or no rule holds.
 */
export async function chooseProvider(
  core: RunCore,
  run: ActiveRun,
  call: ServiceCall,
): Promise<ChosenProvider | { readonly wait: string }> {
  const { workspaceId } = run.lease
  const { lock } = run.version
  const asked = run.memory.providers.get(call.path)
  const resolved = (pluginId?: string) => resolveAction(core, workspaceId, call.uses, lock, pluginId)
  if (asked !== undefined)
    return core.plugins.installation(workspaceId, asked)?.status === 'ENABLED'
      ? { action: resolved(asked), account: run.memory.accounts.get(call.path) ?? null }
      : { wait: asked }
  const able = providersOf(core, workspaceId, call, lock).filter(one => !call.passedOver.has(providerName(one)))
  if (able.length === 0) return { action: resolved(), account: null } // says what is missing
  const fit = []
  for (const provider of able) if (await holds(run, call, provider.condition)) fit.push(provider)
  const ready = fit.find(({ enabled }) => enabled)
  if (ready) return { action: resolved(ready.pluginId), account: ready.account }
  if (fit[0]) return { wait: fit[0].pluginId }
  const rules = able.map(one => `${providerName(one)} if ${one.condition}`).join(', ')
  throw new TraeError(
    'NOT_FOUND',
    `No provider of ${call.service} is for this: ${rules}. Change the rules on the page Services, or add a provider without one.`,
  )
}

/** The same, with the wait for a plugin that is disabled or gone. Undefined when the step is no longer wanted. */
export async function untilProvider(
  core: RunCore,
  run: ActiveRun,
  fiber: Fiber,
  call: ServiceCall,
): Promise<ChosenProvider | undefined> {
  for (;;) {
    let choice = await chooseProvider(core, run, call)
    if ('wait' in choice) {
      await core.plugins.refresh(run.lease.workspaceId) // another process may have enabled it, or chosen another
      choice = await chooseProvider(core, run, call)
    }
    if ('action' in choice) return choice
    if (!(await waitForPlugin(core, run, call.path, fiber, choice.wait))) return undefined
  }
}

/** Is there anybody else to ask who has not been passed over? Nobody is waited for. */
export async function hasAnother(core: RunCore, run: ActiveRun, call: ServiceCall): Promise<boolean> {
  for (const one of providersOf(core, run.lease.workspaceId, call, run.version.lock))
    if (one.enabled && !call.passedOver.has(providerName(one)) && (await holds(run, call, one.condition))) return true
  return false
}

async function holds(run: ActiveRun, call: ServiceCall, condition: string | null): Promise<boolean> {
  if (condition === null) return true
  const rule = ruleOf(condition)
  const lead = await run.subject.lead()
  return rule.holds({ inputs: call.input, ...(lead === null ? {} : { lead }) }) ?? false
}

/** Compiled once; there are as many as people have written. */
const rules = new Map<string, ServiceRule>()
function ruleOf(source: string): ServiceRule {
  const known = rules.get(source) ?? compileServiceRule(source)
  if (rules.size > 1000) rules.clear()
  rules.set(source, known)
  return known
}
