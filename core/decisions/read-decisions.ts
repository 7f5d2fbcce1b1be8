import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import { compared, contains, type Listing, type ListRequest, oneOf, readList } from '../listing.ts'
import type { Page } from '../page.ts'
import { type Sql, statement } from '../sql.ts'
import type { Decision, DecisionOutcome, DecisionStatus } from './decision.ts'
import type { DecisionType } from './policy.ts'
import type { Weighed } from './weigh.ts'

export interface DecisionFilter {
  readonly statuses?: readonly DecisionStatus[] | null | undefined
  readonly types?: readonly DecisionType[] | null | undefined
  readonly modules?: readonly string[] | null | undefined
  readonly policyId?: string | null | undefined
  readonly outcomes?: readonly DecisionOutcome[] | null | undefined
  /** True: of those whose outcome is known, false: of those where it is not. */
  readonly hasOutcome?: boolean | null | undefined
  readonly automatic?: boolean | null | undefined
  readonly subjectId?: string | null | undefined
  readonly runId?: string | null | undefined
  readonly createdAfter?: Date | null | undefined
  readonly createdBefore?: Date | null | undefined
  /** Found anywhere in the question. */
  readonly search?: string | null | undefined
}

export type DecisionSortBy = 'createdAt' | 'confidence' | 'dueAt'

/** Newest first, unless another order is asked for. */
export const listDecisions = (
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  request: ListRequest<DecisionFilter, DecisionSortBy>,
): Promise<Page<Decision>> => readList(core.sql, DECISIONS, workspaceId, request, toDecision)

/** How many a person is asked for. */
export async function countPending(core: Pick<Core, 'sql'>, workspaceId: WorkspaceId): Promise<number> {
  const [row] = await core.sql.query<{ count: number }>(COUNT_PENDING, [workspaceId])
  return row!.count
}

/** The decisions with these ids, in any order; unknown ids are left out. */
export async function findDecisions(
  core: { readonly sql: Pick<Sql, 'query'> },
  workspaceId: WorkspaceId,
  ids: readonly string[],
): Promise<Decision[]> {
  return (await core.sql.query<DecisionRow>(FIND_DECISIONS, [workspaceId, ids])).map(toDecision)
}

/** Throws `NOT_FOUND`. */
export async function getDecision(
  core: { readonly sql: Pick<Sql, 'query'> },
  workspaceId: WorkspaceId,
  id: string,
): Promise<Decision> {
  const [decision] = await findDecisions(core, workspaceId, [id])
  if (!decision) throw new TraeError('NOT_FOUND', `There is no decision ${id} in this workspace.`)
  return decision
}

/** The decision that was asked for with this key; undefined where none was. */
export async function decisionOfKey(
  core: { readonly sql: Pick<Sql, 'query'> },
  workspaceId: WorkspaceId,
  key: string,
): Promise<Decision | undefined> {
  const [row] = await core.sql.query<DecisionRow>(DECISION_OF_KEY, [workspaceId, key])
  return row && toDecision(row)
}

/** As the database has it. */
export interface DecisionRow {
  id: string
  policy_id: string
  policy_version: number
  module: string
  type: DecisionType
  question: string
  status: DecisionStatus
  /** `order`: keys of the options as the policy has them; jsonb keeps none. Decisions of before have no such list. */
  decision: Weighed & { readonly titles: Readonly<Record<string, string>>; readonly order?: readonly string[] }
  recommended: string
  chosen: string | null
  confidence: number
  score: number | null
  automatic: boolean
  decided_by: string | null
  comment: string | null
  created_at: Date
  decided_at: Date | null
  due_at: Date | null
  subject_id: string | null
  run_id: string | null
  path: string | null
  outcome: DecisionOutcome | null
  outcome_at: Date | null
  outcome_source: string | null
}

export function toDecision(row: DecisionRow): Decision {
  const { titles, order = Object.keys(titles), ...steps } = row.decision
  return {
    id: row.id,
    policyId: row.policy_id,
    policyVersion: row.policy_version,
    module: row.module,
    type: row.type,
    question: row.question,
    status: row.status,
    steps,
    recommended: row.recommended,
    chosen: row.chosen,
    options: order.map(key => ({ key, title: titles[key]! })),
    confidence: row.confidence,
    score: row.score,
    automatic: row.automatic,
    decidedBy: row.decided_by,
    comment: row.comment,
    createdAt: row.created_at.toISOString(),
    decidedAt: row.decided_at?.toISOString() ?? null,
    dueAt: row.due_at?.toISOString() ?? null,
    subjectId: row.subject_id,
    runId: row.run_id,
    path: row.path,
    outcome: row.outcome,
    outcomeAt: row.outcome_at?.toISOString() ?? null,
    outcomeSource: row.outcome_source,
  }
}

// A run that is over waits for nobody.
const STATUS = `case when d.status = 'pending' and r.finished_at is not null then 'withdrawn' else d.status end`
const COLUMNS = `d.id, d.policy_id, d.policy_version, d.module, d.type, d.question, ${STATUS} as status, d.decision, d.recommended, d.chosen,
    d.confidence, d.score, d.automatic, d.decided_by, d.comment, d.created_at, d.decided_at, d.due_at, d.subject_id, d.run_id, d.path,
    d.outcome, d.outcome_at, d.outcome_source`
const FROM = 'decisions d left join runs r on r.id = d.run_id'
const SELECT = `select ${COLUMNS} from ${FROM}`
const DECISIONS: Listing<DecisionFilter, DecisionSortBy> = {
  name: 'list-decisions',
  columns: COLUMNS,
  from: FROM,
  of: 'd.workspace_id = $1',
  id: 'd.id',
  conditions: {
    statuses: oneOf(`(${STATUS})`),
    types: oneOf('d.type'),
    modules: oneOf('d.module'),
    policyId: compared('d.policy_id', '=', 'uuid'),
    outcomes: oneOf('d.outcome'),
    hasOutcome: compared('(d.outcome is not null)', '=', 'boolean'),
    automatic: compared('d.automatic', '=', 'boolean'),
    subjectId: compared('d.subject_id', '=', 'uuid'),
    runId: compared('d.run_id', '=', 'uuid'),
    createdAfter: compared('d.created_at', '>=', 'timestamptz'),
    createdBefore: compared('d.created_at', '<', 'timestamptz'),
    search: contains('d.question'),
  },
  orders: {
    createdAt: { by: 'd.id', type: 'uuid', unique: true }, // ids count up with the time
    confidence: { by: 'd.confidence', type: 'int' },
    dueAt: { by: 'd.due_at', type: 'timestamptz', only: 'd.due_at is not null' },
  },
  usual: { by: 'createdAt' },
  few: ({ statuses }) =>
    statuses?.length === 1 && statuses[0] === 'pending' ? [{ name: 'pending', condition: `d.status = 'pending'` }] : [],
}
const COUNT_PENDING = statement(
  'count-pending-decisions',
  `select count(*)::int as count from decisions d left join runs r on r.id = d.run_id
   where d.workspace_id = $1 and d.status = 'pending' and r.finished_at is null`,
)
const FIND_DECISIONS = statement('find-decisions', `${SELECT} where d.workspace_id = $1 and d.id = any($2::uuid[])`)
const DECISION_OF_KEY = statement('decision-of-key', `${SELECT} where d.workspace_id = $1 and d.request_key = $2`)
