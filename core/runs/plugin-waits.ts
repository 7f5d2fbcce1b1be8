import type { Core } from '../context.ts'
import { SERVICES } from '../plugins/services.ts'
import { statement } from '../sql.ts'
import type { ActiveRun, RunCore } from './active-run.ts'
import type { Fiber } from './step-outcome.ts'
import { untilEnded } from './waits.ts'

/**
 * The plugin that a step needs, by what its playbook locked; undefined where it locked none, and the step itself finds out.
 * A service whose locked provider was removed is done by who provides it now.
 */
export function neededPlugin(core: RunCore, run: ActiveRun, uses: string): string | undefined {
  const owner = uses.split('/')[0]!
  const { lock, workspaceId } = run.version
  const locked = SERVICES.has(owner) ? lock.providers[owner] : owner
  if (locked === undefined || lock.plugins[locked] === undefined) return undefined
  if (!SERVICES.has(owner) || core.plugins.installation(workspaceId, locked)) return locked
  return core.plugins.provider(workspaceId, owner) ?? locked
}

export const isReady = (core: RunCore, run: ActiveRun, pluginId: string): boolean =>
  core.plugins.installation(run.lease.workspaceId, pluginId)?.status === 'ENABLED'

/**
 * Waits until the plugin is installed and enabled; false when the step is no longer wanted. The wait names the plugin in
 * its path. Nobody has to remember to end it: workers look for waits whose plugin is ready.
 */
export async function untilPlugin(
  core: RunCore,
  run: ActiveRun,
  path: string,
  fiber: Fiber,
  pluginId: string,
): Promise<boolean> {
  const at = `${path}${MARK}${pluginId}`
  while (!isReady(core, run, pluginId)) {
    await core.plugins.refresh(run.lease.workspaceId) // another process may have enabled it
    if (isReady(core, run, pluginId)) return true
    if (run.waits.get(at)?.status !== 'open') {
      run.setWait({ path: at, kind: 'plugin', dueAt: null, status: 'open', event: null, result: null })
      await run.write([{ kind: 'step.waiting', path, data: { until: null, events: [], plugin: pluginId } }], {
        waits: [{ path: at, kind: 'plugin', dueAt: null, events: [] }],
      })
    }
    if (!(await untilEnded(core, run, at, fiber))) return false
  }
  return true
}

/** Why the step at the path of a wait stands, for people. */
export function missingPlugin(core: RunCore, run: ActiveRun, path: string): string {
  const pluginId = path.slice(path.indexOf(MARK) + MARK.length)
  const installation = core.plugins.installation(run.lease.workspaceId, pluginId)
  if (!installation) return `needs the plugin ${pluginId}, which was removed`
  const why = installation.statusReason ? ` (${installation.statusReason})` : ''
  return `needs the plugin ${pluginId}, which is disabled${why}`
}

const MARK = '!plugin:'

/** Ends the waits whose plugin is ready, and makes their runs due. Answers these. */
export async function wakePluginWaits(core: Pick<Core, 'sql' | 'clock'>): Promise<string[]> {
  const rows = await core.sql.query<{ id: string }>(WAKE_PLUGIN_WAITS, [core.clock.now()])
  return rows.map(({ id }) => id)
}

const WAKE_PLUGIN_WAITS = statement(
  'wake-plugin-waits',
  `with ready as (
     select w.run_id, w.path from waits w
     join installations i on i.workspace_id = w.workspace_id and i.plugin_id = split_part(w.path, '${MARK}', 2)
     where w.kind = 'plugin' and w.status = 'open' and i.status = 'ENABLED' limit 500
   ), locked as (
     select id from runs where id in (select run_id from ready) and finished_at is null order by id for update
   ), ended as (
     update waits set status = 'due' from ready join locked on locked.id = ready.run_id
     where waits.run_id = ready.run_id and waits.path = ready.path and waits.status = 'open'
     returning waits.run_id
   )
   update runs set due_at = $1, signals = signals + 1
   where id in (select run_id from ended) and status <> 'quarantined' returning id`,
)
