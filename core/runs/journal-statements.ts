import { statement } from '../sql.ts'

// A repeat of a flush whose answer was lost finds its rows there and changes nothing. `held` is the fence.
const HELD = `
  held as (
    select r.id from runs r join jsonb_to_recordset($1::jsonb) as l(run_id uuid, epoch int) on r.id = l.run_id
    where r.lease_owner = $2::uuid and r.lease_epoch = l.epoch
    order by r.id for update of r -- everybody who locks many runs takes them in this order, and runs before waits
  )`
const COMMIT = `
  , entries as (
    insert into journal (run_id, seq, workspace_id, kind, path, attempt, data, at)
    select x.run_id, x.seq, x.workspace_id, x.kind, x.path, x.attempt, x.data, x.at
    from jsonb_to_recordset($3::jsonb) as x(run_id uuid, seq int, workspace_id uuid, kind text, path text, attempt int, data jsonb, at timestamptz)
    join held on held.id = x.run_id
    on conflict (run_id, seq) do nothing
  ), released as (
    update runs set
      status = x.status,
      reason = case when x.status = 'cancelled' then coalesce(runs.cancel_reason, '{}') || x.reason else x.reason end, -- who asked, and why
      output = x.output, error = x.error,
      due_at = case when x.status in ('waiting', 'retrying') and runs.signals <> x.signals then $4 else x.due_at end,
      lease_owner = null, lease_until = null, updated_at = $4,
      finished_at = case when x.status in ('waiting', 'retrying') then null else $4::timestamptz end
    from jsonb_to_recordset($5::jsonb) as x(run_id uuid, status text, reason jsonb, output jsonb, error jsonb, due_at timestamptz, signals int)
    join held on held.id = x.run_id
    where runs.id = x.run_id
  )`

/** Most commits: outcomes of steps without effects, and runs that end. Less to plan than the whole. */
export const JOURNAL_ENTRIES = statement('journal-entries', `with ${HELD} ${COMMIT} select id from held`)

const EFFECTS = `, effect as (
    insert into effects (workspace_id, key, run_id, path, action, status, intended_at, settled_at)
    select x.workspace_id, x.key, x.run_id, x.path, x.action, x.status, $4, case when x.settled then $4::timestamptz end
    from jsonb_to_recordset($6::jsonb) as x(run_id uuid, workspace_id uuid, key text, path text, action text, status text, settled boolean)
    join held on held.id = x.run_id
    on conflict (workspace_id, key) do update set action = excluded.action, status = excluded.status, settled_at = excluded.settled_at
  )`

/** The commits of steps that write or send: an intent, and the outcome of the one before. */
export const JOURNAL_EFFECTS = statement('journal-effects', `with ${HELD} ${COMMIT} ${EFFECTS} select id from held`)

const PARTS = `${EFFECTS}, wait as (
    insert into waits (run_id, path, workspace_id, kind, due_at, since, status, created_at, child_run_id)
    select x.run_id, x.path, x.workspace_id, x.kind, x.due_at, r.created_at, x.status, $4, x.child_run_id
    from jsonb_to_recordset($7::jsonb) as x(run_id uuid, workspace_id uuid, path text, kind text, due_at timestamptz, status text, child_run_id uuid)
    join held on held.id = x.run_id join runs r on r.id = x.run_id
    on conflict (run_id, path) do update set due_at = excluded.due_at, status = excluded.status, event_id = null, result = null,
      child_run_id = excluded.child_run_id
      where excluded.kind in ('retry', 'timeout', 'window', 'plugin') or waits.status = 'over'
  ), wait_event as (
    insert into wait_events (run_id, path, position, workspace_id, type, subject_id, correlate, account)
    select x.run_id, x.path, x.position, x.workspace_id, x.type, x.subject_id, x.correlate, x.account
    from jsonb_to_recordset($8::jsonb) as x(run_id uuid, workspace_id uuid, path text, position int, type text, subject_id uuid, correlate jsonb, account text)
    join held on held.id = x.run_id
    on conflict (run_id, path, position) do nothing
  ), over as (
    update waits set status = 'over'
    from jsonb_to_recordset($9::jsonb) as x(run_id uuid, path text) join held on held.id = x.run_id
    where waits.run_id = x.run_id and waits.path = x.path
  ), event as (
    insert into events (id, workspace_id, type, subject_id, data, source, dedupe_key, created_at, target)
    select x.id, x.workspace_id, x.type, x.subject_id, x.data, 'run:' || x.run_id, 'run:' || x.run_id || '/' || x.path, $4, x.target
    from jsonb_to_recordset($10::jsonb) as x(id uuid, run_id uuid, workspace_id uuid, type text, subject_id uuid, data jsonb, path text, target jsonb)
    join held on held.id = x.run_id
    on conflict do nothing
  )`

