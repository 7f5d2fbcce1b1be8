import { statement } from '../sql.ts'

/** A path of a run as it stands in the playbook: `each[3].send!timeout` is `each[].send`, and an iteration is its loop. */
export const planned = (path: string) =>
  `case when ${path} ~ '[[!]' then
     regexp_replace(regexp_replace(${path}, '\\[\\d+\\]', '[]', 'g'), '(\\[\\])?(!\\w+)?$', '') else ${path} end`

// `limit 1` and `offset 0` keep the planner from reading a whole table once instead of a few rows for each run: without
// statistics it thinks that it has ten rows, and ten thousand parked runs took a minute and a half.

/** Is run `r` about to end: asked to stop, or at its `finally`? */
export const endingOf = (run: string) => `(${run}.cancel_requested_at is not null
  or coalesce((select true from journal j where j.run_id = ${run}.id and j.kind = 'run.ending' limit 1), false))`

/** Has the event of run `r` a run of the new version, $1, already? */
export const twinOf = (run: string) =>
  `coalesce((select true from runs t where t.version_id = $1 and t.event_id = ${run}.event_id and t.origin_path is null limit 1), false)`

/** The first step of a run `r` that its new version does not have any more; null where it has them all. */
export const goneOf = (run: string, shape: string) => `(
  select ${planned('j.path')} from journal j
  where jsonb_array_length(${shape}.gone) > 0 and j.run_id = ${run}.id and j.path is not null and j.kind <> 'log'
    and jsonb_exists(${shape}.gone, ${planned('j.path')})
  order by j.seq limit 1)`

/**
 * Runs go on with another version: their journal is their memory, and every step in it must still be there. A wait that is
 * open and whose terms have changed begins anew when the run is executed, which is at once; events since the run started
 * still end it. Rows are locked by the caller. Parameters: version, run ids, shapes (move-runs.ts), now, number.
 */
export const MIGRATE_RUNS = statement(
  'migrate-runs',
  `with asked as (
     select r.id, r.workspace_id, r.event_id, s.number, s.anew, ${goneOf('r', 's')} as gone, ${endingOf('r')} as ending,
            ${twinOf('r')} as twin,
            row_number() over (partition by r.event_id order by r.id) as turn
     from runs r
     join jsonb_to_recordset($3::jsonb) as s(version_id uuid, number int, gone jsonb, anew jsonb) on s.version_id = r.version_id
     where r.id = any($2::uuid[])
   ), told as (
     select a.*, case when ending then 'ENDING' when gone is not null then 'STEP_GONE'
       when twin or turn > 1 and event_id is not null then 'TWIN' end as reason
     from asked a
   ), anew as (
     delete from waits w using told m cross join lateral (
       select x.path from waits x where x.run_id = m.id and x.kind in ('timer', 'event', 'goal') and (x.kind = 'goal' -- the version may have another
         or jsonb_exists(m.anew, ${planned('x.path')}) and (
           select true from waits own where own.run_id = x.run_id and own.path = split_part(x.path, '!', 1) and own.status = 'open'))
       offset 0) x
     where m.reason is null and w.run_id = m.id and w.path = x.path
     returning w.run_id
   ), moved as (
     update runs r set version_id = $1, lease_epoch = r.lease_epoch + 1, updated_at = $4,
       due_at = case when r.id in (select run_id from anew) then $4 else r.due_at end
     from told m where m.reason is null and r.id = m.id
   ), written as (
     insert into journal (run_id, seq, workspace_id, kind, data, at)
     select m.id, coalesce((select max(j.seq) from journal j where j.run_id = m.id), 0) + 1, m.workspace_id, 'run.migrated',
            jsonb_build_object('from', m.number, 'to', $5::int), $4
     from told m where m.reason is null and exists (select from journal j where j.run_id = m.id) -- else it has not begun
   )
   select id, reason, gone as path from told`,
)
