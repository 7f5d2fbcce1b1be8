/**
 * What the open deals are likely to bring within some days. How old a deal is says most, and which month of the quarter it is: from all deals of the
 * workspace, the chance to be won within that time (`win-curve.ts`). Its stage (or a person's own estimate), its owner and its size set it apart from
 * the others of its age, as far as the closed deals say so (`shrunk-rates.ts`). How sure the rate of winning is, and how far the months so far
 * have scattered around it, is part of the answer: few closed deals make a wide band.
 */
import type { Core } from '../context.ts'
import type { WorkspaceId } from '../ids.ts'
import { type DealStage, STAGE_PROBABILITY } from './deal.ts'
import type { FigurePeriod } from './figures.ts'
import { forecastRecords, type ForecastRecords, type OpenDeal, sizeOf } from './forecast-records.ts'
import { shrunkRates } from './shrunk-rates.ts'
import { type ForecastRow, type PricedDeal, sumOfDeals } from './sum-of-deals.ts'
import { KNOWN, OLDEST, PRIOR, winCurve, type WinCurve } from './win-curve.ts'

/** With fewer closed deals there is no forecast: it would be the probabilities of the stages, and nobody's experience. */
export const CLOSED_NEEDED = 5
/** Days that are looked ahead where nobody says. */
export const FORECAST_DAYS = 90
/** Rates of winning that are tried, each as likely as what ended says. */
const RATES = 41
/** Ages that are told apart for a reader: from so many days on. */
const BANDS = [0, 30, 90, 180]
/** What changes the chances by less than this share is not told, nor more than so many groups. */
const TOLD = 0.02
const MOST_TOLD = 6

/** What is known of open deals of an age. */
export interface ForecastAge {
  /** Ages in days, from `from` to below `to`; null: no limit. */
  readonly from: number
  readonly to: number | null
  readonly open: number
  /** Deals that were watched at the age `from`. */
  readonly seen: number
  /** The share of such deals that was won within the days of the forecast, in whatever month, 0 to 1; null: too few were seen. */
  readonly won: number | null
}

/**
 * What moves the chances. QUARTER: the month of the quarter. LEVEL: the months so far turned out better or worse than the curve of those before
 * them. OWNER: a person of the team. SIZE: the amounts from a power of ten up to the next. STAGE: the stages that a deal has been in.
 */
export const FACTOR_KINDS = ['QUARTER', 'LEVEL', 'OWNER', 'SIZE', 'STAGE'] as const

export interface ForecastFactor {
  readonly kind: (typeof FACTOR_KINDS)[number]
  /** The id of the owner (nobody's name is kept with figures), `1000` of amounts from 1,000 to below 10,000, the stage; null: of all deals. */
  readonly of: string | null
  /** OWNER, SIZE and STAGE: won of the closed deals. LEVEL: won in months that others came before. QUARTER: wins that are now expected. */
  readonly won: number
  /** Beside that: what the rate of all deals, the stages' promises, the curve of the months before, or a quarter of equal months would make it. */
  readonly expected: number
  /** What the chances (LEVEL, QUARTER) or the odds are multiplied by; shrunk towards 1. */
  readonly times: number
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
  /** What moves the chances by two hundredths or more. */
  readonly factors: readonly ForecastFactor[]
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
  { within = FORECAST_DAYS, ...period }: FigurePeriod & { readonly within?: number | undefined },
): Promise<Forecast> {
  return forecastOf(await forecastRecords(core, workspaceId, period), { at: Date.parse(period.to), within })
}

