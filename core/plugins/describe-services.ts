import type { Core } from '../context.ts'
import { listCredentials } from '../credentials/store.ts'
import type { WorkspaceId } from '../ids.ts'
import type { Installation, ServiceProvider } from './registry.ts'
import { doerOf, SERVICES, type Service } from './services.ts'

/** A plugin that provides a service, or could. */
export interface ProviderState {
  readonly pluginId: string
  /** Null where its plugin is not installed any more. */
  readonly installation: Installation | null
  /** Of the plugin's accounts; null: its default, or it uses none. */
  readonly account: string | null
  /** The names of those that there are. */
  readonly accounts: readonly string[]
  /** CEL; null: always. */
  readonly condition: string | null
  readonly status: 'READY' | 'DISABLED' | 'NOT_CONNECTED' | 'REMOVED'
  /** Why it is not ready, where that is known. */
  readonly reason: string | null
  /** Which of the service's actions it has. */
  readonly actions: readonly string[]
}

export interface ServiceState {
  readonly service: Service
  readonly providers: readonly ProviderState[]
  /** Plugins that are installed, could provide it, and are not asked. */
  readonly others: readonly ProviderState[]
  /** Actions that nobody who is asked has, or that nobody who is ready has. */
  readonly missing: readonly string[]
}

/** How each service of the workspace stands. */
export async function describeServices(
  core: Pick<Core, 'sql' | 'plugins'>,
  workspaceId: WorkspaceId,
): Promise<ServiceState[]> {
  const accounts = Map.groupBy(await listCredentials(core, workspaceId), ({ installationId }) => installationId)
  const installed = core.plugins.list(workspaceId)
  const stateOf = (
    service: Service,
    installation: Installation,
    { account, condition }: Pick<ServiceProvider, 'account' | 'condition'>,
  ): ProviderState => {
    const { id, pluginId, status, statusReason, manifest, defaultAccount } = installation
    const all = accounts.get(id) ?? []
    const own = all.filter(one => one.account === (account ?? defaultAccount))
    const needsAccount = Object.keys(manifest.credentials).length > 0
    const connected = !needsAccount || own.some(one => one.status === 'CONNECTED')
    const broken = own.find(one => one.status === 'BROKEN')
    return {
      pluginId,
      installation,
      account,
      accounts: [...new Set(all.map(one => one.account))],
      condition,
      status: status === 'DISABLED' ? 'DISABLED' : connected ? 'READY' : 'NOT_CONNECTED',
      reason: status === 'DISABLED' ? statusReason : connected ? null : (broken?.statusReason ?? null),
      actions: Object.keys(manifest.provides[service.id] ?? {}),
    }
  }
  /** It itself, or an enabled plugin that stands in for it. */
  const doesIt = ({ pluginId, installation }: ProviderState, service: string, action: string) => {
    const doer = doerOf({ pluginId, provides: installation?.manifest.provides ?? {} }, service, action)
    return doer !== undefined && core.plugins.installation(workspaceId, doer)?.status === 'ENABLED'
  }
  return [...SERVICES.values()].map(service => {
    const bound = core.plugins.providers(workspaceId, service.id)
    const providers = bound.map(one => {
      const installation = core.plugins.installation(workspaceId, one.pluginId)
      if (installation) return stateOf(service, installation, one)
      return { ...one, installation: null, accounts: [], status: 'REMOVED' as const, reason: null, actions: [] }
    })
    const ready = providers.filter(({ status }) => status === 'READY')
    return {
      service,
      providers,
      others: installed
        .filter(one => one.manifest.provides[service.id] && !bound.some(({ pluginId }) => pluginId === one.pluginId))
        .map(one => stateOf(service, one, { account: null, condition: null })),
      missing: Object.keys(service.actions).filter(name => !ready.some(one => doesIt(one, service.id, name))),
    }
  })
}
