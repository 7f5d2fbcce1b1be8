import type { Core } from '../context.ts'
import { listCredentials } from '../credentials/store.ts'
import type { WorkspaceId } from '../ids.ts'
import type { Installation } from './registry.ts'
import { SERVICES, type Service } from './services.ts'

/** A plugin that provides a service, or could. */
export interface ProviderState {
  readonly pluginId: string
  /** Null where its plugin is not installed any more. */
  readonly installation: Installation | null
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
  const stateOf = (service: Service, installation: Installation, condition: string | null): ProviderState => {
    const { id, pluginId, status, statusReason, manifest } = installation
    const own = accounts.get(id) ?? []
    const needsAccount = Object.keys(manifest.credentials).length > 0
    const connected = !needsAccount || own.some(account => account.status === 'CONNECTED')
    const broken = own.find(account => account.status === 'BROKEN')
    return {
      pluginId,
      installation,
      condition,
      status: status === 'DISABLED' ? 'DISABLED' : connected ? 'READY' : 'NOT_CONNECTED',
      reason: status === 'DISABLED' ? statusReason : connected ? null : (broken?.statusReason ?? null),
      actions: Object.keys(manifest.provides[service.id] ?? {}),
    }
  }
  return [...SERVICES.values()].map(service => {
    const bound = core.plugins.providers(workspaceId, service.id)
    const providers = bound.map(({ pluginId, condition }) => {
      const installation = core.plugins.installation(workspaceId, pluginId)
      return installation
        ? stateOf(service, installation, condition)
        : { pluginId, installation: null, condition, status: 'REMOVED' as const, reason: null, actions: [] }
    })
    const ready = providers.filter(({ status }) => status === 'READY')
    return {
      service,
      providers,
      others: installed
        .filter(one => one.manifest.provides[service.id] && !bound.some(({ pluginId }) => pluginId === one.pluginId))
        .map(one => stateOf(service, one, null)),
      missing: Object.keys(service.actions).filter(name => !ready.some(({ actions }) => actions.includes(name))),
    }
  })
}
