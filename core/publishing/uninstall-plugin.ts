import { actorOf, audit } from '../access/audit.ts'
import { getWorkspace } from '../access/workspace.ts'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { appendEvent } from '../events/append-event.ts'
import type { WorkspaceId } from '../ids.ts'
import { comesByItself, ourPluginIds } from '../plugins/our-plugins.ts'
import type { TriggerCore } from '../plugins/call-trigger.ts'
import { BUMP_PLUGINS, type Installation } from '../plugins/registry.ts'
import { endRegistrations } from '../plugins/end-registrations.ts'
import { type By, type LifeCore, requireInstallation } from '../plugins/set-plugin-status.ts'
import { statement } from '../sql.ts'
import { lookAgain, lookedAt, requireUnchanged } from './look-again.ts'
import { type NeedingPlaybook, playbooksNeeding } from './needing-playbooks.ts'
import { bumpRevision } from './playbook-registry.ts'

export interface Uninstalled {
  readonly installation: Installation
  /** Those that were paused, and say why. */
  readonly paused: readonly NeedingPlaybook[]
}

/**
 * Removes a plugin with the data that it kept here. A service that it provided goes to another installed plugin that can,
 * if there is one. Refused (`CONFLICT`, the playbooks in `details.playbooks`) while a published playbook needs it; with
 * `force` these are paused and say why, and steps of runs under way wait until it is installed again. What is installed
 * by itself is not removed: the next start would bring it back. All of it is one transaction, after what the vendor was told to
 * post here is undone there; where the vendor cannot be asked it is refused (`CONFLICT`), and with `force` that stays there.
 */
export function uninstallPlugin(
  core: UninstallCore,
  workspaceId: WorkspaceId,
  pluginId: string,
  options: By & { readonly force?: boolean } = {},
): Promise<Uninstalled> {
  return lookAgain(() => uninstallOnce(core, workspaceId, pluginId, options))
}

type UninstallCore = LifeCore & TriggerCore & Pick<Core, 'playbooks'>

async function uninstallOnce(
  core: UninstallCore,
  workspaceId: WorkspaceId,
  pluginId: string,
  { force = false, by }: By & { readonly force?: boolean },
): Promise<Uninstalled> {
  const { playbooks } = await lookedAt(core, workspaceId)
  const installation = requireInstallation(core, workspaceId, pluginId)
  if (comesByItself(installation.manifest) && (await ourPluginIds()).has(pluginId))
    throw new TraeError('CONFLICT', `${pluginId} comes with TRAE OS and is not removed. Disable it instead.`)
  const why = removedText(installation, (await getWorkspace(core, workspaceId)).locale)
  const known = await playbooksNeeding(core, installation)
  const listening = known.map(({ id }) => id)
  const ended = known.length === 0 || force ? await endRegistrations(core, installation, { force }) : undefined
  const heirs = core.plugins.list(workspaceId).filter(one => one.pluginId !== pluginId)
  const remove = core.sql.transaction(async tx => {
    const now = core.clock.now()
    await requireUnchanged(tx, workspaceId, { playbooks })
    await tx.query(BUMP_PLUGINS, [workspaceId])
    const needing = await tx.query<NeedingPlaybook>(NEEDING, [workspaceId, pluginId, listening])
    if (needing.length > 0 && !force)
      throw new TraeError(
        'CONFLICT',
        `${pluginId} is needed by ${needing.map(({ slug }) => slug).join(', ')}. Publish ${needing.length === 1 ? 'it' : 'them'} without it or archive ${needing.length === 1 ? 'it' : 'them'} first, or remove it by force: then ${needing.length === 1 ? 'it is' : 'they are'} paused.`,
        { details: { playbooks: needing } },
      )
    const stopped =
      needing.length === 0 ? [] : await tx.query<NeedingPlaybook>(PAUSE, [workspaceId, pluginId, listening, why, now])
    await tx.query(REMOVE, [workspaceId, pluginId])
    for (const { service } of await tx.query<{ service: string }>(UNBIND, [workspaceId, pluginId])) {
      const heir = heirs.find(one => one.manifest.provides[service] !== undefined)
      if (heir) await tx.query(BIND, [workspaceId, service, heir.pluginId])
    }
    const { version, digest, granted, source } = installation
    const data = {
      version,
      digest,
      granted,
      source,
      force,
      paused: stopped.map(({ slug }) => slug),
      left: ended?.left ?? [],
    }
    const entry = { actor: actorOf(by), action: 'plugin.removed', target: `plugin:${pluginId}`, data }
    await audit(tx, workspaceId, entry, now)
    const event = { pluginId, version, by: actorOf(by) }
    await appendEvent(tx, workspaceId, { type: 'plugin.removed', subjectId: null, data: event, source: 'host' }, now)
    return stopped
  })
  const paused = await remove.catch(async (error: unknown) => {
    await ended?.goOn() // the plugin stays, and so does what it listens at
    throw error
  })
  core.queue.ring('events')
  await core.plugins.invalidate(workspaceId)
  return { installation, paused }
}

/** In the language of the workspace: it is kept with the playbook. */
const removedText = ({ manifest, pluginId }: Installation, locale: string) =>
  locale.startsWith('pt')
    ? `O plugin ${manifest.title} (${pluginId}), de que ele precisa, foi removido.`
    : `The plugin ${manifest.title} (${pluginId}), which it needs, was removed.`

/** What the host made for itself needs nothing of people: it starts again when the plugin is back. */
const needs = `p.workspace_id = $1 and p.status <> 'ARCHIVED' and p.made_for is null and v.id = p.published_version_id
  and (v.plugins ? $2 or p.id = any($3::uuid[]))`

const NEEDING = statement(
  'playbooks-needing-plugin',
  `select p.id, p.slug, p.name from playbooks p, playbook_versions v where ${needs} order by p.slug`,
)
const PAUSE = statement(
  'pause-playbooks-of-plugin',
  `with changed as (
     update playbooks p set status = 'PAUSED', status_reason = $4, updated_at = $5
     from playbook_versions v where ${needs} and p.status = 'ACTIVE' returning p.id, p.slug, p.name
   ), told as (${bumpRevision('select $1::uuid from changed')})
   select id, slug, name from changed order by slug`,
)
const REMOVE = statement('remove-installation', 'delete from installations where workspace_id = $1 and plugin_id = $2')
const UNBIND = statement(
  'unbind-plugin',
  'delete from service_bindings where workspace_id = $1 and plugin_id = $2 returning service',
)
const BIND = statement(
  'bind-heir',
  `insert into service_bindings (workspace_id, service, plugin_id)
   select $1, $2::text, $3 where not exists (select from service_bindings where workspace_id = $1 and service = $2)`,
)
