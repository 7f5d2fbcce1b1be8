import type { Core } from '../../context.ts'
import { TraeError } from '../../errors.ts'
import { newId, type WorkspaceId } from '../../ids.ts'
import { cancelRun } from '../../runs/cancel-run.ts'
import type { OperationCore } from '../../runs/operate-run.ts'
import { findRuns } from '../../runs/read-runs.ts'
import { restartRun } from '../../runs/restart-run.ts'
import { type Sql, statement } from '../../sql.ts'
import { getTask } from './read-tasks.ts'
import { BY_HAND, type Task, type TaskStatus, TURN_AFTER_MS } from './task.ts'
import { turnAt } from './add-task.ts'

const CHANGED = 'it has changed meanwhile; look again'
type Tx = Pick<Sql, 'query'>
type Operate = OperationCore & Pick<Core, 'sql' | 'clock' | 'pubsub'>

/** Does not begin any more; of one that runs its run is asked to stop. Throws `NOT_FOUND`, and `CONFLICT` where it is over. */
export async function cancelTask(core: Operate, workspaceId: WorkspaceId, id: string, by: string): Promise<Task> {
  const task = await getTask(core, workspaceId, { id })
  if (task.status === 'running' && task.runId !== null) {
    await core.sql.query(ASK_TO_STOP, [workspaceId, id, core.clock.now()])
    const [run] = await findRuns(core, workspaceId, [task.runId])
    if (run && run.finishedAt === null) await cancelRun(core, workspaceId, run.id, { by })
    return changed(core, workspaceId, id)
  }
  return change(
    core,
    workspaceId,
    id,
    'cancelled',
    ['suggested', 'queued', 'manual'],
    'only one that is not over can be cancelled',
  )
}

/**
 * Tries a task again that failed or was cancelled. One that had begun goes on as the same run: what was done stays done. Throws
 * `NOT_FOUND`, and `CONFLICT` where it did not fail or its run cannot go on.
 */
export async function retryTask(core: Operate, workspaceId: WorkspaceId, id: string, by: string): Promise<Task> {
  const task = await getTask(core, workspaceId, { id })
  if (task.status !== 'failed' && task.status !== 'cancelled')
    throw refused(task, 'only one that failed or was cancelled can be tried again')
  const [run] = task.runId === null ? [] : await findRuns(core, workspaceId, [task.runId])
  if (!run || run.startedAt === null) return change(core, workspaceId, id, 'queued', ['failed', 'cancelled'], CHANGED)
  const also = (tx: Tx) => changeIn(core, tx, workspaceId, id, 'running', ['failed', 'cancelled'], CHANGED)
  if (run.finishedAt === null)
    await also(core.sql) // somebody let the run go on
  else await restartRun(core, workspaceId, run.id, { by, also })
  return changed(core, workspaceId, id)
}

/** Takes up a suggestion; what only a person can do goes to the inbox. Throws `NOT_FOUND`, `CONFLICT`. */
export function acceptTask(core: Operate, workspaceId: WorkspaceId, id: string): Promise<Task> {
  return change(core, workspaceId, id, 'queued', ['suggested'], 'only a suggestion can be taken up')
}

/** Gives a task of the inbox back: it begins although its module is manual; a step of a run is tried again. Throws `NOT_FOUND`, `CONFLICT`. */
export async function handBackTask(core: Operate, workspaceId: WorkspaceId, id: string, by: string): Promise<Task> {
  const task = await getTask(core, workspaceId, { id })
  if (task.status !== 'manual') throw refused(task, 'only one of the inbox can be handed back')
  if (task.action.startsWith(BY_HAND)) throw refused(task, 'only a person can do it: say when it is done, or cancel it')
  if (task.runId === null) return change(core, workspaceId, id, 'queued', ['manual'], CHANGED, true)
  const to = task.source.startsWith('run:') ? 'cancelled' : 'running' // what stood for a step of a run has nothing more to do
  const also = (tx: Tx) => changeIn(core, tx, workspaceId, id, to, ['manual'], CHANGED)
  await restartRun(core, workspaceId, task.runId, { by, also })
  return changed(core, workspaceId, id)
}

/**
 * A person has done it: `result` is what it gives. Where it stands for a step of a run, the step is completed with it and the run
 * goes on. Throws `NOT_FOUND`, `VALIDATION` (too large), and `CONFLICT` where it is not in the inbox.
 */
