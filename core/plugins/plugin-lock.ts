import type { Core } from '../context.ts'
import { SERVICES, standInOf } from './services.ts'

/**
 * The plugins that a published version uses, as they were when it was published. Stored with the version. Packages are
 * locked; who provides a service is the workspace's choice of now, and what it was is kept for people.
 */
export interface PluginLock {
  /** Plugin id → digest of its package. */
  readonly plugins: Readonly<Record<string, string>>
  /** Service → ids of the plugins that provided it. (One id alone in what was stored by earlier versions.) */
  readonly providers: Readonly<Record<string, string | readonly string[]>>
}

export const NO_LOCK: PluginLock = { plugins: {}, providers: {} }

/** Locks what these `uses` name to what is installed now; what is not installed is left open. */
export function lockPlugins(core: Pick<Core, 'plugins'>, workspaceId: string, uses: readonly string[]): PluginLock {
  const plugins: Record<string, string> = {}
  const providers: Record<string, string[]> = {}
  for (const owner of [...new Set(uses.map(one => one.split('/')[0]!))].sort()) {
    const isService = SERVICES.has(owner)
    const owners = isService ? core.plugins.providers(workspaceId, owner).map(({ pluginId }) => pluginId) : [owner]
    for (const pluginId of owners) {
      const installation = core.plugins.installation(workspaceId, pluginId)
      if (!installation) continue
      if (isService) (providers[owner] ??= []).push(pluginId)
      plugins[pluginId] = installation.digest
    }
  }
  for (const one of uses) {
    const [service, action] = one.split(/[/@]/) as [string, string]
    const standIn = core.plugins.installation(workspaceId, standInOf(service, action) ?? '')
    if (standIn) plugins[standIn.pluginId] = standIn.digest
  }
  return { plugins, providers }
}

/** Who provided the service when the version was published. */
export const lockedProviders = ({ providers }: Pick<PluginLock, 'providers'>, service: string): readonly string[] =>
  [providers[service] ?? []].flat()

export function sameLock(one: PluginLock, other: PluginLock): boolean {
  const entries = ({ plugins, providers }: PluginLock) =>
    [...Object.entries(plugins), ...Object.entries(providers)].map(pair => pair.join('=')).sort()
  return entries(one).join() === entries(other).join()
}
