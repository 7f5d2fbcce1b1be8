/** The sum of deals that are won or not: how likely each amount is, and so between which limits it lies. Pure. */
import type { Currency } from './money.ts'

/** Amounts are told apart to this share of the pipeline. */
const BINS = 400

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
  const mixed = new Float64Array(BINS + 1)
  let expected = 0
  for (const { odds, weight } of rates) {
    const chances = deals.map(deal => ({ amount: deal.amount, chance: deal.chance(odds) }))
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
