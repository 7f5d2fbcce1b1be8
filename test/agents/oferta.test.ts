import { afterAll, describe, expect, test } from 'vitest'
import { closeTests } from '../../core/testing/testing.ts'
import { sales, skill, SOON } from './agent.ts'

afterAll(closeTests)
const DRAFT = { parts: [{ heading: 'One', text: 'Say this.', facts: ['F1'] }] }

describe('the offer', { timeout: 120_000 }, () => {
  test('prices: where deals are won, with as many in each band, and margins only of known costs', async () => {
    const { output } = await skill<{ bands: { from: number; won: number; deals: number }[]; margins: unknown }>(
      'oferta',
      'price-analysis',
      {
        ...sales(
          { source: 'WEBSITE', leads: 6, won: 5, lost: 1, amount: '100.00' },
          { source: 'EVENT', leads: 6, won: 1, lost: 5, amount: '900.00' },
        ),
        input: {
          at: SOON,
          prices: [
            { name: 'Pro', price: 100, cost: 25 },
            { name: 'Max', price: 300 },
          ],
        },
      },
    )
    expect(output.bands).toMatchObject([
      { from: 100, to: 100, deals: 6, won: 5 },
      { from: 900, to: 900, deals: 6, won: 1 },
    ])
    expect(output.margins).toEqual([{ name: 'Pro', margin: 0.75 }])
    expect(output.notKnown.map(({ what }) => what)).toContain('Margin of Max')
  })

  test('a ladder: each step, what is new on it and what is wrong with it', async () => {
    const { output } = await skill<{ ladder: { name: string; problems: string[]; adds: string[] }[] }>(
      'oferta',
      'offer-ladder',
      {
        input: {
          offers: [
            { name: 'C', price: 1000, cost: 1200, includes: ['a', 'b', 'c'] },
            { name: 'A', price: 100, includes: ['a'] },
            { name: 'B', price: 110, includes: ['a'] },
          ],
        },
      },
    )
    expect(output.ladder.map(({ name, problems, adds }) => [name, problems, adds])).toEqual([
      ['A', [], ['a']],
      ['B', ['too-near', 'nothing-new'], []],
      ['C', ['too-far', 'below-cost'], ['b', 'c']],
    ])
  })

  test('material and scripts are written by the model, from real objections', async () => {
    const { output, asked } = await skill<{ objections: unknown; draft: unknown }>('oferta', 'sales-scripts', {
      ...sales({ source: 'WEBSITE', leads: 2, lost: 2 }),
      input: { kind: 'objections', product: 'TRAE', at: SOON },
      model: [DRAFT],
    })
    expect(output.objections).toEqual([{ reason: 'Preço; foi para o Concorrente Á', deals: 2 }])
    expect(output.draft).toEqual(DRAFT)
    expect(asked[0]!.prompt).toContain('Lost (2 deals): Preço')
    const without = await skill<{ draft: unknown }>('oferta', 'sales-material', { input: { product: 'TRAE' } })
    expect(without.output.draft).toBeNull()
    expect(without.output.notKnown.map(({ what }) => what)).toContain('Proof')
  })
})
