import type { Core } from '../../context.ts'
import { TraeError } from '../../errors.ts'
import type { WorkspaceId } from '../../ids.ts'
import { compared, contains, leastWithout, type Listing, type ListRequest, oneOf, readList } from '../../listing.ts'
import type { Page } from '../../page.ts'
import type { ModuleKey } from '../../playbooks/playbook.ts'
import { statement } from '../../sql.ts'
import { type Priority, type Task, TASK_COLUMNS, type TaskStatus } from './task.ts'

/** All conditions must hold. */
export interface TaskFilter {
  readonly statuses?: readonly TaskStatus[] | null | undefined
  readonly modules?: readonly ModuleKey[] | null | undefined
  readonly priorities?: readonly Priority[] | null | undefined
  readonly leadId?: string | null | undefined
  readonly createdAfter?: Date | null | undefined
  readonly createdBefore?: Date | null | undefined
  /** Part of the action. */
  readonly search?: string | null | undefined
}

export type TaskSortBy = 'createdAt' | 'scheduledFor' | 'rank'

/** Newest first, unless another order is asked for. */
export const listTasks = (
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  request: ListRequest<TaskFilter, TaskSortBy>,
): Promise<Page<Task> & { totalCount(): Promise<number | null> }> =>
  readList(core.sql, TASKS, workspaceId, request, (task: Task) => task)

/** Throws `NOT_FOUND`. */
export async function getTask(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  by: { readonly id: string } | { readonly dedupeKey: string },
): Promise<Task> {
  const [task] =
    'id' in by
      ? await findTasks(core, workspaceId, [by.id])
      : await core.sql.query<Task>(TASK_BY_KEY, [workspaceId, by.dedupeKey])
  if (!task)
    throw new TraeError('NOT_FOUND', `There is no task ${'id' in by ? by.id : by.dedupeKey} in this workspace.`)
  return task
}

/** In any order; unknown ids are left out. */
export function findTasks(core: Pick<Core, 'sql'>, workspaceId: WorkspaceId, ids: readonly string[]): Promise<Task[]> {
  return core.sql.query<Task>(FIND_TASKS, [workspaceId, ids])
}

const TASKS: Listing<TaskFilter, TaskSortBy> = {
  name: 'list-tasks',
  columns: TASK_COLUMNS,
  from: 'tasks t',
  of: 't.workspace_id = $1',
  id: 't.id',
  conditions: {
    statuses: oneOf('t.status'),
    modules: oneOf('t.module'),
    priorities: oneOf('t.priority'),
    leadId: compared('t.subject_id', '=', 'uuid'),
    createdAfter: compared('t.created_at', '>=', 'timestamptz'),
    createdBefore: compared('t.created_at', '<', 'timestamptz'),
    search: contains('t.action'),
  },
  orders: {
    createdAt: { by: 't.created_at', type: 'timestamptz' },
    scheduledFor: { by: 't.scheduled_for', type: 'timestamptz' },
    rank: { by: leastWithout('t.rank', '-1'), type: 'int' },
  },
  usual: { by: 'createdAt' },
}
const FIND_TASKS = statement(
  'find-tasks',
  `select ${TASK_COLUMNS} from tasks t where t.workspace_id = $1 and t.id = any($2::uuid[])`,
)
const TASK_BY_KEY = statement(
  'task-by-key',
  `select ${TASK_COLUMNS} from tasks t where t.workspace_id = $1 and t.dedupe_key = $2`,
)