export async function completeByHand(
  core: Operate,
  workspaceId: WorkspaceId,
  id: string,
  done: { readonly by: string; readonly result: unknown; readonly note?: string | undefined },
): Promise<Task> {
  const text = JSON.stringify(done.result ?? null)
  if (text.length > 32_000)
    throw new TraeError('VALIDATION', 'The result of a task may have 32,000 characters of JSON.')
  const task = await getTask(core, workspaceId, { id })
  if (task.status !== 'manual') throw refused(task, 'only one of the inbox can be done by hand')
  const { by, note = null } = done
  const write = async (tx: Tx) => {
    const rows = await tx.query(DONE_BY_HAND, [workspaceId, id, core.clock.now(), text, by, note, newId()])
    if (rows.length === 0) throw refused(task, CHANGED)
  }
  if (task.runId !== null && task.path !== null) {
    const byHand = { path: task.path, output: done.result ?? null }
    await restartRun(core, workspaceId, task.runId, { by, byHand, also: write })
  } else await write(core.sql)
  core.queue.ring('events')
  return changed(core, workspaceId, id)
}

async function change(
  core: Operate,
  workspaceId: WorkspaceId,
  id: string,
  to: TaskStatus,
  from: readonly TaskStatus[],
  why: string,
  trusted = false,
): Promise<Task> {
  await changeIn(core, core.sql, workspaceId, id, to, from, why, trusted)
  return changed(core, workspaceId, id)
}

async function changeIn(
  core: Operate,
  tx: Tx,
  workspaceId: WorkspaceId,
  id: string,
  to: TaskStatus,
  from: readonly TaskStatus[],
  why: string,
  trusted = false,
): Promise<void> {
  const now = core.clock.now()
  const turns = JSON.stringify(TURN_AFTER_MS)
  const rows = await tx.query(CHANGE_TASK, [workspaceId, id, now, turns, to, from, trusted, newId()])
  if (rows.length === 0) throw refused(await getTask({ sql: tx as Sql }, workspaceId, { id }), why)
}

function changed(core: Operate, workspaceId: WorkspaceId, id: string): Promise<Task> {
  core.queue.ring('events') // a suggestion that is answered is told
  core.pubsub.publish('task.updated', { workspaceId, taskId: id })
  return getTask(core, workspaceId, { id })
}

const refused = (task: Task, why: string) => new TraeError('CONFLICT', `Task ${task.id} is ${task.status}; ${why}.`)

const ASK_TO_STOP = statement(
  'ask-task-to-stop',
  `update tasks set cancel_requested = true, updated_at = $3 where workspace_id = $1 and id = $2 and status = 'running'`,
)
// Whoever answers a suggestion teaches the policy that gave it its place: it listens for the event.
const CHANGE_TASK = statement(
  'change-task',
  `with changed as (
   update tasks t set
     status = case when $5::text = 'queued' and (t.action like '${BY_HAND}%' or m.mode = 'manual' and not $7::boolean) then 'manual' else $5::text end,
     attempts = t.attempts + case when $5::text = 'running' then 1 else 0 end, trusted = $7::boolean, cancel_requested = false, path = case when $5::text = 'running' then null else t.path end, error = case when $5::text = 'cancelled' then t.error end,
     scheduled_for = case when $5::text = 'queued' then greatest(t.scheduled_for, $3) else t.scheduled_for end,
     turn_at = case when $5::text = 'queued' then ${turnAt('greatest(t.scheduled_for, $3)', 't.priority')} else t.turn_at end,
     finished_at = case when $5::text = 'cancelled' then $3::timestamptz end, updated_at = $3
   from tasks o left join modules m on m.workspace_id = o.workspace_id and m.key = o.module
   where o.id = t.id and t.workspace_id = $1 and t.id = $2 and t.status = any($6::text[]) returning t.*, o.status as was
   ), told as (
     insert into events (id, workspace_id, type, subject_id, data, source, dedupe_key, created_at)
     select $8::uuid, workspace_id, case when $5::text = 'cancelled' then 'suggestion.dismissed' else 'suggestion.accepted' end, subject_id,
       jsonb_build_object('taskId', id, 'module', module, 'action', action, 'leadId', subject_id, 'step', dedupe_key),
       'task:' || id, 'suggestion-answered:' || id, $3 from changed where was = 'suggested' and decision_id is not null
     on conflict (workspace_id, dedupe_key) do nothing
   )
   select id from changed`,
)
const DONE_BY_HAND = statement(
  'task-done-by-hand',
  `with done as (
     update tasks set status = 'completed', result = $4::jsonb, error = null, finished_by = $5::uuid, note = $6, finished_at = $3, updated_at = $3,
       executed_at = coalesce(executed_at, $3)
     where workspace_id = $1 and id = $2 and status = 'manual' returning *
   ), told as (
     insert into events (id, workspace_id, type, subject_id, data, source, dedupe_key, created_at)
     select $7::uuid, workspace_id, 'task.completed', subject_id,
       jsonb_build_object('taskId', id, 'module', module, 'action', action, 'priority', priority, 'leadId', subject_id, 'result', result, 'error', null),
       'task:' || id, 'task-over:' || id || ':hand', $3 from done
     on conflict (workspace_id, dedupe_key) do nothing
   )
   select id from done`,
)
