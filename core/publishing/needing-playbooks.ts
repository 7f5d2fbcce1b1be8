import type { Core } from '../context.ts'
import { eventTypeOf } from '../plugins/call-trigger.ts'
import type { Installation } from '../plugins/registry.ts'
import { statement } from '../sql.ts'
import { eventsOfVersion } from './events-listened-to.ts'

/** A published playbook that needs a plugin: its runs use it, or it starts when that hears of something, or waits for that. */
export interface NeedingPlaybook {
  readonly id: string
  readonly slug: string
  readonly name: string
}

/** Published playbooks that need the plugin, by id. */
export async function playbooksNeeding(
  core: Pick<Core, 'sql' | 'playbooks'>,
  { workspaceId, pluginId, manifest }: Installation,
): Promise<NeedingPlaybook[]> {
  const events = new Set(Object.keys(manifest.triggers).map(name => eventTypeOf(pluginId, name)))
  const rows = await core.sql.query<NeedingPlaybook & { version: string; uses: boolean }>(PUBLISHED, [
    workspaceId,
    pluginId,
  ])
  const listens = async (version: string) =>
    (await eventsOfVersion(core, version)).some(({ event }) => events.has(event))
  const needs = await Promise.all(rows.map(row => row.uses || (events.size > 0 && listens(row.version))))
  return rows.filter((_, i) => needs[i]).map(({ id, slug, name }) => ({ id, slug, name }))
}

const PUBLISHED = statement(
  'published-with-plugin',
  `select p.id, p.slug, p.name, v.id as version, v.plugins ? $2 as uses
   from playbooks p join playbook_versions v on v.id = p.published_version_id
   where p.workspace_id = $1 and p.status <> 'ARCHIVED' and p.made_for is null order by p.slug`,
)
