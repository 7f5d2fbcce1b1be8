/**
 * What the open deals are likely to bring. Each is won or not, with the probability of its stage (or a person's own), corrected by how
 * deals of this workspace really ended. How sure that correction is, is part of the answer: few closed deals make a wide band.
 */
import type { Core } from '../context.ts'
import type { WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'
import { type DealStage, STAGE_PROBABILITY } from './deal.ts'
import type { FigurePeriod } from './figures.ts'
import type { Currency } from './money.ts'

/** With fewer closed deals there is no forecast: it would be the probabilities of the stages, and nobody's experience. */
export const CLOSED_NEEDED = 5
/** The probabilities that deals are believed to have weigh as much as so many closed deals. */
const PRIOR = 10
/** Amounts are told apart to this share of the pipeline. */
const BINS = 400
/** Rates of winning that are tried, each as likely as what ended says. */
const RATES = 41

/** Amounts in units of the currency. In nine of ten cases more than `p10` comes in, in one of ten more than `p90`. */
export interface ForecastRow {
  readonly currency: Currency
  readonly deals: number
  /** Were all of them won. */
  readonly pipeline: number
  readonly expected: number
  readonly p10: number
  readonly p50: number
  readonly p90: number
}

export interface Forecast {
  /** `month` as 2030-03; null: nobody said when. */
  readonly months: readonly (ForecastRow & { readonly month: string | null })[]
  /** All months together: limits of sums are no sums of limits. */
  readonly totals: readonly ForecastRow[]
  /** Closed in the period, of those whose last stage is known. */
  readonly won: number
  readonly lost: number
  readonly open: number
  /** Open, without a value: they count for nothing. */
  readonly unpriced: number
  /** Open, and nobody said when they will close. */
  readonly undated: number
  /** What the odds of each deal were multiplied by; 1 changes nothing. */
  readonly correction: number
  /** At least `CLOSED_NEEDED` deals were closed, and one that is open has a value. */
  readonly enough: boolean
}

/** The forecast, by what was closed in a period. */
export async function forecast(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  { from, to }: FigurePeriod,
): Promise<Forecast> {
  const [row] = await core.sql.query<{ open: OpenDeal[]; closed: ClosedDeals[] }>(FORECAST, [workspaceId, from, to])
  return forecastOf(row!.open, row!.closed)
}

export interface OpenDeal {
  readonly month: string | null
  readonly currency: Currency
  /** Percent. */
  readonly probability: number
  readonly amount: number | null
}
/** How many ended so, out of which stage. */
export interface ClosedDeals {
  readonly stage: DealStage
  readonly won: boolean
  readonly deals: number
}

/** Pure. */
export function forecastOf(open: readonly OpenDeal[], closed: readonly ClosedDeals[]): Forecast {
  const sum = (rows: readonly ClosedDeals[], of: (row: ClosedDeals) => number) =>
    rows.reduce((total, row) => total + of(row), 0)
  const won = sum(closed, row => (row.won ? row.deals : 0))
  const lost = sum(closed, row => (row.won ? 0 : row.deals))
  // What the stages that the closed deals ended in had promised
  const believed =
    won + lost === 0 ? 0.5 : sum(closed, row => (row.deals * STAGE_PROBABILITY[row.stage]) / 100) / (won + lost)
  const corrections = correctionsOf(believed, won, lost)
  const priced = open.flatMap(({ amount, ...deal }) => (amount === null ? [] : [{ ...deal, amount }]))
  const rows = (key: (deal: (typeof priced)[number]) => string) =>
    [...Map.groupBy(priced, key).values()].map(deals => ({ deals, row: rowOf(deals, corrections) }))
  return {
    months: rows(deal => `${deal.month} ${deal.currency}`)
      .map(({ deals, row }) => ({ month: deals[0]!.month, ...row }))
      .sort((a, b) => (a.month ?? '9').localeCompare(b.month ?? '9') || a.currency.localeCompare(b.currency)),
    totals: rows(deal => deal.currency)
      .map(({ row }) => row)
      .sort((a, b) => a.currency.localeCompare(b.currency)),
    won,
    lost,
    open: open.length,
    unpriced: open.length - priced.length,
    undated: open.filter(({ month }) => month === null).length,
    correction: oddsOf((won + PRIOR * believed) / (won + lost + PRIOR)) / oddsOf(believed),
    enough: won + lost >= CLOSED_NEEDED && priced.length > 0,
  }
}

const oddsOf = (share: number) => Math.min(share, 1 - 1e-6) / Math.max(1 - share, 1e-6)

/**
 * The rate at which deals are won is not known but believed: a beta distribution, which begins as `PRIOR` deals that went as their stages
 * promise and learns from those that ended. Odds ratios to the promise, with their weights.
 */
function correctionsOf(believed: number, won: number, lost: number): readonly { odds: number; weight: number }[] {
  const [a, b] = [won + PRIOR * believed, lost + PRIOR * (1 - believed)]
  const tried = Array.from({ length: RATES }, (_, n) => {
    const rate = (n + 0.5) / RATES
    return { rate, log: (a - 1) * Math.log(rate) + (b - 1) * Math.log(1 - rate) }
  })
  const most = Math.max(...tried.map(({ log }) => log))
  const weighed = tried.map(({ rate, log }) => ({
    odds: oddsOf(rate) / oddsOf(believed),
    weight: Math.exp(log - most),
  }))
  const whole = weighed.reduce((sum, { weight }) => sum + weight, 0)
  return weighed.flatMap(({ odds, weight }) => (weight / whole < 1e-4 ? [] : [{ odds, weight: weight / whole }]))
}

function rowOf(
  deals: readonly { readonly amount: number; readonly probability: number; readonly currency: Currency }[],
  corrections: readonly { odds: number; weight: number }[],
): ForecastRow {
  const pipeline = deals.reduce((sum, { amount }) => sum + amount, 0)
  const chanceOf = (probability: number, odds: number) => {
    const p = probability / 100
    return p >= 1 ? 1 : (odds * p) / (1 - p + odds * p)
  }
  const mixed = new Float64Array(BINS + 1)
  let expected = 0
  for (const { odds, weight } of corrections) {
    const chances = deals.map(({ amount, probability }) => ({ amount, chance: chanceOf(probability, odds) }))
    expected += weight * chances.reduce((sum, { amount, chance }) => sum + amount * chance, 0)
    for (const [bin, share] of sumOf(chances, pipeline).entries()) mixed[bin]! += weight * share
  }
  const quantile = (share: number) => {
    let sum = 0
    const bin = mixed.findIndex(one => (sum += one) >= share - 1e-9)
    return cents(((bin === -1 ? BINS : bin) / BINS) * pipeline)
  }
  const { currency } = deals[0]!
  return {
    currency,
    deals: deals.length,
    pipeline: cents(pipeline),
    expected: cents(expected),
    p10: quantile(0.1),
    p50: quantile(0.5),
    p90: quantile(0.9),
  }
}

/** How likely each sum of those won is, in `BINS` steps up to all of them. An amount between two steps is shared by both: the mean stays exact. */
function sumOf(deals: readonly { amount: number; chance: number }[], pipeline: number): Float64Array {
  let sums = new Float64Array(BINS + 1)
  sums[0] = 1
  if (pipeline === 0) return sums
  for (const { amount, chance } of deals) {
    const exact = (amount / pipeline) * BINS
    const low = Math.floor(exact)
    const upper = exact - low
    const next = new Float64Array(BINS + 1)
    for (let bin = 0; bin <= BINS; bin++) {
      const here = sums[bin]!
      if (here === 0) continue
      next[bin]! += here * (1 - chance)
      next[Math.min(BINS, bin + low)]! += here * chance * (1 - upper)
      next[Math.min(BINS, bin + low + 1)]! += here * chance * upper
    }
    sums = next
  }
  return sums
}

const cents = (amount: number) => Math.round(amount * 100) / 100

const FORECAST = statement(
  'forecast',
  `select
     coalesce((select jsonb_agg(jsonb_build_object('month', month, 'currency', currency, 'probability', probability, 'amount', amount))
       from (select to_char(expected_close_on, 'YYYY-MM') as month, currency, probability, amount from deals
             where workspace_id = $1 and stage not in ('WON', 'LOST') order by created_at desc limit 2000) o), '[]') as open,
     coalesce((select jsonb_agg(jsonb_build_object('stage', "from", 'won', won, 'deals', deals)) from (
       select m."from", d.stage = 'WON' as won, count(*) as deals from deals d
       join lateral (select a.data ->> 'from' as "from" from activities a
         where a.workspace_id = $1 and a.lead_id = d.lead_id and a.kind = 'DEAL' and a.data ->> 'dealId' = d.id::text and a.data ->> 'to' = d.stage
         order by a.occurred_at desc limit 1) m on m."from" in ('PROSPECTING', 'QUALIFICATION', 'PROPOSAL', 'NEGOTIATION')
       where d.workspace_id = $1 and d.stage in ('WON', 'LOST') and d.closed_at >= $2::timestamptz and d.closed_at < $3::timestamptz
       group by 1, 2) c), '[]') as closed`,
)
