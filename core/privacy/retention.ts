import { type Actor, audit } from '../access/audit.ts'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'
import { type ErasureCore, erasePerson } from './erase-person.ts'

/** How long a workspace keeps things, in days; null: for ever. */
export interface Retention {
  /** Runs that are over, with their journals. */
  readonly runDays: number | null
  /** People with whom nothing happened for so long, and who are no customers, are erased. */
  readonly personDays: number | null
}

const LEAST_DAYS = 7
const MOST_DAYS = 3650

export async function readRetention(core: Pick<Core, 'sql'>, workspaceId: WorkspaceId): Promise<Retention> {
  const [row] = await core.sql.query<Retention>(READ_RETENTION, [workspaceId])
  return row!
}

/** Throws `BAD_USER_INPUT` for less than a week or more than ten years. */
export async function setRetention(
  core: Pick<Core, 'sql' | 'clock'>,
  workspaceId: WorkspaceId,
  retention: Retention,
  actor: Actor,
): Promise<Retention> {
  for (const [name, days] of Object.entries(retention))
    if (days !== null && (!Number.isInteger(days) || days < LEAST_DAYS || days > MOST_DAYS))
      throw new TraeError('BAD_USER_INPUT', `${name} must be ${LEAST_DAYS} to ${MOST_DAYS} days, or nothing.`)
  const { runDays, personDays } = retention
  await core.sql.transaction(async tx => {
    await tx.query(SET_RETENTION, [workspaceId, runDays, personDays])
    const entry = { actor, action: 'retention.set', target: `workspace:${workspaceId}`, data: { runDays, personDays } }
    await audit(tx, workspaceId, entry, core.clock.now())
  })
  return retention
}

/** Removes what is older than its workspace keeps it, some at a time; the next look goes on. */
export async function applyRetention(core: ErasureCore): Promise<void> {
  const now = core.clock.now()
  await core.sql.query(REMOVE_RUNS, [now])
  for (const { id, workspace_id } of await core.sql.query<{ id: string; workspace_id: WorkspaceId }>(QUIET, [now]))
    await erasePerson(core, workspace_id, id, 'host')
}

const READ_RETENTION = statement(
  'privacy.read-retention',
  'select retention_run_days as "runDays", retention_person_days as "personDays" from workspaces where id = $1',
)
const SET_RETENTION = statement(
  'privacy.set-retention',
  'update workspaces set retention_run_days = $2, retention_person_days = $3 where id = $1',
)
const REMOVE_RUNS = statement(
  'privacy.remove-runs',
  `delete from runs where id in (
     select r.id from runs r join workspaces w on w.id = r.workspace_id
     where w.retention_run_days is not null and r.finished_at < $1::timestamptz - make_interval(days => w.retention_run_days)
       and not exists (select from runs c where c.parent_run_id = r.id and c.finished_at is null)
     limit 500)`,
)
const QUIET = statement(
  'privacy.quiet-people',
  `select l.id, l.workspace_id from leads l join workspaces w on w.id = l.workspace_id
   where w.retention_person_days is not null and l.status <> 'CONVERTED' and l.name <> '[erased]'
     and l.updated_at < $1::timestamptz - make_interval(days => w.retention_person_days)
     and not exists (select from activities a where a.lead_id = l.id and a.occurred_at >= $1::timestamptz - make_interval(days => w.retention_person_days))
     and not exists (select from messages m where m.lead_id = l.id and m.created_at >= $1::timestamptz - make_interval(days => w.retention_person_days))
   limit 50`,
)
