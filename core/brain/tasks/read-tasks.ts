import type { Core } from '../../context.ts'
import { TraeError } from '../../errors.ts'
import type { WorkspaceId } from '../../ids.ts'
import { decodeCursor, type Page, type PageRequest, pageSize, toPage } from '../../page.ts'
import type { ModuleKey } from '../../playbooks/playbook.ts'
import { statement } from '../../sql.ts'
import { type Priority, type Task, TASK_COLUMNS, type TaskStatus } from './task.ts'

/** All conditions must hold. */
export interface TaskFilter {
  readonly statuses?: readonly TaskStatus[] | null | undefined
  readonly modules?: readonly ModuleKey[] | null | undefined
  readonly priorities?: readonly Priority[] | null | undefined
  readonly leadId?: string | null | undefined
  /** Part of the action. */
  readonly search?: string | null | undefined
}

/** Newest first. */
export async function listTasks(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  request: PageRequest & { readonly filter?: TaskFilter | null | undefined },
): Promise<Page<Task> & { totalCount(): Promise<number> }> {
  const size = pageSize(request)
  const after = decodeCursor(request.after)
  const { statuses, modules, priorities, leadId, search } = request.filter ?? {}
  const conditions = [
    workspaceId,
    statuses ?? null,
    modules ?? null,
    priorities ?? null,
    leadId ?? null,
    search ? `%${search.trim().replace(/[\\%_]/g, '\\$&')}%` : null,
  ]
  const rows = await core.sql.query<Task>(LIST_TASKS, [...conditions, after?.at ?? null, after?.id ?? null, size + 1])
  const page = toPage(
    rows,
    size,
    request,
    task => ({ at: task.createdAt, id: task.id }),
    task => task,
  )
  return {
    ...page,
    totalCount: async () => (await core.sql.query<{ n: number }>(COUNT_TASKS, conditions))[0]!.n,
  }
}

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

const WHERE = `t.workspace_id = $1 and ($2::text[] is null or t.status = any($2::text[])) and ($3::text[] is null or t.module = any($3::text[]))
  and ($4::text[] is null or t.priority = any($4::text[])) and ($5::uuid is null or t.subject_id = $5) and ($6::text is null or t.action ilike $6)`
const LIST_TASKS = statement(
  'list-tasks',
  `select ${TASK_COLUMNS} from tasks t where ${WHERE} and ($7::timestamptz is null or (t.created_at, t.id) < ($7, $8::uuid))
   order by t.created_at desc, t.id desc limit $9`,
)
const COUNT_TASKS = statement('count-tasks', `select count(*)::int as n from tasks t where ${WHERE}`)
const FIND_TASKS = statement(
  'find-tasks',
  `select ${TASK_COLUMNS} from tasks t where t.workspace_id = $1 and t.id = any($2::uuid[])`,
)
const TASK_BY_KEY = statement(
  'task-by-key',
  `select ${TASK_COLUMNS} from tasks t where t.workspace_id = $1 and t.dedupe_key = $2`,
)
