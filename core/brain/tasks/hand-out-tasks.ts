import type { Core } from '../../context.ts'
import { crashPoint } from '../../crash-point.ts'
import { type ErrorRecord, errorRecord } from '../../errors.ts'
import { newId, type WorkspaceId } from '../../ids.ts'
import type { ModuleKey } from '../../playbooks/playbook.ts'
import type { PublishCore } from '../../publishing/publish-playbook.ts'
import { startRequest } from '../../runs/start-request.ts'
import { getLead } from '../../sales/leads.ts'
import { statement } from '../../sql.ts'
import { type Fence, fenced } from '../leadership.ts'
import { taskVersion } from './task-playbook.ts'

export type HandOutCore = PublishCore & Pick<Core, 'log'>

const BATCH = 50

/**
 * Lets the tasks begin whose turn it is, as many as each workspace has places for. A task that begins is `running`, and the event
 * that starts its run is stored, in one statement and only while we lead: a process that dies leaves it queued, or begun. What
 * cannot begin fails with the reason. Answers how many were taken.
 */
export async function handOutTasks(core: HandOutCore, fence: Fence): Promise<number> {
  const now = core.clock.now()
  const tasks = await core.sql.query<DueTask>(DUE_TASKS, [now, BATCH])
  if (tasks.length === 0) return 0
  const begun = await Promise.all(tasks.map(task => begin(core, task)))
  const events = begun.filter(one => 'event' in one)
  const failed = begun.filter(one => 'error' in one)
  crashPoint('task.beginning')
  const rows = await core.sql.query<{ id: string; workspaceId: string }>(BEGIN_TASKS, [
    fence.owner,
    fence.token,
    JSON.stringify(events),
    JSON.stringify(failed),
    now,
  ])
  crashPoint('task.begun')
  if (events.length > 0) core.queue.ring('events')
  for (const { id, workspaceId } of rows) core.pubsub.publish('task.updated', { workspaceId, taskId: id })
  return rows.length
}

interface DueTask {
  readonly id: string
  readonly workspaceId: WorkspaceId
  readonly module: ModuleKey
  readonly action: string
  readonly data: Record<string, unknown>
  readonly subjectId: string | null
  readonly attempts: number
}

type Begun =
  | { readonly id: string; readonly error: ErrorRecord }
  | {
      readonly id: string
      readonly event_id: string
      readonly run_id: string
      readonly event: Record<string, unknown>
      readonly target: Record<string, unknown>
      readonly key: string
    }

async function begin(core: HandOutCore, task: DueTask): Promise<Begun> {
  const { id, workspaceId, module, action, data, subjectId, attempts } = task
  try {
    const version = await taskVersion(core, workspaceId, module, action)
    const lead = subjectId === null ? null : await getLead(core, workspaceId, { id: subjectId })
    const request = startRequest(version, {
      inputs: action.includes('/') ? { data } : data,
      subjectId,
      data: { startedBy: `task:${id}`, taskId: id, ...(lead ? { leadId: lead.id, lead } : {}) },
      source: `task:${id}`,
    })
    const { target } = request
    const key = `task:${id}:${attempts + 1}`
    return { id, event_id: newId(), run_id: target.runId, event: request.data, target: { ...target }, key }
  } catch (error) {
    const record = errorRecord(error)
    if (record.code === 'DATABASE') throw error
    core.log.warn({ err: error, module, event: 'task.refused' }, 'a task cannot begin')
    return { id, error: record }
  }
}

/** Those first whose turn is earliest. A run that only waits takes no place. */
const DUE_TASKS = statement(
  'due-tasks',
  `with busy as (
     select t.workspace_id, count(*)::int as n from tasks t left join runs r on r.id = t.run_id
     where t.status = 'running' and (r.id is null or r.status in ('queued', 'running')) group by t.workspace_id
   )
   select t.id, t.workspace_id as "workspaceId", t.module, t.action, t.data, t.subject_id as "subjectId", t.attempts
   from workspaces w left join busy b on b.workspace_id = w.id, lateral (
     select t.* from tasks t left join modules m on m.workspace_id = t.workspace_id and m.key = t.module
     where t.workspace_id = w.id and t.status = 'queued' and t.scheduled_for <= $1 and (m.mode is distinct from 'manual' or t.trusted)
     order by t.turn_at, t.id limit greatest(0, w.tasks_at_once - coalesce(b.n, 0))
   ) t
   order by t.turn_at, t.id limit $2`,
)

const BEGIN_TASKS = statement(
  'begin-tasks',
  `with ${fenced('$1', '$2')}, x as (
     select * from jsonb_to_recordset($3::jsonb) as x(id uuid, event_id uuid, run_id uuid, event jsonb, target jsonb, key text)
   ), y as (
     select * from jsonb_to_recordset($4::jsonb) as y(id uuid, error jsonb)
   ), held as (
     select t.id from tasks t, fence where (t.id in (select id from x) or t.id in (select id from y)) and t.status = 'queued'
     order by t.id for update of t skip locked
   ), stored as (
     insert into events (id, workspace_id, type, subject_id, data, source, dedupe_key, created_at, target)
     select x.event_id, t.workspace_id, 'manual.started', t.subject_id, x.event, 'task:' || t.id, x.key, $5, x.target
     from x join held on held.id = x.id join tasks t on t.id = x.id order by x.event_id
     returning id
   )
   update tasks t set status = case when s.id is null then 'failed' else 'running' end, event_id = s.id, run_id = x.run_id, error = y.error,
     attempts = t.attempts + 1, executed_at = $5, finished_at = case when s.id is null then $5 end, updated_at = $5
   from held left join x on x.id = held.id left join stored s on s.id = x.event_id left join y on y.id = held.id
   where t.id = held.id
   returning t.id, t.workspace_id as "workspaceId"`,
)
