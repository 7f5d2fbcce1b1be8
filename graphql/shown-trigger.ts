import type { ManifestTrigger } from '../core/plugins/manifest.ts'
import type { Installation } from '../core/plugins/registry.ts'
import { type PluginTrigger, triggersOf } from '../core/triggers/plugin-triggers.ts'
import { type Context, workspaceOf } from './context.ts'

/** A trigger as it stands, and as the manifest describes it. */
export interface ShownTrigger extends PluginTrigger {
  readonly installation: Installation
  readonly described: ManifestTrigger
}

export const shownTriggers = (c: Context, installation: Installation): Promise<ShownTrigger[]> =>
  triggersOf(c.core, installation).then(all =>
    all.map(one => ({ ...one, installation, described: installation.manifest.triggers[one.trigger]! })),
  )

/** For `node`. */
export async function findTrigger(c: Context, id: string): Promise<ShownTrigger | undefined> {
  const all = await Promise.all(c.core.plugins.list(workspaceOf(c)).map(installation => shownTriggers(c, installation)))
  return all.flat().find(one => one.id === id)
}