export const JOURNAL_ALL = statement('journal-all', `with ${HELD} ${COMMIT} ${PARTS} select id from held`)

const PEOPLE = `, approval as (
    insert into approvals (id, workspace_id, run_id, path, attempt, title, message, required, approvers, form, self_approval, started_by, veto, status, due_at, created_at)
    select x.id, x.workspace_id, x.run_id, x.path, x.attempt, x.title, x.message, x.required, x.approvers, x.form, x.self_approval, x.started_by, x.veto, x.status, x.due_at, $4
    from jsonb_to_recordset($11::jsonb) as x(id uuid, workspace_id uuid, run_id uuid, path text, attempt int, title text, message text, required int, approvers int,
                                             form jsonb, self_approval boolean, started_by uuid, veto boolean, status text, due_at timestamptz)
    join held on held.id = x.run_id
    on conflict do nothing
    returning id
  ), vote as (
    insert into approval_votes (approval_id, workspace_id, email, name, user_id, locale, token_hash)
    select x.approval_id, x.workspace_id, x.email, x.name, x.user_id, x.locale, x.token_hash
    from jsonb_to_recordset($12::jsonb) as x(approval_id uuid, workspace_id uuid, email text, name text, user_id uuid, locale text, token_hash text)
    join approval on approval.id = x.approval_id
  ), withdrawn as (
    update approvals set status = 'withdrawn', decided_at = $4
    from jsonb_to_recordset($13::jsonb) as x(run_id uuid, path text) join held on held.id = x.run_id
    where approvals.run_id = x.run_id and approvals.path = x.path and approvals.status = 'open'
  )`

/** Approvals are among what is stored. */
export const JOURNAL_PEOPLE = statement(
  'journal-people',
  `with ${HELD} ${COMMIT} ${PARTS} ${PEOPLE} select id from held`,
)

const FAMILY = `
    select run_id from jsonb_to_recordset($1::jsonb) as l(run_id uuid)
      union select parent_run_id from jsonb_to_recordset($2::jsonb) as a(parent_run_id uuid)
      union select child.id from jsonb_to_recordset($3::jsonb) as s(run_id uuid, path text)
            join runs child on child.parent_run_id = s.run_id and child.parent_path = s.path and child.finished_at is null`

/**
 * Sent before JOURNAL_FAMILY in its transaction: who waits here for a dispatcher that is just storing a child finds that
 * child with the next statement, and one that comes later finds that nobody waits.
 */
export const LOCK_FAMILY = statement(
  'lock-family',
  `select id from runs where id in (${FAMILY}) order by id for update`,
)

/**
 * One record by itself that touches other runs: its end answers the step that started it, or it stops runs that its own
 * steps have started. Every row is locked before the fence is asked, in the order in which everybody locks runs.
 */
export const JOURNAL_FAMILY = statement(
  'journal-family',
  `with locked as (
    select r.id, r.lease_owner, r.lease_epoch from runs r
    where r.id in (${FAMILY.replace('$2', '$14').replace('$3', '$15')})
    order by r.id for update of r
  ), held as (
    select locked.id from locked join jsonb_to_recordset($1::jsonb) as l(run_id uuid, epoch int) on l.run_id = locked.id
    where locked.lease_owner = $2::uuid and locked.lease_epoch = l.epoch
  ) ${COMMIT} ${PARTS} ${PEOPLE}, answered as (
    update waits w set status = 'answered', result = x.result
    from jsonb_to_recordset($14::jsonb) as x(run_id uuid, parent_run_id uuid, parent_path text, result jsonb) join held on held.id = x.run_id
    where w.run_id = x.parent_run_id and w.path = x.parent_path and w.child_run_id = x.run_id and w.status = 'open'
    returning w.run_id
  ), woken as (
    update runs set due_at = $4, signals = signals + 1
    where id in (select run_id from answered) and finished_at is null and status <> 'quarantined'
    returning id
  ), stopped as (
    update runs set cancel_requested_at = coalesce(cancel_requested_at, $4), due_at = $4, signals = signals + 1,
      cancel_reason = coalesce(cancel_reason, jsonb_build_object('by', 'run:' || x.run_id, 'reason', 'the run that started it needs it no longer'))
    from jsonb_to_recordset($15::jsonb) as x(run_id uuid, path text) join held on held.id = x.run_id
    where runs.parent_run_id = x.run_id and runs.parent_path = x.path and runs.finished_at is null and runs.status <> 'quarantined'
    returning runs.id
  )
  select id, true as held from held union all select id, false from woken union all select id, false from stopped`,
)
