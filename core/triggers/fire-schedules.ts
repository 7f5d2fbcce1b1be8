import type { Core } from '../context.ts'
import { crashPoint } from '../crash-point.ts'
import { type EventId, newId, type PlaybookId, type RunId, type WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'
import { planTicks, type ScheduleState } from './plan-ticks.ts'

const BATCH = 100

/**
 * Fires the schedules that are due: each tick becomes an event addressed to its trigger, in the statement that moves the
 * schedule on. Of several schedulers one has its way, because the statement takes only what nobody changed meanwhile; a
 * process that dies leaves a schedule that is due, or an event that is stored. Answers how many events were stored.
 */
export async function fireSchedules(core: Pick<Core, 'sql' | 'clock' | 'queue' | 'log'>): Promise<number> {
  const now = core.clock.now()
  let fired = 0
  for (let due = await dueSchedules(core, now); due.length > 0; due = await dueSchedules(core, now)) {
    const stored = await moveOn(core, due, now)
    crashPoint('schedule.fired')
    if (stored > 0) core.queue.ring('events')
    fired += stored
    if (due.length < BATCH) break
  }
  return fired
}

interface DueSchedule extends ScheduleState {
  readonly id: string
  readonly workspaceId: WorkspaceId
  readonly playbookId: PlaybookId
  readonly trigger: string
  readonly revision: number
}

async function dueSchedules(core: Pick<Core, 'sql'>, now: Date): Promise<DueSchedule[]> {
  return (await core.sql.query<DueSchedule>(DUE_SCHEDULES, [now, BATCH])).map(row => ({
    ...row,
    queued: row.queued.map(tick => new Date(tick)),
  }))
}

async function moveOn(core: Pick<Core, 'sql' | 'log'>, due: readonly DueSchedule[], now: Date): Promise<number> {
  const moves = due.map(schedule => {
    const plan = planTicks(schedule, now)
    const { id, playbookId, trigger } = schedule
    if (plan.overflow) core.log.warn({ playbookId, trigger }, 'ticks of a schedule were left out: too many at once')
    const events = plan.fire.map(({ tick, missed }) => {
      const [eventId, runId] = [newId<EventId>(), newId<RunId>()]
      return {
        schedule_id: id,
        id: eventId,
        run_id: runId,
        workspace_id: schedule.workspaceId,
        data: { schedule: trigger.replace(/^schedule\//, ''), scheduledAt: tick.toISOString(), missed },
        dedupe_key: `schedule:${id}:${tick.toISOString()}`,
        target: { playbookId, trigger, runId },
      }
    })
    const last = events.at(-1)
    const move = {
      id,
      revision: schedule.revision,
      next_at: plan.nextAt,
      due_at: plan.dueAt,
      queued: plan.queued,
      last_at: plan.fire.at(-1)?.tick ?? null,
      last_event_id: last?.id ?? null,
      last_run_id: last?.run_id ?? null,
    }
    return { move, events }
  })
  const rows = await core.sql.query(MOVE_SCHEDULES, [
    JSON.stringify(moves.map(({ move }) => move)),
    JSON.stringify(moves.flatMap(({ events }) => events)),
    now,
  ])
  return rows.length
}

const DUE_SCHEDULES = statement(
  'due-schedules',
  `select s.id, s.workspace_id as "workspaceId", s.playbook_id as "playbookId", s.trigger, s.timing, s.missed, s.overlap, s.revision,
          s.next_at as "nextAt", s.queued, p.status = 'ACTIVE' as active,
          s.overlap <> 'allow' and (
            exists (select from events e where e.id = s.last_event_id and e.dispatched_at is null)
            or exists (select from runs r where r.id = s.last_run_id and r.finished_at is null)) as busy
   from schedules s join playbooks p on p.id = s.playbook_id
   where s.due_at <= $1 order by s.due_at limit $2`,
)

// In the order of their ids, as everybody who locks many rows does.
const MOVE_SCHEDULES = statement(
  'move-schedules',
  `with x as (
     select * from jsonb_to_recordset($1::jsonb) as x(id uuid, revision int, next_at timestamptz, due_at timestamptz, queued jsonb,
                                                      last_at timestamptz, last_event_id uuid, last_run_id uuid)
   ), held as (
     select s.id from schedules s join x on x.id = s.id where s.revision = x.revision order by s.id for update of s
   ), moved as (
     update schedules s set
       next_at = x.next_at, due_at = x.due_at, queued = x.queued, revision = s.revision + 1,
       last_at = coalesce(x.last_at, s.last_at),
       last_event_id = coalesce(x.last_event_id, s.last_event_id), last_run_id = coalesce(x.last_run_id, s.last_run_id)
     from x join held on held.id = x.id
     where s.id = x.id
     returning s.id
   )
   insert into events (id, workspace_id, type, subject_id, data, source, dedupe_key, created_at, target)
   select e.id, e.workspace_id, 'schedule.fired', null, e.data, 'schedule', e.dedupe_key, $3, e.target
   from jsonb_to_recordset($2::jsonb) as e(schedule_id uuid, id uuid, workspace_id uuid, data jsonb, dedupe_key text, target jsonb)
   join moved on moved.id = e.schedule_id
   order by e.id
   on conflict (workspace_id, dedupe_key) do nothing
   returning id`,
)
