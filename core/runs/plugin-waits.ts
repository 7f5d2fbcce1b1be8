import type { Core } from '../context.ts'
import { statement } from '../sql.ts'
import type { ActiveRun, RunCore } from './active-run.ts'
import type { Busy, Fiber } from './step-outcome.ts'
import { untilEnded } from './waits.ts'

/** The plugin that a step needs which names it, by what its playbook locked; undefined where it locked none: the step finds out. */
export function neededPlugin(run: ActiveRun, uses: string): string | undefined {
  const owner = uses.split('/')[0]!
  return run.version.lock.plugins[owner] === undefined ? undefined : owner
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
  while (!isReady(core, run, pluginId)) {
    await core.plugins.refresh(run.lease.workspaceId) // another process may have enabled it
    if (isReady(core, run, pluginId)) return true
    if (!(await waitForPlugin(core, run, path, fiber, pluginId))) return false
  }
  return true
}

/** One wait, until the plugin is ready or the workspace has chosen other providers. False when the step is no longer wanted. */
export async function waitForPlugin(
  core: RunCore,
  run: ActiveRun,
  path: string,
  fiber: Fiber,
  pluginId: string,
): Promise<boolean> {
  const at = `${path}${MARK}${pluginId}`
  if (run.waits.get(at)?.status !== 'open') {
    run.setWait({ path: at, kind: 'plugin', dueAt: null, status: 'open', event: null, result: null })
    await run.write([{ kind: 'step.waiting', path, data: { until: null, events: [], plugin: pluginId } }], {
      waits: [{ path: at, kind: 'plugin', dueAt: null, events: [] }],
    })
  }
  return (await untilEnded(core, run, at, fiber)) !== undefined
}

/** Parks a step whose call was not taken, until it is tried again; over before that where its plugin is disabled meanwhile. */
export async function hold(run: ActiveRun, path: string, busy: Busy, dueAt: Date): Promise<void> {
  const { error, extras, over, pluginId } = busy
  const at = heldAt(path, pluginId)
  run.setWait({ path: at, kind: 'plugin', dueAt, status: 'open', event: null, result: null })
  const data = { until: dueAt, events: [], held: { pluginId, message: error.message, over } satisfies Held }
  await run.write([{ kind: 'step.waiting', path, data }], {
    ...extras,
    waits: [{ path: at, kind: 'plugin', dueAt, events: [] }],
  })
}

/** Waits until the call may be tried again; false when the step is no longer wanted. */
export async function untilReleased(core: RunCore, run: ActiveRun, path: string, fiber: Fiber): Promise<boolean> {
  const held = run.memory.attempts.get(path)?.held
  const wait = held && run.waits.get(heldAt(path, held.pluginId))
  return !wait?.dueAt || (await untilEnded(core, run, wait.path, fiber)) !== undefined
}

/** A call that was not taken, as the journal tells of it. */
export interface Held extends Pick<Busy, 'pluginId' | 'over'> {
  readonly message: string
}

/** Why a step whose call was not taken stands, for people. */
export const whyHeld = ({ pluginId, message }: Held, until: string): string =>
  `${pluginId === null ? 'its script' : `the plugin ${pluginId}`} is held back until ${until}: ${message}`

const heldAt = (path: string, pluginId: string | null) => `${path}${MARK}${pluginId ?? ''}`

/** Why the step at the path of a wait stands, for people. */
export function missingPlugin(core: RunCore, run: ActiveRun, path: string): string {
  const pluginId = path.slice(path.indexOf(MARK) + MARK.length)
  const installation = core.plugins.installation(run.lease.workspaceId, pluginId)
  if (!installation) return `needs the plugin ${pluginId}, which was removed`
  const why = installation.statusReason ? ` (${installation.statusReason})` : ''
  return `needs the plugin ${pluginId}, which is disabled${why}`
}

const MARK = '!plugin:'

/** Ends the waits whose plugin is ready, and of those that are held back the ones whose plugin is not; makes their runs due. Answers these. */
export async function wakePluginWaits(core: Pick<Core, 'sql' | 'clock'>): Promise<string[]> {
  const rows = await core.sql.query<{ id: string }>(WAKE_PLUGIN_WAITS, [core.clock.now()])
  return rows.map(({ id }) => id)
}

const WAKE_PLUGIN_WAITS = statement(
  'wake-plugin-waits',
  `with ready as (
     select w.run_id, w.path from waits w
     join installations i on i.workspace_id = w.workspace_id and i.plugin_id = split_part(w.path, '${MARK}', 2)
     where w.kind = 'plugin' and w.status = 'open' and (i.status = 'ENABLED') = (w.due_at is null) limit 500
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

/** Ends all waits for plugins of a workspace, whose steps look again: it has chosen other providers. Answers their runs. */
export async function wakeWaitsOfWorkspace(
  tx: Pick<Core['sql'], 'query'>,
  workspaceId: string,
  now: Date,
): Promise<string[]> {
  return (await tx.query<{ id: string }>(WAKE_WAITS_OF_WORKSPACE, [now, workspaceId])).map(({ id }) => id)
}

const WAKE_WAITS_OF_WORKSPACE = statement(
  'wake-waits-of-workspace',
  `with locked as (
     select id from runs where finished_at is null and id in (
       select run_id from waits where workspace_id = $2 and kind = 'plugin' and status = 'open'
     ) order by id for update
   ), ended as (
     update waits set status = 'due' from locked
     where waits.run_id = locked.id and waits.kind = 'plugin' and waits.status = 'open' returning waits.run_id
   )
   update runs set due_at = $1, signals = signals + 1
   where id in (select run_id from ended) and status <> 'quarantined' returning id`,
)
