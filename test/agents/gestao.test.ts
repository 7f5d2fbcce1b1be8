import { afterAll, describe, expect, test } from 'vitest'
import { closeTests } from '../../core/testing/testing.ts'
import { sales, skill, SOON } from './agent.ts'

afterAll(closeTests)
const at = SOON

describe('management', { timeout: 120_000 }, () => {
  test('consolidates the figures of all modules, money by currency', async () => {
    const draft = { parts: [{ heading: 'Sales', text: 'One deal was won.', facts: ['F4'] }] }
    const { output } = await skill<{ metrics: { name: string; now: number }[]; revenue: object; draft: unknown }>(
      'gestao',
      'consolidated-metrics',
      {
        ...sales({ source: 'WEBSITE', leads: 4, won: 1, lost: 1 }),
        input: { at },
        model: [draft],
      },
    )
    expect(Object.fromEntries(output.metrics.map(({ name, now }) => [name, now]))).toMatchObject({
      leads: 4,
      won: 1,
      lost: 1,
      winRate: 0.5,
      answered: null,
    })
    expect(output).toMatchObject({ revenue: { BRL: '1000.00' }, draft })
  })

  test('OKRs: by the records where they can be, by what is told else, and never zero for unknown', async () => {
    const { output } = await skill<{ objectives: { progress: number; keyResults: { state: string }[] }[] }>(
      'gestao',
      'okrs',
      {
        ...sales({ source: 'WEBSITE', leads: 5, won: 4 }),
        input: {
          at,
          objectives: [
            {
              title: 'Sell',
              from: '2026-02-01',
              to: '2026-03-31',
              keyResults: [
                { title: 'deals', target: 4, metric: 'won' },
                { title: 'calls', target: 100, current: 10 },
                { title: 'joy', target: 10 },
              ],
            },
          ],
        },
      },
    )
    expect(output.objectives[0]!.keyResults.map(({ state }) => state)).toEqual(['done', 'behind', 'unknown'])
    expect(output.objectives[0]!.progress).toBeCloseTo(0.55)
    expect(output.notKnown[0]!.what).toBe('joy')
  })

  test('a dashboard has a value and a series for each figure', async () => {
    const { output } = await skill<{ cards: { metric: string; value: number; series: { value: number }[] }[] }>(
      'gestao',
      'dashboards',
      {
        ...sales({ source: 'WEBSITE', leads: 3 }),
        input: { at, metrics: ['leads', 'customers'], every: 7, periods: 3 },
      },
    )
    expect(output.cards[0]).toMatchObject({ metric: 'leads', value: 3 })
    expect(output.cards[0]!.series.map(({ value }) => value)).toEqual([0, 0, 3])
    expect(output.cards[1]!.series).toHaveLength(1)
  })

  test('a forecast follows what is really won, with limits, and counts no deal without a value', async () => {
    const { leads, deals } = sales({ source: 'WEBSITE', leads: 40, lost: 30 })
    const open = {
      lead: 35,
      title: 'x',
      stage: 'PROPOSAL',
      value: { amount: '1000.00', currency: 'BRL' },
      expectedCloseOn: '2026-04-10',
    }
    const { output } = await skill<{
      months: { month: string; pipeline: number; expected: number; low: number; high: number }[]
      correction: number
      factors: { kind: string; of: string | null; won: number; expected: number; times: number }[]
      facts: { label: string; value: string; source: string }[]
      unpriced: number
    }>('gestao', 'forecast', {
      leads,
      deals: [...deals, open, { lead: 36, title: 'y', stage: 'PROPOSAL' }],
      input: { at },
    })
    expect(output.correction).toBeLessThan(0.5) // nothing was ever won here
    expect(output.months).toMatchObject([{ month: '2026-04', pipeline: 1000 }])
    expect(output.months[0]!.expected).toBeLessThan(300)
    expect(output.months[0]!.high).toBeLessThanOrEqual(1000)
    expect(output.unpriced).toBe(1)
    // … and why: nothing that had come so far was won, in the answer and in words
    expect(output.factors).toMatchObject([{ kind: 'STAGE', of: 'PROSPECTING', won: 0 }])
    expect(output.factors[0]!.times).toBeLessThan(0.5)
    expect(output.facts).toContainEqual(
      expect.objectContaining({ label: 'Stage: Prospecting', value: '0 deals were won where 1 would be usual' }),
    )
  })

  test('suggests a decision where the figures say so, and none where chance explains them', async () => {
    const of = async (groups: Parameters<typeof sales>) =>
      (
        await skill<{ decisions: { name: string; because: string[] }[] }>('gestao', 'suggested-decisions', {
          ...sales(...groups),
          input: { at },
        })
      ).output
    const bad = await of([{ source: 'WEBSITE', leads: 40, won: 1, lost: 30 }])
    expect(bad.decisions.map(({ name }) => name)).toEqual(['few-qualify', 'few-won'])
    expect(bad.decisions[1]!.because.every(id => bad.facts.some(fact => fact.id === id))).toBe(true)
    const few = await of([{ source: 'WEBSITE', leads: 4, won: 1, lost: 2 }])
    expect(few.decisions).toEqual([])
    expect(few.notKnown[0]!.what).toBe('What to decide')
  })
})
