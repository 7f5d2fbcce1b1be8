import type { Core } from '../../context.ts'
import { crashPoint } from '../../crash-point.ts'
import { newId, type WorkspaceId } from '../../ids.ts'
import { statement } from '../../sql.ts'
import { type Fence, fenced } from '../leadership.ts'

/**
 * Ends the tasks whose runs are over, each with the result or the error of its run, and tells of it: `task.completed`,
 * `task.failed` or `task.cancelled` is stored in the same statement, so whoever waits for it goes on. Answers the tasks.
 */
export async function settleTasks(
  core: Pick<Core, 'sql' | 'clock' | 'queue' | 'pubsub'>,
  fence: Fence,
): Promise<SettledTask[]> {
  const open = await core.sql.query<{ id: string }>(OVER)
  if (open.length === 0) return []
  const ids = open.map(({ id }) => ({ id, event_id: newId() }))
  const settled = await core.sql.query<SettledTask>(SETTLE, [
    fence.owner,
    fence.token,
    JSON.stringify(ids),
    core.clock.now(),
    JSON.stringify({ code: 'CONFLICT', message: 'Its playbook has not let the run in.', retryable: false }),
  ])
  crashPoint('task.settled')
  if (settled.length > 0) core.queue.ring('events')
  for (const { id, workspaceId } of settled) core.pubsub.publish('task.updated', { workspaceId, taskId: id })
  return settled
}

export interface SettledTask {
  readonly id: string
  readonly workspaceId: WorkspaceId
  readonly module: string
  readonly status: 'completed' | 'failed' | 'cancelled'
  readonly durationMs: number
}

// The run is found by the event: `debounce` may have merged it into another one.
const RUN_OF_TASK = `tasks t join events e on e.id = t.event_id left join runs r on r.id = (e.target->>'runId')::uuid`
const OVER = statement(
  'tasks-that-are-over',
  `select t.id from ${RUN_OF_TASK}
   where t.status = 'running' and (r.finished_at is not null or (r.id is null and e.dispatched_at is not null)) limit 200`,
)
const SETTLE = statement(
  'settle-tasks',
  `with ${fenced('$1', '$2')}, x as (
     select * from jsonb_to_recordset($3::jsonb) as x(id uuid, event_id uuid)
   ), held as (
     select t.id from tasks t, fence where t.id in (select id from x) and t.status = 'running' order by t.id for update of t skip locked
   ), ended as (
     update tasks t set status = case r.status when 'completed' then 'completed' when 'cancelled' then 'cancelled' else 'failed' end,
       result = r.output, error = case when r.id is null then $5::jsonb else r.error end, run_id = r.id, finished_at = coalesce(r.finished_at, $4), updated_at = $4
     from held join x on x.id = held.id
       join tasks o on o.id = held.id join events e on e.id = o.event_id left join runs r on r.id = (e.target->>'runId')::uuid
     where t.id = held.id
     returning t.*, x.event_id as told_by
   ), told as (
     insert into events (id, workspace_id, type, subject_id, data, source, dedupe_key, created_at)
     select told_by, workspace_id, 'task.' || status, subject_id,
       jsonb_build_object('taskId', id, 'module', module, 'action', action, 'priority', priority, 'leadId', subject_id, 'result', result, 'error', error),
       'task:' || id, 'task-over:' || id || ':' || attempts, $4 from ended order by told_by
     on conflict (workspace_id, dedupe_key) do nothing
   )
   select id, workspace_id as "workspaceId", module, status, extract(epoch from finished_at - executed_at) * 1000 as "durationMs" from ended`,
)
