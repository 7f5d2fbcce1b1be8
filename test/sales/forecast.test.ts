import { describe, expect, test } from 'vitest'
import { type ClosedDeals, forecastOf, type OpenDeal } from '../../core/sales/forecast.ts'

const deal = (amount: number | null, probability = 50, month: string | null = '2030-03'): OpenDeal => ({
  month,
  currency: 'BRL',
  probability,
  amount,
})
const deals = (many: number, amount = 1000) => Array.from({ length: many }, () => deal(amount))
const closed = (won: number, lost: number): ClosedDeals[] => [
  { stage: 'PROPOSAL', won: true, deals: won },
  { stage: 'PROPOSAL', won: false, deals: lost },
]

describe('the forecast', () => {
  test('says that it does not know before five deals were closed, or without a value', () => {
    expect(forecastOf(deals(3), closed(2, 2)).enough).toBe(false)
    expect(forecastOf(deals(3), closed(3, 2)).enough).toBe(true)
    expect(forecastOf([deal(null), deal(null, 50, null)], closed(9, 9))).toMatchObject({
      enough: false,
      months: [],
      unpriced: 2,
      undated: 1,
    })
  })

  test('of one deal all or nothing comes in', () => {
    const [row] = forecastOf([deal(1000)], closed(20, 20)).totals
    expect(row).toMatchObject({ deals: 1, pipeline: 1000, p10: 0, p90: 1000 })
    expect(row!.expected).toBeCloseTo(500, 0)
  })

  test('many deals as their stages promise: the limits are those of the binomial distribution', () => {
    // 100 deals at one half, and a win rate that is as good as known: 50 ± 1.28 · 5, a little wider for what is not known
    const [row] = forecastOf(deals(100), closed(2000, 2000)).totals
    expect(row!.p50).toBeCloseTo(50_000, -3)
    expect(row!.p10).toBeGreaterThan(41_500)
    expect(row!.p10).toBeLessThan(44_500)
    expect(row!.p90).toBeGreaterThan(55_500)
    expect(row!.p90).toBeLessThan(58_500)
  })

  test('the less was closed, the wider the band', () => {
    const width = (rows: ClosedDeals[]) => {
      const [row] = forecastOf(deals(40), rows).totals
      return row!.p90 - row!.p10
    }
    expect(width(closed(3, 3))).toBeGreaterThan(width(closed(30, 30)) * 1.2)
    expect(width(closed(30, 30))).toBeGreaterThan(width(closed(900, 900)))
  })

  test('follows how deals really ended', () => {
    const { totals, correction } = forecastOf(deals(10), closed(5, 45))
    expect(correction).toBeLessThan(0.3)
    expect(totals[0]!.expected).toBeLessThan(2500)
    expect(forecastOf(deals(10), closed(45, 5)).totals[0]!.expected).toBeGreaterThan(7500)
  })

  test('months stand in their order, those without one last, and every amount in its currency', () => {
    const { months, totals } = forecastOf(
      [deal(10, 50, null), deal(20, 50, '2030-04'), deal(30, 50, '2030-03'), { ...deal(40), currency: 'USD' }],
      closed(5, 5),
    )
    expect(months.map(({ month, currency, pipeline }) => [month, currency, pipeline])).toEqual([
      ['2030-03', 'BRL', 30],
      ['2030-03', 'USD', 40],
      ['2030-04', 'BRL', 20],
      [null, 'BRL', 10],
    ])
    expect(totals.map(({ currency, pipeline }) => [currency, pipeline])).toEqual([
      ['BRL', 60],
      ['USD', 40],
    ])
  })
})
