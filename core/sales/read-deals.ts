import type { Core } from '../context.ts'
import type { WorkspaceId } from '../ids.ts'
import { compared, contains, leastWithout, type Listing, type ListRequest, oneOf, readList } from '../listing.ts'
import type { Page } from '../page.ts'
import { statement } from '../sql.ts'
import { type Deal, DEAL_COLUMNS, DEAL_STAGES, dealOf, type DealRow, type DealStage, isClosed } from './deal.ts'
import type { Currency, Money } from './money.ts'

export interface DealFilter {
  readonly stages?: readonly DealStage[] | null | undefined
  readonly leadId?: string | null | undefined
  /** Found anywhere in the title, or the name or company of the lead. */
  readonly search?: string | null | undefined
  readonly createdAfter?: Date | null | undefined
  readonly createdBefore?: Date | null | undefined
  readonly closedAfter?: Date | null | undefined
  readonly closedBefore?: Date | null | undefined
}
export type DealSortBy = 'createdAt' | 'updatedAt' | 'amount' | 'expectedCloseOn'

/** Newest first, unless another order is asked for. */
export const listDeals = (
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  request: ListRequest<DealFilter, DealSortBy>,
): Promise<Page<Deal>> => readList(core.sql, DEALS, workspaceId, request, dealOf)

/** The deals with these ids, in any order; unknown ids are left out. */
export async function findDeals(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  ids: readonly string[],
): Promise<Deal[]> {
  return (await core.sql.query<DealRow>(FIND_DEALS, [workspaceId, ids])).map(dealOf)
}

/** Of each of these leads the newest deal that is open, else the newest of all; none for who has none. */
export async function dealsOfLeads(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  leadIds: readonly string[],
): Promise<Deal[]> {
  return (await core.sql.query<DealRow>(DEALS_OF_LEADS, [workspaceId, leadIds])).map(dealOf)
}

/** What one stage holds: how many deals, their sum by currency, and the sum weighed by probability. */
export interface StageSummary {
  readonly stage: DealStage
  readonly count: number
  readonly values: readonly (Money & { readonly weighted: string })[]
}

/** The pipeline: open stages as they are, won and lost of the last `days` days. Every stage is there. */
export async function pipeline(
  core: Pick<Core, 'sql' | 'clock'>,
  workspaceId: WorkspaceId,
  days: number,
): Promise<StageSummary[]> {
  const since = new Date(core.clock.now().getTime() - days * 86_400_000)
  const rows = await core.sql.query<PipelineRow>(PIPELINE, [workspaceId, DEAL_STAGES.filter(isClosed), since])
  return DEAL_STAGES.map(stage => {
    const own = rows.filter(row => row.stage === stage)
    return {
      stage,
      count: own.reduce((sum, row) => sum + row.count, 0),
      values: own.flatMap(({ amount, weighted, currency }) =>
        amount === null ? [] : [{ amount, weighted: weighted!, currency }],
      ),
    }
  })
}

interface PipelineRow {
  stage: DealStage
  currency: Currency
  count: number
  amount: string | null
  weighted: string | null
}

const DEALS: Listing<DealFilter, DealSortBy> = {
  name: 'list-deals',
  columns: DEAL_COLUMNS,
  from: 'deals',
  of: 'deals.workspace_id = $1',
  id: 'deals.id',
  conditions: {
    stages: oneOf('deals.stage'),
    leadId: compared('deals.lead_id', '=', 'uuid'),
    search: (filter, key) => `(title ilike (${filter} ->> '${key}') or exists (select from leads l
      where l.workspace_id = $1 and l.id = lead_id and ${contains('l.name', 'l.company')(filter, key)}))`,
    createdAfter: compared('deals.created_at', '>=', 'timestamptz'),
    createdBefore: compared('deals.created_at', '<', 'timestamptz'),
    closedAfter: compared('deals.closed_at', '>=', 'timestamptz'),
    closedBefore: compared('deals.closed_at', '<', 'timestamptz'),
  },
  orders: {
    createdAt: { by: 'deals.created_at', type: 'timestamptz' },
    updatedAt: { by: 'deals.updated_at', type: 'timestamptz' },
    amount: { by: 'deals.amount_order', type: 'bigint' },
    expectedCloseOn: { by: leastWithout('deals.expected_close_on', `date '1970-01-01'`), type: 'date' },
  },
  usual: { by: 'createdAt' },
}
const DEALS_OF_LEADS = statement(
  'deals-of-leads',
  `select distinct on (lead_id) ${DEAL_COLUMNS} from deals where workspace_id = $1 and lead_id = any($2::uuid[])
   order by lead_id, closed_at is not null, created_at desc, id desc`,
)
const FIND_DEALS = statement(
  'find-deals',
  `select ${DEAL_COLUMNS} from deals where workspace_id = $1 and id = any($2::uuid[])`,
)
const PIPELINE = statement(
  'pipeline',
  `select stage, currency, count(*)::int as count, sum(amount)::text as amount,
     round(sum(amount * probability) / 100, 2)::text as weighted
   from deals
   where workspace_id = $1 and (stage <> all($2::text[]) or closed_at >= $3)
   group by stage, currency order by currency`,
)
