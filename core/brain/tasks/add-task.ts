import type { Core } from '../../context.ts'
import { TraeError } from '../../errors.ts'
import { isId, newId, type WorkspaceId } from '../../ids.ts'
import { acceptInputs } from '../../playbooks/accept-inputs.ts'
import { checkInput } from '../../plugins/validators.ts'
import { resolveAction } from '../../plugins/resolve-action.ts'
import { startableVersion } from '../../publishing/startable-version.ts'
import { getLead } from '../../sales/leads.ts'
import { type Sql, statement } from '../../sql.ts'
import { getTask } from './read-tasks.ts'
import { type Task, type TaskInput, type TaskReason, TURN_AFTER_MS } from './task.ts'

export type TaskDoorCore = Pick<Core, 'sql' | 'clock' | 'plugins' | 'playbooks' | 'pubsub' | 'queue'>

export interface TaskOrigin {
  /** `user:<id>` … */
  readonly source: string
  /** The same key answers with the same task. */
  readonly idempotencyKey?: string | undefined
  /** It waits until a person takes it up. */
  readonly suggested?: boolean | undefined
  readonly reason?: TaskReason | undefined
  /** The decision that gave it its place among the suggestions. */
  readonly decisionId?: string | undefined
  /** The chance that somebody takes it up, 0 to 100. */
  readonly rank?: number | undefined
}

/**
 * Stores a task; it is durable when this answers. Where its module is in a person's hands it waits in the inbox. Throws
 * `VALIDATION` for data that the action does not take, `NOT_FOUND` (action, lead), `CONFLICT` (a playbook that rests), and stores
 * nothing then.
 */
export async function addTask(
  core: TaskDoorCore,
  workspaceId: WorkspaceId,
  input: TaskInput,
  origin: TaskOrigin,
): Promise<Task> {
  const { leadId, idempotencyKey } = { leadId: input.leadId, ...origin }
  if (leadId !== undefined) await getLead(core, workspaceId, { id: leadId })
  await checkTask(core, workspaceId, input)
  const [id] = await storeTasks(core.sql, workspaceId, [{ ...input, ...origin }], core.clock.now())
  if (id === undefined) return getTask(core, workspaceId, { dedupeKey: idempotencyKey! })
  core.pubsub.publish('task.updated', { workspaceId, taskId: id })
  return getTask(core, workspaceId, { id })
}

/** Throws what would keep it from beginning: an action that is not there, data that it does not take. */
export async function checkTask(
  core: Pick<Core, 'sql' | 'plugins' | 'playbooks'>,
  workspaceId: WorkspaceId,
  { action, data }: Pick<TaskInput, 'action' | 'data'>,
): Promise<void> {
  if (JSON.stringify(data).length > 100_000)
    throw new TraeError('VALIDATION', 'The data of a task may have 100,000 characters of JSON.')
  if (action.includes('/')) {
    const { manifest, name, action: own } = resolveAction(core, workspaceId, action)
    checkInput(name, manifest.actions[own]!, structuredClone(data))
  } else {
    const { slug, playbook } = await startableVersion(core, workspaceId, action)
    acceptInputs(slug, playbook.inputs, data)
  }
}

/** Stores tasks that were checked, in the caller's transaction; answers the ids of those that are new. */
export async function storeTasks(
  tx: Pick<Sql, 'query'>,
  workspaceId: WorkspaceId,
  tasks: readonly (TaskInput & TaskOrigin)[],
  now: Date,
): Promise<string[]> {
  const rows = tasks.map(task => ({
    id: newId(),
    module: task.module,
    action: task.action,
    priority: task.priority ?? null,
    status: task.suggested ? 'suggested' : 'queued',
    data: task.data,
    subject_id: isId(task.leadId) ? task.leadId : null,
    source: task.source,
    dedupe_key: task.idempotencyKey ?? null,
    reason: task.reason ?? null,
    decision_id: task.decisionId ?? null,
    rank: task.rank ?? null,
    scheduled_for: task.scheduledFor && task.scheduledFor > now ? task.scheduledFor : now,
  }))
  const stored = await tx.query<{ id: string }>(STORE_TASKS, [
    workspaceId,
    JSON.stringify(rows),
    now,
    JSON.stringify(TURN_AFTER_MS),
  ])
  return stored.map(row => row.id)
}

/** SQL: when a task's turn is, from its moment and its priority. `$4` of a statement is `TURN_AFTER_MS`. */
export const turnAt = (from: string, priority: string) =>
  `${from} + ($4::jsonb ->> (${priority}))::int * interval '1 millisecond'`

const STORE_TASKS = statement(
  'store-tasks',
  `insert into tasks (id, workspace_id, module, action, priority, status, data, subject_id, source, dedupe_key, reason, decision_id, rank, scheduled_for, turn_at, created_at, updated_at)
   select x.id, $1, x.module, x.action, coalesce(x.priority, m.priority, 'medium'),
     case when x.status = 'queued' and m.mode = 'manual' then 'manual' else x.status end,
     x.data, x.subject_id, x.source, x.dedupe_key, x.reason, x.decision_id, x.rank, x.scheduled_for,
     ${turnAt('x.scheduled_for', "coalesce(x.priority, m.priority, 'medium')")}, $3, $3
   from jsonb_to_recordset($2::jsonb) as x(id uuid, module text, action text, priority text, status text, data jsonb, subject_id uuid, source text,
     dedupe_key text, reason jsonb, decision_id uuid, rank int, scheduled_for timestamptz)
   left join modules m on m.workspace_id = $1 and m.key = x.module
   on conflict (workspace_id, dedupe_key) do nothing
   returning id`,
)
