import { statement } from '../sql.ts'
import { endingOf, planned, twinOf } from './migrate-runs.ts'

/**
 * An effect of run `r` that is not known to be sent: in flight, of unknown outcome, or tried and failed. Who tries it again
 * must do so under the key of this run, for the far side may know it.
 */
export const unsettledOf = (run: string) => `(
  select e.path from effects e where e.run_id = ${run}.id and e.status <> 'sent' order by e.intended_at limit 1)`

/**
 * Runs are replaced by new ones of another version, for the same event and subject. The new run begins at the top, with
 * one thing known: the outcome of every effect and every emitted event of the old run whose step is still there, and the
 * lists that its loops went through. So they do not happen again; everything else is computed anew, and waits begin anew. A
 * run with an effect that is not known to be sent is left alone: under another run's key it could happen twice. So is one that
 * another run waits for. Runs that its steps wait for are cancelled. The old run is cancelled without its \`finally\`: the new one
 * goes on for it, in its place under `enrollment`, `concurrency` and its idempotency key. A run that has not begun just takes the
 * new version. Rows are locked by the caller. Parameters: version, [{old, new}] run ids, shapes (move-runs.ts), now,
 * number, slug.
 */
export const RESTART_RUNS = statement(
  'restart-runs',
  `with asked as (
     select r.id, r.workspace_id, r.playbook_id, r.event_id, r.subject_id, r.inputs, r.enrollment, r.idempotency_key, r.concurrency_key,
            r.concurrency_limit, r.concurrency_behavior, p.new, r.started_at is not null as begun, s.number, s.gone, s.emits,
            ${unsettledOf('r')} as unsettled, ${endingOf('r')} as ending,
            coalesce((select true from waits w where w.child_run_id = r.id and w.status = 'open' limit 1), false) as child,
            ${twinOf('r')} as twin,
            row_number() over (partition by r.event_id order by r.id) as turn
     from jsonb_to_recordset($2::jsonb) as p(old uuid, new uuid)
     join runs r on r.id = p.old
     join jsonb_to_recordset($3::jsonb) as s(version_id uuid, number int, gone jsonb, emits jsonb) on s.version_id = r.version_id
   ), told as (
     select a.*, case when ending then 'ENDING' when child then 'CHILD'
       when unsettled is not null then 'UNSETTLED_EFFECT'
       when twin or turn > 1 and event_id is not null then 'TWIN' end as reason
     from asked a
   ), moved as (
     update runs r set version_id = $1, lease_epoch = r.lease_epoch + 1, updated_at = $4
     from told m where m.reason is null and not m.begun and r.id = m.id
   ), replaced as (
     select * from told where reason is null and begun
   ), ended as (
     update runs r set status = 'cancelled', due_at = null, finished_at = $4, updated_at = $4, lease_epoch = r.lease_epoch + 1,
       enrollment = null, idempotency_key = null, -- they are the new run's now
       reason = jsonb_build_object('code', 'RESTARTED', 'runId', m.new,
         'message', 'begun anew with version ' || $5::int || ' as run ' || m.new)
     from replaced m where r.id = m.id
     returning r.id
   ), over as (
     update waits w set status = 'over' from replaced m cross join lateral (
       select x.path from waits x where x.run_id = m.id and x.status = 'open' offset 0) x
     where w.run_id = m.id and w.path = x.path
     returning w.child_run_id
   ), stopped as (
     update runs r set cancel_requested_at = coalesce(cancel_requested_at, $4), due_at = $4, signals = signals + 1,
       cancel_reason = coalesce(cancel_reason, jsonb_build_object('by', 'publishing', 'reason', 'the run that started it was begun anew'))
     from over where r.id = over.child_run_id and r.finished_at is null and r.status <> 'quarantined'
   ), begun as (
     insert into runs (id, workspace_id, playbook_id, version_id, event_id, subject_id, inputs, enrollment, idempotency_key,
                       concurrency_key, concurrency_limit, concurrency_behavior, status, due_at, lease_epoch, created_at, updated_at)
     select m.new, m.workspace_id, m.playbook_id, $1, m.event_id, m.subject_id, m.inputs, m.enrollment, m.idempotency_key,
            m.concurrency_key, m.concurrency_limit, m.concurrency_behavior, 'queued', $4, 1, $4, $4
     from replaced m join ended on ended.id = m.id -- the place of the old one is free by then
   ), written as (
     insert into journal (run_id, seq, workspace_id, kind, data, at)
     select m.id, coalesce((select max(j.seq) from journal j where j.run_id = m.id), 0) + 1, m.workspace_id, 'run.cancelled',
            jsonb_build_object('reason', 'RESTARTED', 'runId', m.new, 'version', $5::int), $4
     from replaced m
     union all
     select m.new, 1, m.workspace_id, 'run.started',
            jsonb_build_object('playbook', $6::text, 'version', $5::int, 'restartOf', m.id), $4
     from replaced m
   ), carried as (
     insert into journal (run_id, seq, workspace_id, kind, path, attempt, data, at)
     select m.new, 1 + row_number() over (partition by m.new order by j.seq), m.workspace_id, j.kind, j.path, j.attempt,
            j.data || jsonb_build_object('carriedFrom', m.id), $4
     from replaced m join journal j on j.run_id = m.id
     where not jsonb_exists(m.gone, ${planned('j.path')})
       and (j.kind = 'loop.started' and jsonb_exists(j.data, 'items')
         or j.kind = 'step.completed' and (jsonb_exists(m.emits, ${planned('j.path')})
           or (select true from effects e where e.run_id = j.run_id and e.path = j.path limit 1)))
   )
   select id, reason, unsettled as path from told`,
)
