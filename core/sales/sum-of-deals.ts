/** The sum of deals that are won or not: how likely each amount is, and so between which limits it lies. Pure. */
import type { Currency } from './money.ts'

/** Amounts are told apart to this share of the pipeline. */
const BINS = 400
/** The largest deals are added up one by one; the sum of the many small ones beside them is normal (central limit theorem). */
const ONE_BY_ONE = 100

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

/** A deal with its chance to be won as a function of how much better than expected all deals do: what their odds are multiplied by. */
export interface PricedDeal {
  readonly currency: Currency
  readonly amount: number
  chance(odds: number): number
}

/** `rates`: what the odds of all deals may be multiplied by, with how likely that is. There is a deal, and all are of one currency. */
export function sumOfDeals(
  deals: readonly PricedDeal[],
  rates: readonly { readonly odds: number; readonly weight: number }[],
): ForecastRow {
  const pipeline = deals.reduce((sum, { amount }) => sum + amount, 0)
  const ordered = deals.length > ONE_BY_ONE ? deals.toSorted((a, b) => b.amount - a.amount) : deals
  const mixed = new Float64Array(BINS + 1)
  const expected = deals.reduce((sum, deal) => sum + deal.amount * deal.chance(1), 0)
  for (const { odds, weight } of rates) {
    const chances = ordered.map(deal => ({ amount: deal.amount, chance: deal.chance(odds) }))
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

interface Chanced {
  readonly amount: number
  readonly chance: number
}

/**
 * How likely each sum of those won is, in `BINS` steps up to all of them. An amount between two steps is shared by both: the mean stays exact. The
 * largest stand first.
 */
function sumOf(deals: readonly Chanced[], pipeline: number): Float64Array {
  const sums = sumOneByOne(deals.slice(0, ONE_BY_ONE), pipeline)
  return deals.length <= ONE_BY_ONE || pipeline === 0
    ? sums
    : sumOfTwo(sums, sumOfMany(deals.slice(ONE_BY_ONE), pipeline))
}

function sumOneByOne(deals: readonly Chanced[], pipeline: number): Float64Array {
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

/** The normal distribution of their mean and variance, in the same steps. */
function sumOfMany(deals: readonly Chanced[], pipeline: number): Float64Array {
  const step = pipeline / BINS
  const mean = deals.reduce((sum, { amount, chance }) => sum + amount * chance, 0) / step
  const variance = deals.reduce((sum, { amount, chance }) => sum + amount ** 2 * chance * (1 - chance), 0) / step ** 2
  const deviation = Math.max(0.3, Math.sqrt(variance)) // narrower than a step no step would be met
  const density = Float64Array.from({ length: BINS + 1 }, (_, bin) => Math.exp(-(((bin - mean) / deviation) ** 2) / 2))
  const whole = density.reduce((sum, one) => sum + one, 0)
  return density.map(one => one / whole)
}

function sumOfTwo(a: Float64Array, b: Float64Array): Float64Array {
  const sums = new Float64Array(BINS + 1)
  a.forEach((one, low) => {
    if (one > 1e-12) b.forEach((other, high) => void (sums[Math.min(BINS, low + high)]! += one * other))
  })
  return sums
}

const cents = (amount: number) => Math.round(amount * 100) / 100
