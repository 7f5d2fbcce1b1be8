import {
  defineAction,
  draft,
  Findings,
  findingsShape,
  lastDays,
  sayIn,
  sayMoney,
  sayPeriod,
  sayShare,
  shareOf,
  z,
} from 'trae-os/sdk'
import { write } from '../write.ts'

/** Below this many closed deals a band of prices says nothing. */
const LEAST = 8

export const priceAnalysis = defineAction({
  title: 'Analyse prices',
  description:
    'At which prices deals are won and lost: four bands with as many deals each, the share won in each and how sure that is; and the margin of the ' +
    'prices given. Deals of one currency at a time.',
  input: z.object({
    currency: z.enum(['BRL', 'USD', 'EUR']).default('BRL'),
    days: z.int().min(30).max(1095).default(365),
    at: z.iso.datetime({ offset: true }).nullish().describe('The moment for which it holds; now without it.'),
    prices: z
      .array(
        z.object({ name: z.string().min(1).max(100), price: z.number().min(0), cost: z.number().min(0).nullish() }),
      )
      .max(20)
      .default([])
      .describe('What is offered, and what it costs you.'),
  }),
  output: z.object({
    ...findingsShape,
    bands: z.array(
      z.object({
        from: z.number(),
        to: z.number(),
        deals: z.int(),
        won: z.int(),
        share: z.number(),
        low: z.number(),
        high: z.number(),
      }),
    ),
    margins: z.array(z.object({ name: z.string(), margin: z.number().describe('Share of the price that is left.') })),
    draft,
  }),
  effect: 'read',
  idempotency: 'none',
  sample: { currency: 'BRL', prices: [{ name: 'Pro', price: 300, cost: 90 }] },
  run: async ({ currency, days, at, prices }, ctx) => {
    const say = sayIn(ctx)
    const { locale } = ctx.workspace
    const money = (amount: number) => sayMoney(amount, currency, locale)
    const findings = new Findings()
    const period = lastDays(days, at)
    const { closed, lostReasons } = await ctx.records.figures.deals(period)
    const bands = bandsOf(closed.filter(deal => deal.currency === currency))
    if (bands.length === 0) findings.missing(say('price.bands'), say('price.needs.deals', { least: LEAST, currency }))
    for (const { from, to, won, deals, share, low, high } of bands)
      findings.fact(
        `${money(from)} – ${money(to)}`,
        say('price.band', {
          won,
          deals,
          share: sayShare(share, locale),
          low: sayShare(low, locale),
          high: sayShare(high, locale),
        }),
        'records',
        `deals ${sayPeriod(period)}`,
      )
    for (const { reason, deals } of lostReasons.slice(0, 8))
      if (reason !== null) findings.fact(say('price.lost', { deals }), reason, 'records', `deals ${sayPeriod(period)}`)
    const margins = prices.flatMap(({ name, price, cost }, i) => {
      findings.fact(say('price.of', { name }), money(price), 'given', `input.prices[${i}].price`)
      if (cost == null || price === 0) {
        findings.missing(say('price.margin', { name }), say('price.needs.cost', { name }))
        return []
      }
      const margin = (price - cost) / price
      findings.fact(say('price.margin', { name }), sayShare(margin, locale), 'computed', `input.prices[${i}]`)
      return [{ name, margin }]
    })
    return { bands, margins, draft: await write(ctx, findings, 'price-analysis'), ...findings.shown }
  },
})

/** Four bands with as many deals each; equal prices stay in one. */
function bandsOf(deals: readonly { won: boolean; amount: string }[]) {
  if (deals.length < LEAST) return []
  const sorted = deals.map(({ won, amount }) => ({ won, amount: Number(amount) })).sort((a, b) => a.amount - b.amount)
  const bands: { won: boolean; amount: number }[][] = []
  for (const deal of sorted) {
    const last = bands.at(-1)
    if (last && (last.length < sorted.length / 4 || last.at(-1)!.amount === deal.amount)) last.push(deal)
    else bands.push([deal])
  }
  return bands.map(band => {
    const won = band.filter(deal => deal.won).length
    const { share, low, high } = shareOf(won, band.length)
    return { from: band[0]!.amount, to: band.at(-1)!.amount, deals: band.length, won, share: share!, low, high }
  })
}
