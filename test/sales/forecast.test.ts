import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { type DealStage, STAGE_PROBABILITY } from '../../core/sales/deal.ts'
import { moveDeal, openDeal } from '../../core/sales/deals.ts'
import { forecast, forecastOf } from '../../core/sales/forecast.ts'
import type { ClosedGroup, OpenDeal } from '../../core/sales/forecast-records.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { shrunkRates } from '../../core/sales/shrunk-rates.ts'
import { captureSampleLead } from '../../core/sales/sample-lead.ts'
import { type AgeChange, monthOf, winCurve } from '../../core/sales/win-curve.ts'
import { openTestCore, type TestCore } from '../support/core.ts'
import { DATABASE_KINDS } from '../support/database.ts'

const DAYS = 90
/** The first moment of a year, and the month before it, in which all is seen unless a test says otherwise. */
const AT = Date.UTC(2030, 0, 1)
const SEEN_IN = monthOf(AT) - 1
const STAGES = { 10: 'PROSPECTING', 25: 'QUALIFICATION', 50: 'PROPOSAL', 75: 'NEGOTIATION' } as const
const deal = (amount: number | null, probability = 50, month: string | null = '2030-03', age = 0): OpenDeal => ({
  month,
  currency: 'BRL',
  stage: STAGES[probability as keyof typeof STAGES] ?? 'PROPOSAL',
  probability,
  amount,
  age,
  owner: null,
})
const deals = (many: number, amount = 1000) => Array.from({ length: many }, () => deal(amount))
const lived = (
  age: number,
  fate: 'won' | 'lost' | 'open',
  many: number,
  stage: DealStage = 'PROPOSAL',
  month = SEEN_IN,
): AgeChange[] => [
  { month, age: 0, stage, watched: many, won: 0, lost: 0 },
  { month, age: age + 1, stage, watched: -many, won: 0, lost: 0 },
  {
    month,
    age,
    stage,
    watched: 0,
    won: fate === 'won' ? many : 0,
    lost: fate === 'lost' ? many : 0,
  },
]
const closed = (won: number, lost: number) => [...lived(5, 'won', won), ...lived(5, 'lost', lost)]
const of = (
  open: readonly OpenDeal[],
  seen: readonly AgeChange[],
  within = DAYS,
  groups: readonly ClosedGroup[] = [],
) => forecastOf({ open, seen, groups }, { at: AT, within })
const curveOf = (seen: readonly AgeChange[], at = AT) =>
  winCurve(seen, { at, promise: stage => STAGE_PROBABILITY[stage] / 100 })

describe('the curve of winning', () => {
  test('is the Aalen-Johansen estimate, with those that are still open as watched so far', () => {
    // 100 deals: on day 2 10 are won and 10 lost, on day 4 40 cease to be watched, on day 6 10 of the 40 left are won
    const seen = [
      ...lived(2, 'won', 10),
      ...lived(2, 'lost', 10),
      ...lived(4, 'open', 40),
      ...lived(6, 'won', 10),
      ...lived(9, 'open', 30),
    ]
    const curve = curveOf(seen)
    expect(curve.within(0, 10)).toBeCloseTo(0.1 + 0.8 * (10 / 40), 9)
    expect(curve.within(0, 6)).toBeCloseTo(0.1, 9)
    expect(curve.within(3, 10)).toBeGreaterThan(0.25)
    expect(curve.within(7, 3)).toBe(0)
    expect([curve.seen(0), curve.seen(3), curve.seen(5), curve.seen(400)]).toEqual([100, 80, 40, 30])
  })

  test('beyond the ages that are known it goes on as in the month before', () => {
    const curve = curveOf([...lived(9, 'won', 50), ...lived(60, 'open', 50)])
    expect(curve.within(61, 1000)).toBe(0) // nothing happened from day 31 to day 60
    const young = curveOf([...lived(9, 'won', 50), ...lived(9, 'open', 50)])
    expect(young.within(10, 20)).toBeCloseTo(1 - (1 - 50 / 1000) ** 20, 9)
  })

  test('knows nothing of a few deals', () => {
    expect(curveOf([]).seen(0)).toBe(0)
    expect(curveOf(lived(5, 'won', 9)).seen(0)).toBe(0)
    expect(curveOf(lived(5, 'won', 10)).seen(0)).toBe(10)
  })
})

