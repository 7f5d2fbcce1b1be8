import type { Core } from '../context.ts'
import type { WorkspaceId } from '../ids.ts'
import { decodeCursor, type Page, type PageRequest, pageSize, toPage } from '../page.ts'
import { statement } from '../sql.ts'
import { type Deal, DEAL_COLUMNS, DEAL_STAGES, dealOf, type DealRow, type DealStage, isClosed } from './deal.ts'
import type { Currency, Money } from './money.ts'

export interface DealFilter {
  readonly stages?: readonly DealStage[] | null | undefined
  readonly leadId?: string | null | undefined
  /** Found anywhere in the title, or the name or company of the lead. */
  readonly search?: string | null | undefined
}

/** Newest first. */
export async function listDeals(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  request: PageRequest & { readonly filter?: DealFilter | null | undefined },
): Promise<Page<Deal>> {
  const size = pageSize(request)
  const after = decodeCursor(request.after)
  const { stages, leadId, search } = request.filter ?? {}
  const rows = await core.sql.query<DealRow>(LIST_DEALS, [
    workspaceId,
    after?.at ?? null,
    after?.id ?? null,
    size + 1,
    stages?.length ? stages : null,
    leadId ?? null,
    search?.trim() ? `%${search.trim().replace(/[\\%_]/g, '\\$&')}%` : null,
  ])
  return toPage(rows, size, request, row => ({ at: row.created_at, id: row.id }), dealOf)
}

/** The deals with these ids, in any order; unknown ids are left out. */
export async function findDeals(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  ids: readonly string[],
): Promise<Deal[]> {
  return (await core.sql.query<DealRow>(FIND_DEALS, [workspaceId, ids])).map(dealOf)
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

const LIST_DEALS = statement(
  'list-deals',
  `select ${DEAL_COLUMNS} from deals
   where workspace_id = $1
     and ($2::timestamptz is null or (created_at, id) < ($2::timestamptz, $3::uuid))
     and ($5::text[] is null or stage = any($5::text[]))
     and ($6::uuid is null or lead_id = $6::uuid)
     and ($7::text is null or title ilike $7
       or exists (select from leads l where l.id = lead_id and (l.name ilike $7 or l.company ilike $7)))
   order by created_at desc, id desc limit $4`,
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
