/**
 * What the open deals are likely to bring within some days. How old a deal is says most: by age, from all deals of the workspace, the
 * chance to be won within that time (`win-curve.ts`). Its stage (or a person's own estimate) sets it apart from the others of its age. How sure the
 * rate of winning is, is part of the answer: few closed deals make a wide band.
 */
import type { Core } from '../context.ts'
import type { WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'
import { STAGE_PROBABILITY } from './deal.ts'
import type { FigurePeriod } from './figures.ts'
import type { Currency } from './money.ts'
import { notOfSample } from './sample-lead.ts'
import { type ForecastRow, type PricedDeal, sumOfDeals } from './sum-of-deals.ts'
import { type AgeChange, KNOWN, OLDEST, winCurve, type WinCurve } from './win-curve.ts'

/** With fewer closed deals there is no forecast: it would be the probabilities of the stages, and nobody's experience. */
export const CLOSED_NEEDED = 5
/** Days that are looked ahead where nobody says. */
export const FORECAST_DAYS = 90
/** The probabilities that deals are believed to have weigh as much as so many deals. */
const PRIOR = 10
/** Rates of winning that are tried, each as likely as what ended says. */
const RATES = 41
/** Ages that are told apart for a reader: from so many days on. */
const BANDS = [0, 30, 90, 180]

/** What is known of open deals of an age. */
export interface ForecastAge {
  /** Ages in days, from `from` to below `to`; null: no limit. */
  readonly from: number
  readonly to: number | null
  readonly open: number
  /** Deals that were watched at the age `from`. */
  readonly seen: number
  /** The share of such deals that was won within the days of the forecast, 0 to 1; null: too few were seen. */
  readonly won: number | null
}

export interface Forecast {
  /** Days that it looks ahead. */
  readonly within: number
  /** `month` in which somebody expects the deals to be closed, as 2030-03; null: nobody said when. */
  readonly months: readonly (ForecastRow & { readonly month: string | null })[]
  /** All months together: limits of sums are no sums of limits. */
  readonly totals: readonly ForecastRow[]
  /** The ages that there are open deals of. */
  readonly ages: readonly ForecastAge[]
  /** Closed in the period, of those whose last stage is known. */
  readonly won: number
  readonly lost: number
  readonly open: number
  /** Open, without a value: they count for nothing. */
  readonly unpriced: number
  /** Open, and nobody said when they will close. */
  readonly undated: number
  /** What the odds of the open deals were multiplied by, taken together; 1 changes nothing. */
  readonly correction: number
  /** At least `CLOSED_NEEDED` deals were closed, and one that is open has a value. */
  readonly enough: boolean
}

/** The forecast of the `within` days after a period, by what was seen of deals in that period. */
export async function forecast(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  { from, to, within = FORECAST_DAYS }: FigurePeriod & { readonly within?: number | undefined },
): Promise<Forecast> {
  const [row] = await core.sql.query<{ open: OpenDeal[]; seen: AgeChange[] }>(FORECAST, [workspaceId, from, to])
  return forecastOf(row!.open, row!.seen, within)
}

export interface OpenDeal {
  readonly month: string | null
  readonly currency: Currency
  /** Percent. */
  readonly probability: number
  readonly amount: number | null
  /** Whole days. */
  readonly age: number
}

/** Pure. */
export function forecastOf(open: readonly OpenDeal[], seen: readonly AgeChange[], within: number): Forecast {
  const sum = (of: (row: AgeChange) => number) => seen.reduce((total, row) => total + of(row), 0)
  const [won, lost] = [sum(row => row.won), sum(row => row.lost)]
  const closed = won + lost
  // What the stages that the closed deals ended in had promised
  const believed = closed === 0 ? 0.5 : sum(row => ((row.won + row.lost) * STAGE_PROBABILITY[row.stage]) / 100) / closed
  const rate = (won + PRIOR * believed) / (closed + PRIOR)
  const curve = winCurve(seen)
  const corrections = new Map<number, number>()
  const correctionAt = (age: number) => {
    const known = corrections.get(age)
    if (known !== undefined) return known
    const fresh = correctionOf(curve, { age, within, overall: oddsOf(rate) / oddsOf(believed) })
    corrections.set(age, fresh)
    return fresh
  }
  const chanceOf = ({ probability, age }: OpenDeal, odds = 1) =>
    probability >= 100 ? 1 : shareOf(odds * correctionAt(age) * oddsOf(probability / 100))

  const priced = open.flatMap(deal =>
    deal.amount === null
      ? []
      : [{ ...deal, amount: deal.amount, chance: (odds: number) => chanceOf(deal, odds) } satisfies PricedDeal],
  )
  const rates = ratesOf(rate, closed + PRIOR)
  const rows = (key: (deal: (typeof priced)[number]) => string) =>
    [...Map.groupBy(priced, key).values()].map(deals => ({ deals, row: sumOfDeals(deals, rates) }))
  const mean = (of: (deal: OpenDeal) => number) => open.reduce((total, deal) => total + of(deal), 0) / open.length
  return {
    within,
    months: rows(deal => `${deal.month} ${deal.currency}`)
      .map(({ deals, row }) => ({ month: deals[0]!.month, ...row }))
      .sort((a, b) => (a.month ?? '9').localeCompare(b.month ?? '9') || a.currency.localeCompare(b.currency)),
    totals: rows(deal => deal.currency)
      .map(({ row }) => row)
      .sort((a, b) => a.currency.localeCompare(b.currency)),
    ages: agesOf(curve, open, within),
    won,
    lost,
    open: open.length,
    unpriced: open.length - priced.length,
    undated: open.filter(({ month }) => month === null).length,
    correction:
      open.length === 0
        ? oddsOf(rate) / oddsOf(believed)
        : oddsOf(mean(chanceOf)) / oddsOf(mean(({ probability }) => probability / 100)),
    enough: closed >= CLOSED_NEEDED && priced.length > 0,
  }
}

const oddsOf = (share: number) => Math.max(share, 1e-6) / Math.max(1 - share, 1e-6)
const shareOf = (odds: number) => odds / (1 + odds)

/**
 * What the odds of a deal are multiplied by at an age: those of the deals that were seen at that age to what their stages promised. Where few were
 * seen, or none, it is the one correction of all ages (`overall`), which says nothing of time: of that, the share that is due by then.
 */
function correctionOf(
  curve: WinCurve,
  { age, within, overall }: { readonly age: number; readonly within: number; readonly overall: number },
): number {
  const seen = curve.seen(age)
  if (seen === 0) return overall
  const promised = curve.promised(age)
  const [chance, ever] = [curve.within(age, within), curve.within(age, OLDEST)]
  const prior = shareOf(overall * oddsOf(promised)) * (ever > 0 ? Math.min(1, chance / ever) : 1)
  return oddsOf((seen * chance + PRIOR * prior) / (seen + PRIOR)) / oddsOf(promised)
}

/**
 * The rate at which deals are won is not known but believed: a beta distribution, which begins as `PRIOR` deals that went as their stages
 * promise and learns from those that ended. Odds ratios to its mean, with their weights.
 */
function ratesOf(mean: number, cases: number): readonly { odds: number; weight: number }[] {
  const [a, b] = [cases * mean, cases * (1 - mean)]
  const tried = Array.from({ length: RATES }, (_, n) => {
    const rate = (n + 0.5) / RATES
    return { rate, log: (a - 1) * Math.log(rate) + (b - 1) * Math.log(1 - rate) }
  })
  const most = Math.max(...tried.map(({ log }) => log))
  const weighed = tried.map(({ rate, log }) => ({ odds: oddsOf(rate) / oddsOf(mean), weight: Math.exp(log - most) }))
  const whole = weighed.reduce((sum, { weight }) => sum + weight, 0)
  return weighed.flatMap(({ odds, weight }) => (weight / whole < 1e-4 ? [] : [{ odds, weight: weight / whole }]))
}

function agesOf(curve: WinCurve, open: readonly OpenDeal[], within: number): ForecastAge[] {
  return BANDS.flatMap((from, index): ForecastAge[] => {
    const to = BANDS[index + 1] ?? null
    const deals = open.filter(({ age }) => age >= from && (to === null || age < to))
    if (deals.length === 0) return []
    const seen = curve.seen(from)
    const chances = deals.reduce((sum, { age }) => sum + curve.within(age, within), 0)
    return [{ from, to, open: deals.length, seen, won: seen < KNOWN ? null : chances / deals.length }]
  })
}

/** SQL: whole days that a deal is old at a moment. */
const ageAt = (moment: string) =>
  `greatest(0, least(${OLDEST}, floor(extract(epoch from ${moment} - created_at) / 86400)))::int`

/** A stay of a deal in an open stage counts on the days from its first to that of the next stay; the last one also on the day of its end. What was reopened was not closed. */
const FORECAST = statement(
  'forecast',
  `with moves as (
     select d.created_at, coalesce(a.data ->> 'to', a.data ->> 'stage') as stage, a.occurred_at as at,
       lead(a.occurred_at) over w as until, lead(a.data ->> 'to') over w as next, lead(a.id, 2) over w is null as ends
     from deals d
     join activities a on a.workspace_id = $1 and a.lead_id = d.lead_id and a.kind = 'DEAL' and a.data ->> 'dealId' = d.id::text
     where d.workspace_id = $1 and ${notOfSample('d.lead_id')} and d.created_at < $3::timestamptz
       and (d.closed_at is null or d.closed_at >= $2::timestamptz)
     window w as (partition by d.id order by a.occurred_at, a.id)
   ), stays as (
     select stage, ${ageAt('greatest(at, $2::timestamptz)')} as begun, ${ageAt('least(until, $3::timestamptz)')} as ended,
       case when until < $3::timestamptz then next end as next, ends and next in ('WON', 'LOST') and until < $3::timestamptz as closes
     from moves
     where stage not in ('WON', 'LOST') and at < $3::timestamptz and (until is null or until >= $2::timestamptz)
   ), changes as (
     select begun as age, stage, 1 as watched, 0 as won, 0 as lost from stays
     union all select case when next is null or closes then ended + 1 else ended end, stage, -1, 0, 0 from stays
     union all select ended, stage, 0, (next = 'WON')::int, (next = 'LOST')::int from stays where closes
   )
   select
     coalesce((select jsonb_agg(jsonb_build_object('month', month, 'currency', currency, 'probability', probability, 'amount', amount, 'age', age))
       from (select to_char(expected_close_on, 'YYYY-MM') as month, currency, probability, amount, ${ageAt('$3::timestamptz')} as age from deals
             where workspace_id = $1 and ${notOfSample('lead_id')} and stage not in ('WON', 'LOST') order by created_at desc limit 2000) o), '[]') as open,
     coalesce((select jsonb_agg(jsonb_build_object('age', age, 'stage', stage, 'watched', watched, 'won', won, 'lost', lost)) from (
       select age, stage, sum(watched)::int as watched, sum(won)::int as won, sum(lost)::int as lost from changes group by age, stage) c), '[]') as seen`,
)
