import type { Core } from '../context.ts'
import { crashPoint } from '../crash-point.ts'
import type { EventTarget } from '../events/append-event.ts'
import type { EventId, WorkspaceId } from '../ids.ts'
import { matchPlaybooks } from '../playbooks/match-playbooks.ts'
import { CONSENT_STANDS } from '../sales/consent.ts'
import { endedAnother, EVENT_FITS } from '../runs/event-fits.ts'
import { type NewRun, type StartingEvent, startRun } from '../runs/start-run.ts'
import { type Sql, statement } from '../sql.ts'
import { slaColumns } from '../runs/sla.ts'
import { lockChildren } from './dispatch-children.ts'
import { type EventToTell, eventsToTell } from './events-to-tell.ts'
import { logEvents } from './log-events.ts'
import { giveTurns, isDebounced, isRated, lockRuns, postpone } from './admit-runs.ts'

export type DispatchCore = Pick<Core, 'sql' | 'clock' | 'queue' | 'playbooks' | 'plugins' | 'log'>

/**
 * Turns stored events into what they cause: runs of the playbooks whose trigger fits, the end of waits that
 * listened for them, and what plugins are to be told; all of it and the mark `dispatched` in one statement. Every part may be done twice without effect
 * (a version starts once an event, a wait ends once), so several processes need no lock. Answers how many were dispatched:
 * of those that `only` names, or of all.
 */
export async function dispatchEvents(core: DispatchCore, only?: readonly EventId[]): Promise<number> {
  const rows = await core.sql.query<{
    id: EventId
    workspace_id: WorkspaceId
    type: string
    source: string
    subject_id: string | null
    data: Record<string, unknown>
    target: EventTarget | null
    account: string | null
    of_default_account: boolean | null
    revision: number
    plugins_revision: number
  }>(only ? THESE_EVENTS : PENDING_EVENTS, only ? [only] : [])
  if (rows.length === 0) return 0
  const revisions = new Map(rows.map(row => [row.workspace_id, row.revision]))
  const events = rows.map(row => ({
    id: row.id,
    workspaceId: row.workspace_id,
    type: row.type,
    source: row.source,
    subjectId: row.subject_id,
    data: row.data,
    target: row.target,
    account: row.account === null ? undefined : { name: row.account, isDefault: row.of_default_account === true },
  }))
  const runs = (await Promise.all(events.map(event => runsOf(core, event, revisions.get(event.workspaceId)!)))).flat()
  const pluginsRevisions = new Map(rows.map(row => [row.workspace_id, row.plugins_revision]))
  const toTell = await eventsToTell(core, events, pluginsRevisions)
  const now = core.clock.now()
  const inTurn = events.some(event => event.target?.parent) || runs.some(run => isRated(run) || isDebounced(run))
  const due = inTurn
    ? await core.sql.transaction(tx => dispatchInTurn(tx, events, runs, toTell, now))
    : await dispatch(core.sql, events, runs, toTell, now)
  crashPoint('event.dispatched')
  logEvents(core.log, events)
  for (const id of due) core.queue.ring('run', id)
  return events.length
}

/** Answers the runs that somebody should look at now. */
async function dispatch(
  sql: Pick<Sql, 'query'>,
  events: readonly StartingEvent[],
  runs: readonly NewRun[],
  toTell: readonly EventToTell[],
  now: Date,
): Promise<string[]> {
  const rows = await sql.query<{ id: string }>(DISPATCH_EVENTS, [
    events.map(event => event.id),
    now,
    JSON.stringify(runs.map(run => toRow(run, now))),
    JSON.stringify(toTell),
  ])
  return rows.map(row => row.id)
}

/**
 * Where runs wait for their turn or for quiet, what was admitted before decides; where a step waits for a run, whether it
 * still does. Who holds the keys looks first whether another dispatcher has done these events meanwhile.
 */
async function dispatchInTurn(
  tx: Pick<Sql, 'query'>,
  events: readonly StartingEvent[],
  runs: readonly NewRun[],
  toTell: readonly EventToTell[],
  now: Date,
): Promise<string[]> {
  await lockRuns(tx, runs)
  const rows = await tx.query<{ id: string }>(STILL_PENDING, [events.map(event => event.id)])
  const pending = new Set(rows.map(row => row.id))
  const children = await lockChildren(
    tx,
    events.filter(event => pending.has(event.id)),
  )
  const ours = runs.filter(run => pending.has(run.eventId) && children.mayStart(run))
  const due = await dispatch(
    tx,
    events.filter(event => pending.has(event.id)),
    ours.filter(run => !isDebounced(run)),
    toTell,
    now,
  )
  const stored = new Set(due)
  const dropped = await giveTurns(
    tx,
    ours.filter(isRated).filter(run => stored.has(run.id)),
    now,
  )
  await postpone(tx, ours.filter(isDebounced), now)
  return [...due, ...(await children.answer(tx, { runs: ours, stored, dropped: new Set(dropped) }, now))]
}

const STILL_PENDING = statement(
  'still-pending-events',
  `select id from events where id = any($1::uuid[]) and dispatched_at is null`,
)

async function runsOf(
  core: Pick<Core, 'playbooks' | 'log'>,
  event: StartingEvent,
  revision: number,
): Promise<NewRun[]> {
  const versions = await core.playbooks.current(event.workspaceId, revision)
  return matchPlaybooks(versions, event, (version, error) =>
    core.log.warn(
      { playbook: version.slug, eventId: event.id, err: error },
      'the condition of a trigger cannot be evaluated',
    ),
  ).map(({ entry, trigger }) => startRun(entry, trigger, event))
}

