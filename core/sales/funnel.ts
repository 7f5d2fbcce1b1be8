import type { Core } from '../context.ts'
import type { WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'
import { DEAL_STAGES, type DealStage } from './deal.ts'
import type { FigurePeriod } from './figures.ts'
import { heldIf, metIf } from './held-meeting.ts'
import { notOfSample } from './sample-lead.ts'

/** How far leads get, in order. */
export const REACHED = ['lead', 'qualified', 'met', 'deal', 'won'] as const
export type Reached = (typeof REACHED)[number]

/** The sample lead counts nowhere. */
const OURS = notOfSample('l.id')
const WON = `exists (select from deals d where d.workspace_id = $1 and d.lead_id = l.id and d.stage = 'WON')`
/**
 * SQL: did the lead `l` of workspace `$1` get so far by `now`, SQL for a moment? Figures count with it and lists filter by it, so a list has
 * the rows that its figure adds up from.
 */
export const reachedIf = (now: string): Readonly<Record<Reached, string>> => ({
  lead: OURS,
  qualified: `(${OURS} and (l.status in ('QUALIFIED', 'CONVERTED') or ${metIf(now)} or ${WON}))`,
  met: `(${OURS} and ${metIf(now)})`,
  deal: `(${OURS} and exists (select from deals d where d.workspace_id = $1 and d.lead_id = l.id))`,
  won: `(${OURS} and ${WON})`,
})

export interface FunnelStep {
  readonly reached: Reached
  readonly leads: number
  /** Of those who reached the step before, the share that reached this one; null for the first, and where there is nobody to divide by. */
  readonly conversion: number | null
  /** From the arrival of the lead until it got here: the median, in days; null where nobody did, or where it was not kept. */
  readonly days: number | null
}

/** The leads that came in a period and how far they have got by now. */
export async function funnel(core: Pick<Core, 'sql' | 'clock'>, workspaceId: WorkspaceId, period: FigurePeriod) {
  const values = [workspaceId, period.from, period.to, core.clock.now()]
  const [row] = await core.sql.query<Record<string, number | null>>(FUNNEL, values)
  return REACHED.map((reached, index): FunnelStep => {
    const before = index === 0 ? null : row![`${REACHED[index - 1]}_n`]!
    return {
      reached,
      leads: row![`${reached}_n`]!,
      conversion: before ? row![`${reached}_both`]! / before : null,
      days: row![`${reached}_days`] ?? null,
    }
  })
}

const NOW = '$4::timestamptz'
const REACHED_IF = reachedIf(NOW)
/** When each step was reached; a call may begin a meeting before its time. */
const REACHED_AT: Readonly<Record<Exclude<Reached, 'lead'>, string>> = {
  qualified: `(select min(e.created_at) from events e where e.workspace_id = $1 and e.subject_id = l.id and e.type = 'lead.qualified')`,
  met: `(select min(least(m.starts_at, m.closed_at)) from meetings m where m.workspace_id = $1 and m.lead_id = l.id and ${heldIf(NOW)})`,
  deal: '(select min(d.created_at) from deals d where d.workspace_id = $1 and d.lead_id = l.id)',
  won: `(select min(d.closed_at) from deals d where d.workspace_id = $1 and d.lead_id = l.id and d.stage = 'WON')`,
}
const FUNNEL = statement(
  'funnel',
  `with cohort as (
     select l.created_at, ${REACHED.map(step => `${REACHED_IF[step]} as is_${step}`).join(', ')},
       ${Object.entries(REACHED_AT)
         .map(([step, at]) => `${at} as ${step}_at`)
         .join(', ')}
     from leads l where l.workspace_id = $1 and ${OURS} and l.created_at >= $2::timestamptz and l.created_at < $3::timestamptz
   )
   select ${REACHED.map((step, index) => {
     const count = (condition: string) => `(count(*) filter (where ${condition}))::int`
     const both = index === 0 ? '0' : count(`is_${step} and is_${REACHED[index - 1]}`)
     const days =
       step === 'lead'
         ? 'null::float8'
         : `(percentile_cont(0.5) within group (order by extract(epoch from ${step}_at - created_at) / 86400) filter (where is_${step} and ${step}_at >= created_at))::float8`
     return `${count(`is_${step}`)} as ${step}_n, ${both} as ${step}_both, ${days} as ${step}_days`
   }).join(',\n     ')}
   from cohort`,
)

/** How long deals stay in a stage. */
export interface StageStay {
  readonly stage: DealStage
  /** Deals that left it in the period, and the median of their days in it; null where none did. */
  readonly left: number
  readonly days: number | null
  /** Of those that left it, how many were not lost there. */
  readonly onward: number
  /** Deals that are in it now. */
  readonly open: number
}

/** Every open stage with the deals that left it in a period. */
export async function stageStays(core: Pick<Core, 'sql'>, workspaceId: WorkspaceId, period: FigurePeriod) {
  const rows = await core.sql.query<StageStay>(STAYS, [workspaceId, period.from, period.to])
  return DEAL_STAGES.filter(stage => stage !== 'WON' && stage !== 'LOST').map(
    (stage): StageStay => rows.find(row => row.stage === stage) ?? { stage, left: 0, days: null, onward: 0, open: 0 },
  )
}

const STAYS = statement(
  'stage-stays',
  `with moves as (
     select d.id, coalesce(a.data ->> 'to', a.data ->> 'stage') as stage, a.occurred_at as at,
       lead(a.occurred_at) over w as until, lead(a.data ->> 'to') over w as next
     from deals d
     join activities a on a.workspace_id = $1 and a.lead_id = d.lead_id and a.kind = 'DEAL' and a.data ->> 'dealId' = d.id::text
     where d.workspace_id = $1 and ${notOfSample('d.lead_id')} and d.updated_at >= $2::timestamptz
     window w as (partition by d.id order by a.occurred_at, a.id)
   ), stays as (
     select stage, count(*)::int as "left", (count(*) filter (where next <> 'LOST'))::int as onward,
       (percentile_cont(0.5) within group (order by extract(epoch from until - at) / 86400))::float8 as days
     from moves where until >= $2::timestamptz and until < $3::timestamptz group by stage
   ), now as (
     select stage, count(*)::int as open from deals
     where workspace_id = $1 and ${notOfSample('lead_id')} and stage not in ('WON', 'LOST') group by stage
   )
   select coalesce(s.stage, n.stage) as stage, coalesce(s."left", 0) as "left", coalesce(s.onward, 0) as onward, s.days, coalesce(n.open, 0) as open
   from stays s full join now n on n.stage = s.stage`,
)