describe('the forecast', () => {
  test('says that it does not know before five deals were closed, or without a value', () => {
    expect(of(deals(3), closed(2, 2)).enough).toBe(false)
    expect(of(deals(3), closed(3, 2)).enough).toBe(true)
    expect(of([deal(null), deal(null, 50, null)], closed(9, 9))).toMatchObject({
      enough: false,
      months: [],
      unpriced: 2,
      undated: 1,
    })
  })

  test('of one deal all or nothing comes in', () => {
    const [row] = of([deal(1000)], closed(20, 20)).totals
    expect(row).toMatchObject({ deals: 1, pipeline: 1000, p10: 0, p90: 1000 })
    expect(row!.expected).toBeCloseTo(500, 0)
  })

  test('many deals as their stages promise, every month: the limits are near those of the binomial distribution', () => {
    // 100 deals at one half, and a win rate that is as good as known: 50 ± 1.28 · 5, a little wider for what is not known
    const months = Array.from({ length: 24 }, (_, n) => [
      ...lived(5, 'won', 100, 'PROPOSAL', SEEN_IN - n),
      ...lived(5, 'lost', 100, 'PROPOSAL', SEEN_IN - n),
    ])
    const [row] = of(deals(100), months.flat()).totals
    expect(row!.p50).toBeCloseTo(50_000, -3)
    expect(row!.p10).toBeGreaterThan(40_500)
    expect(row!.p10).toBeLessThan(44_500)
    expect(row!.p90).toBeGreaterThan(55_500)
    expect(row!.p90).toBeLessThan(59_500)
  })

  const widthOf = (rows: readonly AgeChange[]) => {
    const [row] = of(deals(40), rows).totals
    return row!.p90 - row!.p10
  }

  test('the less was closed, the wider the band', () => {
    expect(widthOf(closed(3, 3))).toBeGreaterThan(widthOf(closed(900, 900)) * 1.2)
  })

  test('the more the months differ, the wider the band, and the level follows those before', () => {
    const months = (won: (n: number) => number) =>
      Array.from({ length: 12 }, (_, n) => [
        ...lived(5, 'won', won(n), 'PROPOSAL', SEEN_IN - n),
        ...lived(5, 'lost', 100 - won(n), 'PROPOSAL', SEEN_IN - n),
      ]).flat()
    expect(widthOf(months(n => (n % 2 === 0 ? 20 : 80)))).toBeGreaterThan(widthOf(months(() => 50)) * 1.5)
    const { level } = curveOf(months(n => (n < 6 ? 20 : 40)))
    expect(level.won).toBe(5 * 40 + 6 * 20)
    expect(level.expected).toBeGreaterThan(level.won * 1.1)
    expect(level.times).toBeLessThan(0.9)
  })

  test('the months of a quarter have hazards of their own, as far as deals were seen in them', () => {
    // Old deals are won in the last month of the quarter alone: whoever looks a month ahead must know which month it is
    const months = Array.from({ length: 12 }, (_, n) => SEEN_IN - n).flatMap(month => [
      ...lived(15, month % 3 === 2 ? 'won' : 'open', 60, 'PROPOSAL', month),
      ...lived(15, 'lost', 20, 'PROPOSAL', month),
    ])
    const from = (at: number) => winCurve(months, { at, promise: () => 0.5 }).within(10, 6)
    const [january, march] = [from(Date.UTC(2030, 0, 5)), from(Date.UTC(2030, 2, 5))]
    expect(january).toBeLessThan(0.1)
    expect(march).toBeGreaterThan(0.55)
    expect(winCurve(months, { at: AT, promise: () => 0.5 }).whateverMonth(10, 6)).toBeCloseTo(0.25, 9)
    const { factors } = forecastOf({ open: [deal(1, 50, null, 10)], seen: months, groups: [] }, { at: AT, within: 6 })
    expect(factors.find(({ kind }) => kind === 'QUARTER')!.times).toBeLessThan(0.5)
  })

  test('owners, sizes and stages count as far as they differ by more than chance', () => {
    const group = (kind: ClosedGroup['kind'], key: string, won: number, lost: number) => ({
      kind,
      key,
      won,
      lost,
    })
    expect(
      shrunkRates([
        { won: 52, closed: 100 },
        { won: 48, closed: 100 },
      ]),
    ).toEqual([1, 1])
    const [better, worse] = shrunkRates([
      { won: 80, closed: 100 },
      { won: 20, closed: 100 },
    ])
    expect(better).toBeGreaterThan(3)
    expect(better).toBeLessThan(4) // 4 are the odds of 80 in 100
    expect(worse).toBeCloseTo(1 / better!, 9)
    expect(shrunkRates([{ won: 5, closed: 5 }])).toEqual([1])

    const groups = [group('OWNER', 'ana', 80, 20), group('OWNER', 'bia', 20, 80), group('STAGE', 'PROPOSAL', 100, 100)]
    const expected = (owner: string | null, probability = 50) => {
      const { totals, factors } = of([{ ...deal(1000, probability), owner }], closed(100, 100), DAYS, groups)
      return { expected: totals[0]!.expected, factors }
    }
    expect(expected('ana').expected).toBeGreaterThan(700)
    expect(expected('bia').expected).toBeLessThan(300)
    expect(expected('carla').expected).toBeCloseTo(expected(null).expected, 9)
    expect(expected('ana').factors).toMatchObject([{ kind: 'OWNER', of: 'ana', won: 80, expected: 50 }])
    const learnt = [group('STAGE', 'NEGOTIATION', 10, 90), group('STAGE', 'PROPOSAL', 100, 100)]
    const stage = of([deal(1000, 75)], closed(100, 100), DAYS, learnt)
    expect(stage.totals[0]!.expected).toBeLessThan(250) // its stage promises 750
    expect(of([deal(1000, 74)], closed(100, 100), DAYS, learnt).totals[0]!.expected).toBeGreaterThan(650) // a person says otherwise
    expect(stage.factors).toMatchObject([{ kind: 'STAGE', of: 'NEGOTIATION', won: 10 }])
  })

  test('thousands of open deals are added up as a few are', () => {
    const row = (deals: readonly OpenDeal[]) => of(deals, closed(2000, 2000)).totals[0]!
    const many = row([...deals(3000, 10), ...deals(2, 4000)])
    expect(many).toMatchObject({ deals: 3002, pipeline: 38_000 })
    expect(many.expected).toBeCloseTo(19_000, -2)
    expect(many.p50).toBeCloseTo(19_000, -3)
    const few = row([...deals(99, 100), ...deals(2, 4000)]) // one by one, but for one
    const all = row([...deals(98, 100), ...deals(2, 4000)])
    expect(Math.abs(few.p90 - all.p90)).toBeLessThan(200)
    expect(Math.abs(few.p10 - all.p10)).toBeLessThan(200)
  })

  test('follows how deals really ended', () => {
    const { totals, correction } = of(deals(10), closed(5, 45))
    expect(correction).toBeLessThan(0.3)
    expect(totals[0]!.expected).toBeLessThan(2500)
    expect(of(deals(10), closed(45, 5)).totals[0]!.expected).toBeGreaterThan(7500)
  })

  test('without history it is what the stages promise, at any age', () => {
    expect(of([deal(1000, 25, null, 200)], []).totals[0]!.expected).toBeCloseTo(250, -2)
    expect(of([deal(1000, 25, null, 200)], []).correction).toBeCloseTo(1, 9)
  })

  test('goes by the age of a deal and by how long winners take', () => {
    // Deals are won in their third month or never; a year later all that are left are dead
    const seen = [...lived(75, 'won', 200), ...lived(20, 'lost', 200), ...lived(365, 'open', 100)]
    const expected = (age: number, within: number) => of([deal(1000, 50, null, age)], seen, within).totals[0]!.expected
    expect(expected(0, 30)).toBeLessThan(20)
    expect(expected(0, 90)).toBeCloseTo(400, -2)
    expect(expected(60, 30)).toBeCloseTo(667, -2)
    expect(expected(200, 90)).toBeLessThan(60)
    const { ages } = of([deal(1, 50, null, 60), deal(1, 50, null, 200)], seen)
    expect(ages).toMatchObject([
      { from: 30, to: 90, open: 1, seen: 300 },
      { from: 180, to: null, open: 1, seen: 100, won: 0 },
    ])
    expect(ages[0]!.won).toBeCloseTo(2 / 3, 6)
  })

  test('a stage sets a deal apart from the others of its age', () => {
    const seen = [
      ...lived(5, 'won', 40, 'QUALIFICATION'),
      ...lived(5, 'lost', 40, 'QUALIFICATION'),
      ...lived(5, 'won', 40, 'NEGOTIATION'),
      ...lived(5, 'lost', 40, 'NEGOTIATION'),
    ]
    const expected = (probability: number) => of([deal(1000, probability)], seen).totals[0]!.expected
    expect(expected(25)).toBeLessThan(400)
    expect(expected(50)).toBeCloseTo(500, -1)
    expect(expected(75)).toBeGreaterThan(600)
    expect(expected(100)).toBeCloseTo(1000, 0)
  })

  test('months stand in their order, those without one last, and every amount in its currency', () => {
    const { months, totals } = of(
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

describe.each(DATABASE_KINDS)('the forecast of records, on %s,', kind => {
  let core: TestCore
  const FROM = { source: 'test' }
  const DAY = 86_400_000
  beforeAll(async () => {
    core = await openTestCore(kind)
  }, 120_000)
  afterAll(() => core?.close())

  const value = { amount: '1000.00', currency: 'BRL' as const }
  const open = async (leadId: string) =>
    (await openDeal(core, core.workspaceId, { leadId, title: 'Deal', value, stage: 'QUALIFICATION' }, FROM)).id
  const move = (id: string, stage: DealStage) => moveDeal(core, core.workspaceId, { id, stage }, FROM)
  const asked = (days = 365) => {
    const to = core.clock.now().getTime() + 1000
    return forecast(core, core.workspaceId, {
      from: new Date(to - days * DAY).toISOString(),
      to: new Date(to).toISOString(),
      within: 30,
    })
  }

  test(
    'counts the days of every deal, each in its stages, those of a period, and no sample',
    { timeout: 60_000 },
    async () => {
      const { leadId } = await captureLead(
        core,
        core.workspaceId,
        leadInput.parse({ name: 'Bia Prado', email: 'bia@prado.example' }),
        FROM,
      )
      const ids: string[] = []
      for (let n = 0; n < 24; n++) ids.push(await open(leadId))
      core.clock.advance(20 * DAY)
      for (const id of ids.slice(0, 12)) await move(id, 'NEGOTIATION')
      core.clock.advance(20 * DAY)
      for (const id of ids.slice(0, 6)) await move(id, 'WON')
      for (const id of ids.slice(6, 9)) await move(id, 'LOST')
      await move(ids[9]!, 'WON') // by mistake: it goes on
      await move(ids[9]!, 'NEGOTIATION')
      core.clock.advance(60 * DAY)
      const seen = await asked()
      expect(seen).toMatchObject({ won: 6, lost: 3, open: 15, unpriced: 0, undated: 15, enough: true })
      expect(seen.ages).toMatchObject([{ from: 90, to: 180, open: 15, seen: 15, won: 0 }])
      const young = await open(leadId)
      const both = await asked()
      expect(both.ages[0]).toMatchObject({ from: 0, to: 30, open: 1, seen: 25, won: 0 }) // none was won in its first 30 days
      core.clock.advance(15 * DAY)
      const due = (await asked()).ages[0]!
      expect(due).toMatchObject({ open: 1, seen: 25 })
      expect(due.won).toBeCloseTo(6 / 24, 6)
      // Of the last 60 days alone: nobody was closed in them, and no young deal but one was seen
      expect(await asked(60)).toMatchObject({ won: 0, lost: 0, open: 16, enough: false })

      const before = await asked()
      const sample = await captureSampleLead(core, core.workspaceId, 'pt-BR')
      const [won, lost] = [await open(sample.leadId), await open(sample.leadId)]
      await open(sample.leadId)
      await move(won, 'WON')
      await move(lost, 'LOST')
      expect(await asked()).toEqual(before)
      await move(young, 'LOST')
      expect((await asked()).lost).toBe(before.lost + 1)
    },
  )
})