/** Pure. `at`: the end of the period, in milliseconds. */
export function forecastOf(
  { open, seen, groups }: ForecastRecords,
  { at, within }: { readonly at: number; readonly within: number },
): Forecast {
  const chances = chancesOf({ open, seen, groups }, { at, within })
  const { closed, won, curve, chanceOf, rates } = chances
  const mean = (of: (deal: OpenDeal) => number) => open.reduce((total, deal) => total + of(deal), 0) / open.length
  const priced = open.flatMap(deal =>
    deal.amount === null
      ? []
      : [{ ...deal, amount: deal.amount, chance: (odds: number) => chanceOf(deal, odds) } satisfies PricedDeal],
  )
  const rows = (key: (deal: (typeof priced)[number]) => string) =>
    [...Map.groupBy(priced, key).values()].map(deals => ({ deals, row: sumOfDeals(deals, rates) }))
  return {
    within,
    months: rows(deal => `${deal.month} ${deal.currency}`)
      .map(({ deals, row }) => ({ month: deals[0]!.month, ...row }))
      .sort((a, b) => (a.month ?? '9').localeCompare(b.month ?? '9') || a.currency.localeCompare(b.currency)),
    totals: rows(deal => deal.currency)
      .map(({ row }) => row)
      .sort((a, b) => a.currency.localeCompare(b.currency)),
    ages: agesOf(curve, open, within),
    factors: factorsOf(chances, open, within),
    won,
    lost: closed - won,
    open: open.length,
    unpriced: open.length - priced.length,
    undated: open.filter(({ month }) => month === null).length,
    correction:
      open.length === 0
        ? chances.overall
        : oddsOf(mean(chanceOf)) / oddsOf(mean(({ probability }) => probability / 100)),
    enough: closed >= CLOSED_NEEDED && priced.length > 0,
  }
}

/** Pure. The chance of each open deal, in their order, 0 to 1: times the amounts they are what is expected. */
export function chancesOfDeals(
  records: ForecastRecords,
  asked: { readonly at: number; readonly within: number },
): number[] {
  const { chanceOf } = chancesOf(records, asked)
  return records.open.map(deal => chanceOf(deal))
}

const oddsOf = (share: number) => Math.max(share, 1e-6) / Math.max(1 - share, 1e-6)
const shareOf = (odds: number) => odds / (1 + odds)

type Chances = ReturnType<typeof chancesOf>

/** The chance of each deal, by the closed ones. */
function chancesOf(
  { open, seen, groups }: ForecastRecords,
  { at, within }: { readonly at: number; readonly within: number },
) {
  const sum = (of: (row: ForecastRecords['seen'][number]) => number) => seen.reduce((total, row) => total + of(row), 0)
  const [won, lost] = [sum(row => row.won), sum(row => row.lost)]
  const closed = won + lost
  // What the stages that the closed deals ended in had promised
  const believed = closed === 0 ? 0.5 : sum(row => ((row.won + row.lost) * STAGE_PROBABILITY[row.stage]) / 100) / closed
  const rate = (won + PRIOR * believed) / (closed + PRIOR)
  const overall = oddsOf(rate) / oddsOf(believed)
  const ofKind = (kind: string) => groups.filter(group => group.kind === kind)
  // A stage begins as its promise, corrected as all are, and learns from the closed deals that have been in it
  const corrected = (promise: number) => shareOf(overall * oddsOf(promise))
  const stages = ofKind('STAGE').map(group => {
    const begin = corrected(STAGE_PROBABILITY[group.key as DealStage] / 100)
    return { ...group, begin, chance: (group.won + PRIOR * begin) / (group.won + group.lost + PRIOR) }
  })
  const promise = (stage: DealStage) =>
    stages.find(({ key }) => key === stage)?.chance ?? corrected(STAGE_PROBABILITY[stage] / 100)
  const promises = new Map(Object.keys(STAGE_PROBABILITY).map(stage => [stage, promise(stage as DealStage)]))
  const curve = winCurve(seen, { at, promise: stage => promises.get(stage)! })
  const [owners, sizes] = ['OWNER', 'SIZE'].map(kind => {
    const some = ofKind(kind)
    const times = shrunkRates(some.map(group => ({ won: group.won, closed: group.won + group.lost })))
    return some.map((group, index) => ({ ...group, times: times[index]! }))
  }) as [TimedGroup[], TimedGroup[]]
  const [byOwner, bySize] = [owners, sizes].map(some => new Map(some.map(({ key, times }) => [key, times]))) as [
    Map<string, number>,
    Map<string, number>,
  ]
  const known = new Map<number, number>()
  const byAge = (age: number) => known.get(age) ?? known.set(age, timesAt(curve, age, within)).get(age)!
  const chanceOf = ({ probability, stage, age, owner, amount }: OpenDeal, odds = 1) => {
    if (probability >= 100) return 1
    const own = probability === STAGE_PROBABILITY[stage] ? promises.get(stage)! : corrected(probability / 100)
    const apart = (byOwner.get(owner ?? '') ?? 1) * (bySize.get(sizeOf(amount)) ?? 1)
    return shareOf(odds * byAge(age) * apart * oddsOf(own))
  }
  const share = open.reduce((sum, deal) => sum + chanceOf(deal), 0) / Math.max(1, open.length)
  const rates = ratesOf(rate, casesOf({ closed, rate, share }, curve))
  return { closed, won, overall, curve, stages, owners, sizes, chanceOf, rates }
}
type TimedGroup = ForecastRecords['groups'][number] & { readonly times: number }

