import type { Core } from '../context.ts'
import { SERVICES } from './services.ts'

/** The plugins that a published version uses, as they were when it was published. Stored with the version. */
export interface PluginLock {
  /** Plugin id → digest of its package. */
  readonly plugins: Readonly<Record<string, string>>
  /** Service → id of the plugin that provided it. */
  readonly providers: Readonly<Record<string, string>>
}

export const NO_LOCK: PluginLock = { plugins: {}, providers: {} }

/** Locks what these `uses` name to what is installed now; what is not installed is left open. */
export function lockPlugins(core: Pick<Core, 'plugins'>, workspaceId: string, uses: readonly string[]): PluginLock {
  const plugins: Record<string, string> = {}
  const providers: Record<string, string> = {}
  for (const owner of [...new Set(uses.map(one => one.split('/')[0]!))].sort()) {
    const provider = SERVICES.has(owner) ? core.plugins.provider(workspaceId, owner) : undefined
    const installation = core.plugins.installation(workspaceId, provider ?? owner)
    if (!installation) continue
    if (provider !== undefined) providers[owner] = provider
    plugins[installation.pluginId] = installation.digest
  }
  return { plugins, providers }
}

export function sameLock(one: PluginLock, other: PluginLock): boolean {
  const entries = ({ plugins, providers }: PluginLock) =>
    [...Object.entries(plugins), ...Object.entries(providers)].map(pair => pair.join('=')).sort()
  return entries(one).join() === entries(other).join()
}
