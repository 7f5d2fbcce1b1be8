import type { Core } from '../context.ts'
import type { WorkspaceId } from '../ids.ts'
import { compared, contains, type Listing, type ListRequest, oneOf, readList } from '../listing.ts'
import { statement } from '../sql.ts'
import {
  type KeyResult,
  KEY_RESULT_COLUMNS,
  type KeyResultValue,
  type Objective,
  OBJECTIVE_COLUMNS,
  type ObjectiveStatus,
} from './objective.ts'

export interface ObjectiveFilter {
  readonly statuses?: readonly ObjectiveStatus[] | null | undefined
  readonly ownerId?: string | null | undefined
  /** Found anywhere in the title. */
  readonly search?: string | null | undefined
}
export type ObjectiveSortBy = 'dueOn' | 'createdAt'

/** The newest first, unless another order is asked for. */
export const listObjectives = (
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  request: ListRequest<ObjectiveFilter, ObjectiveSortBy>,
) => readList(core.sql, OBJECTIVES, workspaceId, request, (row: Objective) => row)

const OBJECTIVES: Listing<ObjectiveFilter, ObjectiveSortBy> = {
  name: 'list-objectives',
  columns: OBJECTIVE_COLUMNS,
  from: 'objectives',
  of: 'objectives.workspace_id = $1',
  id: 'objectives.id',
  conditions: {
    statuses: oneOf('objectives.status'),
    ownerId: compared('objectives.owner_id', '=', 'uuid'),
    search: contains('objectives.title'),
  },
  orders: {
    dueOn: { by: 'objectives.due_on', type: 'date' },
    createdAt: { by: 'objectives.created_at', type: 'timestamptz' },
  },
  usual: { by: 'createdAt' },
}

/** Those with these ids, in any order; unknown ids are left out. */
export const findObjectives = (core: Pick<Core, 'sql'>, workspaceId: WorkspaceId, ids: readonly string[]) =>
  core.sql.query<Objective>(FIND, [workspaceId, ids])

/** Every open objective as plugins see it, the first due first, at most 100; owners are left out. */
export async function openObjectives(core: Pick<Core, 'sql'>, workspaceId: WorkspaceId) {
  const request = { first: 100, filter: { statuses: ['OPEN'] }, sort: { by: 'dueOn', direction: 'asc' } } as const
  const objectives = (await listObjectives(core, workspaceId, request)).items.map(({ node }) => node)
  const results = await keyResultsOf(core, workspaceId, objectives)
  return objectives.map(({ id, title, startsOn, dueOn }) => ({
    title,
    startsOn,
    dueOn,
    keyResults: results.get(id)!.map(({ title, metric, start, target, value, confidence }) => ({
      title,
      metric,
      start,
      target,
      value,
      confidence,
    })),
  }))
}

/** Those with these ids. */
export const findKeyResults = (core: Pick<Core, 'sql'>, workspaceId: WorkspaceId, ids: readonly string[]) =>
  core.sql.query<KeyResult>(FIND_KEY_RESULTS, [workspaceId, ids])

/** The key results of these objectives, in their order, by the id of the objective. */
export async function keyResultsOf(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  objectives: readonly Pick<Objective, 'id'>[],
): Promise<Map<string, KeyResult[]>> {
  const ids = objectives.map(({ id }) => id)
  const byId = Map.groupBy(
    await core.sql.query<KeyResult>(KEY_RESULTS, [workspaceId, ids]),
    ({ objectiveId }) => objectiveId,
  )
  return new Map(ids.map(id => [id, byId.get(id) ?? []]))
}

/** The newest values of these key results, at most 100 of each, newest first, by the id of the key result. */
export async function valuesOf(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  results: readonly Pick<KeyResult, 'id'>[],
): Promise<Map<string, KeyResultValue[]>> {
  const ids = results.map(({ id }) => id)
  const byId = Map.groupBy(
    await core.sql.query<KeyResultValue>(VALUES, [workspaceId, ids]),
    ({ keyResultId }) => keyResultId,
  )
  return new Map(ids.map(id => [id, byId.get(id) ?? []]))
}

const FIND = statement(
  'find-objectives',
  `select ${OBJECTIVE_COLUMNS} from objectives where workspace_id = $1 and id = any($2::uuid[])`,
)
const FIND_KEY_RESULTS = statement(
  'find-key-results',
  `select ${KEY_RESULT_COLUMNS} from key_results k where k.workspace_id = $1 and k.id = any($2::uuid[])`,
)
const KEY_RESULTS = statement(
  'key-results-of',
  `select ${KEY_RESULT_COLUMNS} from key_results k where k.workspace_id = $1 and k.objective_id = any($2::uuid[]) order by k.position`,
)
const VALUES = statement(
  'key-result-values',
  `select v.id, v.key_result_id as "keyResultId", v.value::float8 as value, v.confidence, v.note, v.user_id as "userId", v.at
   from unnest($2::uuid[]) as k(id) cross join lateral (
     select * from key_result_values v where v.workspace_id = $1 and v.key_result_id = k.id order by v.at desc limit 100) v
   order by v.at desc`,
)