/**
 * What the odds of a deal are multiplied by at an age: those of the deals that were seen at that age to what their stages promised. Where few were
 * seen it is drawn towards the promise, which says nothing of time: of that, the share that is due by then. Of none it is the promise.
 */
function timesAt(curve: WinCurve, age: number, within: number): number {
  const seen = curve.basis(age)
  if (seen === 0) return 1
  const promised = curve.promised(age)
  const [chance, ever] = [curve.within(age, within), curve.within(age, OLDEST)]
  const prior = promised * (ever > 0 ? Math.min(1, chance / ever) : 1)
  return oddsOf((seen * chance + PRIOR * prior) / (seen + PRIOR)) / oddsOf(promised)
}

/**
 * How many deals the rate of winning is known from: those closed, fewer as months scatter. The level's variance is of the logarithm of a chance; of the odds it
 * is larger, the larger the chance (`share`, of the open deals together; beyond one half the logarithm of a chance has no room to scatter so).
 */
function casesOf(
  { closed, rate, share }: { readonly closed: number; readonly rate: number; readonly share: number },
  { level }: WinCurve,
): number {
  const variance = 1 / ((closed + PRIOR) * rate * (1 - rate)) + level.variance / (1 - Math.min(0.5, share)) ** 2
  return Math.max(1 / (variance * rate * (1 - rate)), 1 / Math.min(rate, 1 - rate)) // with fewer, all or nothing would be likeliest
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

/** What moves the chances, in the order of its kinds; of owners and sizes those that open deals have, what differs most first. */
function factorsOf(
  { curve, stages, owners, sizes }: Chances,
  open: readonly OpenDeal[],
  within: number,
): ForecastFactor[] {
  const wins = (of: WinCurve['within']) => open.reduce((sum, { age }) => sum + of(age, within), 0)
  const { won, expected, times } = curve.level
  const alike = wins(curve.whateverMonth) * times
  const now = wins(curve.within)
  const rateOf = (group: { won: number; lost: number }, rate: number) => ({
    won: group.won,
    expected: rate * (group.won + group.lost),
  })
  const apart = (kind: 'OWNER' | 'SIZE', groups: readonly TimedGroup[]) => {
    const closed = groups.reduce((sum, group) => sum + group.won + group.lost, 0)
    const rate = groups.reduce((sum, group) => sum + group.won, 0) / Math.max(1, closed)
    const has = new Set(open.map(deal => (kind === 'OWNER' ? deal.owner : sizeOf(deal.amount))))
    return groups
      .filter(({ key }) => has.has(key))
      .map((group): ForecastFactor => ({ kind, of: group.key, ...rateOf(group, rate), times: group.times }))
  }
  const some: readonly ForecastFactor[] = [
    { kind: 'QUARTER', of: null, won: now, expected: alike, times: alike > 0 ? now / alike : 1 },
    { kind: 'LEVEL', of: null, won, expected, times },
    ...[...apart('OWNER', owners), ...apart('SIZE', sizes)]
      .toSorted((a, b) => Math.abs(Math.log(b.times)) - Math.abs(Math.log(a.times)))
      .slice(0, MOST_TOLD),
    ...stages.map((stage): ForecastFactor => ({
      kind: 'STAGE',
      of: stage.key,
      ...rateOf(stage, stage.begin),
      times: oddsOf(stage.chance) / oddsOf(stage.begin),
    })),
  ]
  return some.filter(({ times: by }) => Math.abs(by - 1) >= TOLD)
}

function agesOf(curve: WinCurve, open: readonly OpenDeal[], within: number): ForecastAge[] {
  return BANDS.flatMap((from, index): ForecastAge[] => {
    const to = BANDS[index + 1] ?? null
    const deals = open.filter(({ age }) => age >= from && (to === null || age < to))
    if (deals.length === 0) return []
    const seen = curve.seen(from)
    const chances = deals.reduce((sum, { age }) => sum + curve.whateverMonth(age, within), 0)
    return [{ from, to, open: deals.length, seen, won: seen < KNOWN ? null : chances / deals.length }]
  })
}
