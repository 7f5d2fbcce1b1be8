/** What a forecast is made from, as one statement reads it. */
import type { Core } from '../context.ts'
import type { WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'
import type { DealStage } from './deal.ts'
import type { FigurePeriod } from './figures.ts'
import type { Currency } from './money.ts'
import { notOfSample } from './sample-lead.ts'
import { type AgeChange, OLDEST } from './win-curve.ts'

export interface ForecastRecords {
  readonly open: readonly OpenDeal[]
  readonly seen: readonly AgeChange[]
  readonly groups: readonly ClosedGroup[]
}

export interface OpenDeal {
  readonly month: string | null
  readonly currency: Currency
  readonly stage: DealStage
  /** Percent. */
  readonly probability: number
  readonly amount: number | null
  /** Whole days. */
  readonly age: number
  readonly owner: string | null
}

/** Deals that were closed in the period, of an owner, of a size (`sizeOf`), or that have been in a stage. */
export interface ClosedGroup {
  readonly kind: 'OWNER' | 'SIZE' | 'STAGE'
  readonly key: string
  readonly won: number
  readonly lost: number
}

/** Nobody sells today as longer ago, and each month of a deal's life is a row: a period that begins with the calendar would be thousands. */
const MOST_YEARS = 10

/** What was seen of the deals of a workspace in a period, of its last ten years at most, and its open deals at the end of it. */
export async function forecastRecords(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  { from, to }: FigurePeriod,
): Promise<ForecastRecords> {
  const earliest = new Date(to)
  earliest.setUTCFullYear(earliest.getUTCFullYear() - MOST_YEARS)
  const begins = Date.parse(from) < earliest.getTime() ? earliest.toISOString() : from
  const [records] = await core.sql.query<ForecastRecords>(FORECAST, [workspaceId, begins, to])
  return records!
}

/** The power of ten below an amount: 1000 of 4,821. What is below 1 counts as 0. */
export const sizeOf = (amount: number | null): string =>
  amount === null ? '' : amount < 1 ? '0' : `1${'0'.repeat(String(Math.floor(amount)).length - 1)}`

/** SQL: the same. */
const SIZE = `case when amount < 1 then '0' else rpad('1', length(floor(amount)::text), '0') end`

/** SQL: whole days that a deal is old at a moment. */
const ageAt = (moment: string) =>
  `greatest(0, least(${OLDEST}, floor(extract(epoch from ${moment} - created_at) / 86400)))::int`

/**
 * $1 workspace, $2 from, $3 to. A stay of a deal in an open stage counts on the days from its first to that of the next stay, cut where a month begins; the last
 * one also on the day of its end. What was reopened was not closed.
 */
const FORECAST = statement(
  'forecast',
  `with moves as (
     select d.id, d.created_at, d.owner_id, d.amount, coalesce(a.data ->> 'to', a.data ->> 'stage') as stage, a.occurred_at as at,
       lead(a.occurred_at) over w as until, lead(a.data ->> 'to') over w as next, lead(a.id, 2) over w is null as ends
     from deals d
     join activities a on a.workspace_id = $1 and a.lead_id = d.lead_id and a.kind = 'DEAL' and a.data ->> 'dealId' = d.id::text
     where d.workspace_id = $1 and ${notOfSample('d.lead_id')} and d.created_at < $3::timestamptz
       and (d.closed_at is null or d.closed_at >= $2::timestamptz)
     window w as (partition by d.id order by a.occurred_at, a.id)
   ), stays as (
     select id, created_at, owner_id, amount, stage, greatest(at, $2::timestamptz) as at, least(until, $3::timestamptz) as until,
       case when until < $3::timestamptz then next end as next, coalesce(ends and next in ('WON', 'LOST') and until < $3::timestamptz, false) as closes
     from moves
     where stage not in ('WON', 'LOST') and at < $3::timestamptz and (until is null or until >= $2::timestamptz)
   ), parts as (
     select m.starts, stage, next, closes, m.starts + interval '1 month' > until at time zone 'UTC' as ends_here,
       ${ageAt(`greatest(at, m.starts at time zone 'UTC')`)} as begun, ${ageAt(`least(until, (m.starts + interval '1 month') at time zone 'UTC')`)} as ended
     from stays, lateral generate_series(date_trunc('month', at at time zone 'UTC'), until at time zone 'UTC', interval '1 month') as m(starts)
   ), changes as (
     select starts, begun as age, stage, 1 as watched, 0 as won, 0 as lost from parts
     union all select starts, case when ends_here and (next is null or closes) then ended + 1 else ended end, stage, -1, 0, 0 from parts
     union all select starts, ended, stage, 0, (next = 'WON')::int, (next = 'LOST')::int from parts where closes and ends_here
   ), closings as (
     select id, owner_id, amount, (next = 'WON')::int as won, (next = 'LOST')::int as lost from stays where closes
   ), groups as (
     select 'OWNER' as kind, owner_id::text as key, sum(won) as won, sum(lost) as lost from closings where owner_id is not null group by owner_id
     union all select 'SIZE', ${SIZE}, sum(won), sum(lost) from closings where amount is not null group by ${SIZE}
     union all select 'STAGE', s.stage, sum(won), sum(lost)
     from (select distinct id, stage from stays) s join closings using (id) group by s.stage
   )
   select
     coalesce((select jsonb_agg(jsonb_build_object('month', month, 'currency', currency, 'stage', stage, 'probability', probability, 'amount', amount, 'age', age, 'owner', owner_id))
       from (select to_char(expected_close_on, 'YYYY-MM') as month, currency, stage, probability, amount, owner_id, ${ageAt('$3::timestamptz')} as age from deals
             where workspace_id = $1 and ${notOfSample('lead_id')} and stage not in ('WON', 'LOST')) o), '[]') as open,
     coalesce((select jsonb_agg(jsonb_build_object('month', month, 'age', age, 'stage', stage, 'watched', watched, 'won', won, 'lost', lost)) from (
       select extract(year from starts)::int * 12 + extract(month from starts)::int - 1 as month, age, stage, sum(watched)::int as watched, sum(won)::int as won, sum(lost)::int as lost
       from changes group by starts, age, stage) c), '[]') as seen,
     coalesce((select jsonb_agg(jsonb_build_object('kind', kind, 'key', key, 'won', won, 'lost', lost) order by kind, key) from groups), '[]') as groups`,
)
