import type { ManifestTrigger } from '../core/plugins/manifest.ts'
import type { Installation } from '../core/plugins/registry.ts'
import { type Backlog, backlogsOf, NO_BACKLOG } from '../core/plugins/plugin-events.ts'
import { type PluginTrigger, triggersOf } from '../core/plugins/plugin-triggers.ts'
import { registrationsOf, type TriggerRegistration } from '../core/plugins/registrations.ts'
import { type Context, workspaceOf } from './context.ts'

/** A trigger as it stands, and as the manifest describes it. */
export interface ShownTrigger extends PluginTrigger {
  readonly installation: Installation
  readonly described: ManifestTrigger
  /** Where the plugin registers it at its vendor. */
  readonly registration: TriggerRegistration | undefined
  readonly backlog: Backlog
}

export async function shownTriggers(c: Context, installation: Installation): Promise<ShownTrigger[]> {
  const { triggers } = installation.manifest
  const all = await triggersOf(c.core, installation)
  const registrations = all.some(({ trigger }) => triggers[trigger]!.registers)
    ? await registrationsOf(c.core, installation.id)
    : new Map<string, TriggerRegistration>()
  const listens = Object.values(triggers).some(({ kind }) => kind === 'event')
  const backlogs = listens ? await backlogsOf(c.core, installation.id) : new Map<string, Backlog>()
  return all.map(one => ({
    ...one,
    installation,
    described: triggers[one.trigger]!,
    registration: registrations.get(one.id),
    backlog: backlogs.get(one.trigger) ?? NO_BACKLOG,
  }))
}

/** For `node`. */
export async function findTrigger(c: Context, id: string): Promise<ShownTrigger | undefined> {
  const all = await Promise.all(c.core.plugins.list(workspaceOf(c)).map(installation => shownTriggers(c, installation)))
  return all.flat().find(one => one.id === id)
}