const toRow = (run: NewRun, now: Date) => ({
  ...slaColumns(run, now),
  id: run.id,
  workspace_id: run.workspaceId,
  playbook_id: run.playbookId,
  version_id: run.versionId,
  event_id: run.eventId,
  subject_id: run.subjectId,
  inputs: run.inputs ?? undefined,
  parent_run_id: run.parent?.runId,
  parent_path: run.parent?.path,
  enrollment: run.enrollment ?? undefined,
  idempotency_key: run.idempotencyKey ?? undefined,
  concurrency_key: run.concurrency?.key,
  concurrency_limit: run.concurrency?.limit,
  concurrency_behavior: run.concurrency?.behavior,
  rate_key: run.rateLimit?.key,
  error: run.error ?? undefined,
})

const pending = (which: string) =>
  `select e.id, e.workspace_id, e.type, e.source, e.subject_id, e.data, e.target, e.account, e.of_default_account,
     w.playbooks_revision as revision, w.plugins_revision
   from events e join workspaces w on w.id = e.workspace_id where e.dispatched_at is null ${which} order by e.id limit 200`
const PENDING_EVENTS = statement('pending-events', pending(''))
const THESE_EVENTS = statement('these-pending-events', pending('and e.id = any($1::uuid[])'))

const DISPATCH_EVENTS = statement(
  'dispatch-events',
  `with started as (
     insert into runs (id, workspace_id, playbook_id, version_id, event_id, subject_id, inputs, parent_run_id, parent_path, status, error, due_at, created_at,
       finished_at, updated_at, enrollment, idempotency_key, concurrency_key, concurrency_limit, concurrency_behavior, rate_key, sla_due_at, sla_behavior, sla_state)
     select x.id, x.workspace_id, x.playbook_id, x.version_id, x.event_id, x.subject_id, x.inputs, x.parent_run_id, x.parent_path,
            case when x.error is null then 'queued' else 'failed' end, x.error,
            case when x.error is null then $2::timestamptz end, $2, case when x.error is not null then $2::timestamptz end, $2,
            x.enrollment, x.idempotency_key, x.concurrency_key, x.concurrency_limit, x.concurrency_behavior, x.rate_key, x.sla_due_at, x.sla_behavior, x.sla_state
     from jsonb_to_recordset($3::jsonb) as x(id uuid, workspace_id uuid, playbook_id uuid, version_id uuid, event_id uuid, subject_id uuid, inputs jsonb,
       parent_run_id uuid, parent_path text, error jsonb,
       enrollment text, idempotency_key text, concurrency_key text, concurrency_limit int, concurrency_behavior text, rate_key text, sla_due_at timestamptz, sla_behavior text, sla_state text)
     where (x.enrollment is null or not exists (
       select from runs r
       where r.workspace_id = x.workspace_id and r.subject_id = x.subject_id and r.playbook_id = x.playbook_id
         and (r.finished_at is null or x.enrollment = 'ever' and r.started_at is not null)))
       and ${CONSENT_STANDS}
     on conflict do nothing -- the event or the firing has started it already, the subject is under way, the key is known
     returning id, event_id
   ), heard as ( -- a run may have looked for it itself by now (endByPastEvent), gone on, and begun to wait for the next of its kind
     select distinct on (we.run_id, we.path) we.run_id, we.path, e.id as event_id
     from events e
     join wait_events we on ${EVENT_FITS}
     where e.id = any($1::uuid[]) and not exists (
       select from waits later where later.run_id = we.run_id and later.path = we.path and later.created_at >= e.created_at
         and ${endedAnother('later', 'e')})
     order by we.run_id, we.path, e.id
   ), locked as (
     select id from runs where id in (select run_id from heard) order by id for update
   ), ended as (
     update waits w set status = 'event', event_id = h.event_id
     from heard h join locked on locked.id = h.run_id
     where w.run_id = h.run_id and w.path = h.path and w.status = 'open'
     returning w.run_id, w.event_id
   ), woken as (
     update runs set due_at = $2, signals = signals + 1
     where id in (select run_id from ended) and finished_at is null and status <> 'quarantined'
     returning id
   ), told as ( -- how a decision went; the first event that says so keeps its place
     update decision_listens l set event_id = e.id
     from events e
     where e.id = any($1::uuid[]) and l.workspace_id = e.workspace_id and l.type = e.type and e.data @> l.correlate and l.event_id is null
   ), heard_out as ( -- what a lead wrote has reached a run: no person has to be told (tell-of-unheard.ts)
     update messages m set attention = 'run'
     from events e
     where e.id = any($1::uuid[]) and e.type = 'message.received' and m.workspace_id = e.workspace_id and m.attention = 'open'
       and m.id::text = e.data ->> 'messageId'
       and (exists (select from started s where s.event_id = e.id) or exists (select from ended n where n.event_id = e.id))
   ), done as (
     update events set dispatched_at = $2 where id = any($1::uuid[]) and dispatched_at is null returning id
   ), to_tell as ( -- of those that no other dispatcher has done meanwhile: a plugin is told once
     insert into plugin_events (id, workspace_id, installation_id, trigger, event_id, due_at, created_at)
     select x.id, x.workspace_id, x.installation_id, x.trigger, x.event_id, $2, $2
     from jsonb_to_recordset($4::jsonb) as x(id uuid, workspace_id uuid, installation_id uuid, trigger text, event_id uuid)
       join done on done.id = x.event_id
       join installations i on i.id = x.installation_id -- removed in another process meanwhile
   )
   select id from started union all select id from woken`,
)
