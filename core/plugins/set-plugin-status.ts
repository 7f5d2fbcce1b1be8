import { actorOf, audit } from '../access/audit.ts'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { appendEvent } from '../events/append-event.ts'
import type { UserId, WorkspaceId } from '../ids.ts'
import { type Sql, statement } from '../sql.ts'
import { namedBy, readKillList } from './kill-list.ts'
import { BUMP_PLUGINS, type Installation } from './registry.ts'

export type LifeCore = Pick<Core, 'sql' | 'clock' | 'plugins' | 'queue'>

/** Who changes something, the host itself without it. */
export interface By {
  readonly by?: UserId | undefined
}

/** Lets a plugin be called again. Steps that waited for it go on. Done twice it changes nothing. Throws `NOT_FOUND`, `CONFLICT` for one that the kill list names. */
export function enablePlugin(
  core: LifeCore,
  workspaceId: WorkspaceId,
  pluginId: string,
  { by }: By = {},
): Promise<Installation> {
  return setStatus(core, workspaceId, pluginId, { status: 'ENABLED', reason: null, by })
}

/**
 * Keeps a plugin from being called: a call under way goes on, every later step that needs it waits until it is enabled.
 * `reason` is for people. Done twice it changes nothing but the reason. `killed`: it is the kill list that names this digest; if
 * another one is installed by now, nothing is changed. Throws `NOT_FOUND`.
 */
export function disablePlugin(
  core: LifeCore,
  workspaceId: WorkspaceId,
  pluginId: string,
  { reason, killed, by }: By & { readonly reason?: string | undefined; readonly killed?: string | undefined } = {},
): Promise<Installation> {
  const said = reason?.trim() || null
  if (said !== null && said.length > 500)
    throw new TraeError('BAD_USER_INPUT', `The reason has ${said.length} characters; at most 500 are kept.`)
  return setStatus(core, workspaceId, pluginId, { status: 'DISABLED', reason: said, killed, by })
}

async function setStatus(
  core: LifeCore,
  workspaceId: WorkspaceId,
  pluginId: string,
  change: Change,
): Promise<Installation> {
  await core.sql.transaction(async tx => {
    await tx.query(BUMP_PLUGINS, [workspaceId])
    if (change.status === 'ENABLED') await refuseKilled(core, tx, workspaceId, pluginId)
    await writeStatus(tx, workspaceId, pluginId, change, core.clock.now())
  })
  core.queue.ring('events')
  await core.plugins.invalidate(workspaceId)
  return requireInstallation(core, workspaceId, pluginId)
}

export interface Change extends By {
  readonly status: Installation['status']
  readonly reason: string | null
  /** The digest that the kill list names. */
  readonly killed?: string | undefined
}

/** Sets the status, and tells of it where it was another one. The caller has the workspace's row (`BUMP_PLUGINS`). */
export async function writeStatus(
  tx: Sql,
  workspaceId: WorkspaceId,
  pluginId: string,
  { status, reason, killed, by }: Change,
  now: Date,
): Promise<void> {
  const name = status === 'ENABLED' ? 'plugin.enabled' : 'plugin.disabled'
  const changed = await tx.query(SET_STATUS, [workspaceId, pluginId, status, reason, now, killed ?? null])
  if (changed.length === 0) return
  const target = `plugin:${pluginId}`
  await audit(tx, workspaceId, { actor: actorOf(by), action: name, target, data: { reason } }, now)
  const data = { pluginId, reason, by: actorOf(by) }
  await appendEvent(tx, workspaceId, { type: name, subjectId: null, data, source: 'host' }, now)
}

async function refuseKilled(core: LifeCore, tx: Sql, workspaceId: WorkspaceId, pluginId: string): Promise<void> {
  const installation = core.plugins.installation(workspaceId, pluginId)
  const entry = installation && namedBy(await readKillList(tx), installation)
  if (entry)
    throw new TraeError(
      'CONFLICT',
      `${pluginId} ${installation.version} is on the kill list of this host and stays disabled: ${entry.reason} It is enabled by itself once the list does not name it any more, or another version that it does not name is installed.`,
    )
}

/** Throws `NOT_FOUND`. */
export function requireInstallation(
  core: Pick<Core, 'plugins'>,
  workspaceId: WorkspaceId,
  pluginId: string,
): Installation {
  const installation = core.plugins.installation(workspaceId, pluginId)
  if (installation) return installation
  const here = core.plugins.list(workspaceId).map(one => one.pluginId)
  throw new TraeError('NOT_FOUND', `No plugin ${pluginId} is installed here. There is: ${here.join(', ') || 'none'}.`)
}

const SET_STATUS = statement(
  'set-plugin-status',
  `update installations set status = $3, status_reason = $4, updated_at = $5, by_kill_list = $6::text is not null
   where workspace_id = $1 and plugin_id = $2 and ($6::text is null or digest = $6)
     and (status, status_reason) is distinct from ($3, $4) returning id`,
)
