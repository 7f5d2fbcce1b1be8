import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { didYouMean } from '../did-you-mean.ts'
import { parseDuration } from '../playbooks/duration.ts'
import type { Manifest, ManifestAction } from './manifest.ts'
import { NO_LOCK, type PluginLock } from './plugin-lock.ts'
import type { Installation, ServiceProvider } from './registry.ts'
import { doerOf, SERVICES } from './services.ts'
import { versionFits } from '../version-range.ts'

/** An action found: everything that a call of it needs, and what the engine must know of its effects. */
export interface ResolvedAction {
  /** `sdr/lead-scoring`, `mailbox/send`: the plugin's own name of it, also where a service was asked for. */
  readonly name: string
  readonly pluginId: string
  readonly version: string
  readonly digest: string
  readonly action: string
  readonly effect: ManifestAction['effect']
  readonly idempotency: ManifestAction['idempotency']
  readonly hasLookup: boolean
  readonly timeoutMs: number
  readonly manifest: Manifest
}

const USES = /^([a-z0-9-]+)\/([a-z0-9-]+)(?:@(.+))?$/

/**
 * The action that `uses` of a step names: `plugin/action`, with a range of versions where wanted (`sdr/lead-scoring@^1`), or
 * `service/action`, whose range is one of the contract: that of `provider`, or of the first that can, without regard to
 * rules. With the lock of a published version it is the package of then; who provides a service, and what a plugin may do,
 * is always as it is now. Throws `NOT_FOUND` saying what is missing and what may have been meant.
 */
export function resolveAction(
  core: Pick<Core, 'plugins'>,
  workspaceId: string,
  uses: string,
  lock?: PluginLock & { readonly id: string },
  provider?: string,
): ResolvedAction {
  const key = ['action', uses, lock?.id ?? '', provider ?? ''].join(' ')
  return core.plugins.memo(workspaceId, key, () => find(core, workspaceId, uses, lock ?? NO_LOCK, provider))
}

/** The service and its action, where `uses` names one. */
export function serviceOf(uses: string): { readonly service: string; readonly action: string } | undefined {
  const [, service, action] = USES.exec(uses) ?? []
  return service !== undefined && SERVICES.has(service) ? { service, action: action! } : undefined
}

/**
 * Those who provide this action of a service, in the order in which they are asked, disabled ones included. A plugin that
 * stands in for an action which a provider lacks has the place and the rule of that provider.
 */
export function providersOf(
  core: Pick<Core, 'plugins'>,
  workspaceId: string,
  { service, action }: { readonly service: string; readonly action: string },
  lock: PluginLock = NO_LOCK,
): (ServiceProvider & { readonly enabled: boolean })[] {
  return core.plugins.providers(workspaceId, service).flatMap(provider => {
    const installation = core.plugins.installation(workspaceId, provider.pluginId)
    if (!installation) return []
    const { pluginId } = provider
    const doer = doerOf({ pluginId, ...packageOf(core, installation, lock).manifest }, service, action)
    const does = doer === pluginId ? installation : doer && core.plugins.installation(workspaceId, doer)
    if (!does) return []
    const account = doer === pluginId ? provider.account : null
    return [{ ...provider, pluginId: does.pluginId, account, enabled: does.status === 'ENABLED' }]
  })
}

function find(
  core: Pick<Core, 'plugins'>,
  workspaceId: string,
  uses: string,
  lock: PluginLock,
  provider: string | undefined,
): ResolvedAction {
  const [, owner, name, range] = USES.exec(uses) ?? []
  if (owner === undefined || name === undefined)
    throw new TraeError(
      'NOT_FOUND',
      `${JSON.stringify(uses)} names no action; write plugin/action, plugin/action@^1 or service/action.`,
    )
  const service = SERVICES.get(owner)
  const contracts = service?.actions
  if (contracts && !Object.hasOwn(contracts, name))
    throw notFound(`The service ${owner} has no action ${name}`, name, Object.keys(contracts))
  const able = contracts ? providersOf(core, workspaceId, { service: owner, action: name }, lock) : []
  const pluginId = !contracts ? owner : (provider ?? (able.find(({ enabled }) => enabled) ?? able[0])?.pluginId)
  if (pluginId === undefined) {
    const bound = core.plugins.providers(workspaceId, owner).map(one => one.pluginId)
    throw new TraeError(
      'NOT_FOUND',
      bound.length === 0
        ? `Nobody provides ${owner} in this workspace: install a plugin that does, or choose one on the page Services.`
        : `${bound.join(' and ')} ${bound.length === 1 ? 'provides' : 'provide'} ${owner}, but not its action ${name}: add a provider that does on the page Services.`,
    )
  }

  const installation = core.plugins.installation(workspaceId, pluginId)
  if (!installation)
    throw notFound(`No plugin ${pluginId} is installed`, uses, core.plugins.catalog(workspaceId).actions.keys())
  const { version, digest, manifest } = packageOf(core, installation, lock)
  if (service && range !== undefined && !versionFits(service.version, range))
    throw new TraeError(
      'NOT_FOUND',
      `${uses} asks for version ${range} of the service ${owner}; this TRAE OS has ${service.version}. Change the range.`,
    )
  if (!service && range !== undefined && !versionFits(version, range))
    throw new TraeError(
      'NOT_FOUND',
      `${uses} asks for version ${range} of ${pluginId}; installed is ${version}. Change the range, or install a version that fits.`,
    )
  const own = contracts ? manifest.provides[owner]?.[name] : name
  const action = own === undefined || !Object.hasOwn(manifest.actions, own) ? undefined : manifest.actions[own]
  if (own === undefined || action === undefined) {
    if (contracts)
      throw new TraeError(
        'NOT_FOUND',
        `${pluginId} provides ${owner}, but not its action ${name}: choose another provider.`,
      )
    throw notFound(`${pluginId} ${version} has no action ${name}`, name, Object.keys(manifest.actions))
  }
  const { effect, idempotency, hasLookup, timeout } = action
  const timeoutMs = Math.min((timeout && parseDuration(timeout)) || manifest.limits.wallMs, MAX_CALL_MS)
  return {
    name: `${pluginId}/${own}`,
    pluginId,
    version,
    digest,
    action: own,
    effect,
    idempotency,
    hasLookup,
    timeoutMs,
    manifest,
  }
}

/** The locked package of an installed plugin; the installed one where nothing is locked, or what was is gone or must not run. */
function packageOf(
  core: Pick<Core, 'plugins'>,
  installation: Installation,
  lock: PluginLock,
): Pick<Installation, 'version' | 'digest' | 'manifest'> {
  return core.plugins.locked(installation, lock) ?? installation
}

/** The longest that any call may take, whatever a manifest says. */
const MAX_CALL_MS = 15 * 60_000

function notFound(what: string, written: string, known: Iterable<string>): TraeError {
  const meant = didYouMean(written, known)
  return new TraeError('NOT_FOUND', `${what}.${meant ? ` Did you mean ${meant}?` : ''}`)
}
