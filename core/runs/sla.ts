import type { Core } from '../context.ts'
import { newId } from '../ids.ts'
import type { Sla } from '../playbooks/admission.ts'
import { type Sql, statement } from '../sql.ts'

/** Until when a run that is let in now should be over: columns of its row; nothing where its playbook has no `sla`. */
export function slaColumns(
  { sla }: { readonly sla?: Sla | null | undefined },
  now: Date,
): { readonly sla_due_at?: Date; readonly sla_behavior?: Sla['behavior']; readonly sla_state?: 'open' } {
  if (!sla) return {}
  const { maxDurationMs, behavior } = sla
  return { sla_due_at: new Date(now.getTime() + maxDurationMs), sla_behavior: behavior, sla_state: 'open' }
}

/** How a run stands by its `sla`. */
export type SlaState = 'open' | 'dueSoon' | 'breached' | 'kept'

/**
 * SQL of the `SlaState` of a run `r` at the moment `now`; null where its playbook promises nothing. Soon is when less than a
 * quarter of its time is left. A run that was over in time has kept it, also before that was judged.
 */
export const slaStateSql = (now: string) => `case
    when r.sla_state is distinct from 'open' then r.sla_state
    when r.finished_at <= r.sla_due_at and r.status <> 'quarantined' then 'kept'
    when ${now} >= r.sla_due_at - (r.sla_due_at - r.created_at) / 4 then 'dueSoon'
    else 'open' end`

const BATCH = 100

/**
 * Judges the runs whose time is over: one that was over in time has kept its `sla`, any other has breached it, which
 * is an event and, where the playbook says so, stops the run. Each is judged once, in the statement that stores the event, also by
 * several processes and after any death. Answers how many have breached.
 */
export async function judgeSlas(core: Pick<Core, 'sql' | 'clock' | 'queue' | 'pubsub'>): Promise<number> {
  const now = core.clock.now()
  let breached = 0
  for (;;) {
    const runs = await core.sql.query<{ id: string }>(DUE_SLAS, [now, BATCH])
    if (runs.length === 0) return breached
    const ids = runs.map(run => ({ id: run.id, event_id: newId() }))
    const rows = await core.sql.query<Judged>(JUDGE_SLAS, [JSON.stringify(ids), now])
    const late = rows.filter(row => row.state === 'breached')
    breached += late.length
    if (late.length > 0) core.queue.ring('events')
    for (const { id, workspace_id: workspaceId, stopped } of late) {
      if (stopped) core.queue.ring('run', id)
      core.pubsub.publish('run.updated', { workspaceId, runId: id })
    }
    if (runs.length < BATCH) return breached
  }
}

interface Judged {
  readonly id: string
  readonly workspace_id: string
  readonly state: 'kept' | 'breached'
  readonly stopped: boolean
}

const DUE_SLAS = statement(
  'due-slas',
  `select id from runs where sla_state = 'open' and sla_due_at <= $1 order by sla_due_at limit $2`,
)

// A run in quarantine has an end of its own and is not done all the same; nothing more is done to it.
const JUDGE_SLAS = statement(
  'judge-slas',
  `with held as (
     select r.id, x.event_id, r.finished_at is null as is_open,
            r.finished_at is null or r.status = 'quarantined' or r.finished_at > r.sla_due_at as is_late
     from runs r join jsonb_to_recordset($1::jsonb) as x(id uuid, event_id uuid) on x.id = r.id
     where r.sla_state = 'open' order by r.id for update of r
   ), judged as (
     update runs r set
       sla_state = case when h.is_late then 'breached' else 'kept' end, updated_at = case when h.is_late then $2 else r.updated_at end,
       cancel_requested_at = case when h.is_late and h.is_open and r.sla_behavior <> 'none' then coalesce(r.cancel_requested_at, $2) else r.cancel_requested_at end,
       cancel_reason = case when h.is_late and h.is_open and r.sla_behavior <> 'none' then coalesce(r.cancel_reason, jsonb_build_object(
         'by', 'sla', 'fails', r.sla_behavior = 'fail', 'reason', 'it was not over by ' || to_char(r.sla_due_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') || ', as its sla wants'
       )) else r.cancel_reason end,
       due_at = case when h.is_late and h.is_open and r.sla_behavior <> 'none' then $2 else r.due_at end,
       signals = r.signals + (h.is_late and h.is_open and r.sla_behavior <> 'none')::int
     from held h where r.id = h.id
     returning r.id, r.workspace_id, r.playbook_id, r.subject_id, r.sla_due_at, r.sla_state, h.event_id, h.is_open and r.sla_behavior <> 'none' as stopped
   ), told as (
     insert into events (id, workspace_id, type, subject_id, data, source, dedupe_key, created_at)
     select j.event_id, j.workspace_id, 'run.sla-breached', j.subject_id,
            jsonb_build_object('runId', j.id, 'playbook', p.slug, 'dueAt', to_char(j.sla_due_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'leadId', j.subject_id),
            'sla', 'sla:' || j.id, $2
     from judged j join playbooks p on p.id = j.playbook_id where j.sla_state = 'breached'
     on conflict do nothing
   )
   select id, workspace_id, sla_state as state, stopped from judged`,
)

/** Why a run is to stop that breached an `sla` with `behavior: fail`; undefined where anything else stops it. */
export async function failedSla(
  core: { readonly sql: Pick<Sql, 'query'> },
  runId: string,
): Promise<string | undefined> {
  const [row] = await core.sql.query<{ reason: string }>(FAILED_SLA, [runId])
  return row?.reason
}
const FAILED_SLA = statement(
  'failed-sla',
  `select cancel_reason->>'reason' as reason from runs where id = $1 and (cancel_reason->>'fails')::boolean`,
)
