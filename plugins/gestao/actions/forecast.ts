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
  z,
} from 'trae-os/sdk'
import { write } from '../write.ts'

/** Own outcomes count as this many more of the stage's probability: few deals move it little. */
const PRIOR = 10

export const forecast = defineAction({
  title: 'Forecast revenue',
  description:
    'What the open deals are likely to bring, by month and currency: the probability of each, corrected by how many deals of this workspace are really won. ' +
    'Says between which limits it lies, and which deals cannot be counted.',
  input: z.object({
    days: z.int().min(30).max(1095).default(365).describe('How far back closed deals count.'),
    at: z.iso.datetime({ offset: true }).nullish(),
  }),
  output: z.object({
    ...findingsShape,
    months: z.array(
      z.object({
        month: z.string().nullable().describe('2030-03; null: nobody said when.'),
        currency: z.string(),
        deals: z.int(),
        pipeline: z.number().describe('Were all of them won.'),
        expected: z.number(),
        low: z.number(),
        high: z.number(),
      }),
    ),
    correction: z.number().describe('What the probabilities were multiplied by, in odds: 1 changes nothing.'),
    unpriced: z.int().describe('Open deals without a value: they count for nothing.'),
    draft,
  }),
  effect: 'read',
  idempotency: 'none',
  sample: { days: 365 },
  run: async ({ days, at }, ctx) => {
    const say = sayIn(ctx)
    const { locale } = ctx.workspace
    const findings = new Findings()
    const span = lastDays(days, at)
    const { open, won, lost } = await ctx.records.figures.deals(span)
    const many = open.reduce((sum, { deals }) => sum + deals, 0)
    const unpriced = open.reduce((sum, one) => sum + one.unpriced, 0)
    if (many === 0) findings.missing(say('forecast'), say('forecast.needs.open'))
    else findings.fact(say('forecast.open'), String(many), 'records', 'deals')
    if (unpriced > 0) findings.missing(say('forecast.unpriced', { unpriced }), say('forecast.needs.value'))
    if (open.some(({ month }) => month === null)) findings.missing(say('forecast.when'), say('forecast.needs.when'))
    const believed = many === 0 ? 0 : open.reduce((sum, one) => sum + (one.deals * one.probability) / 100, 0) / many
    const correction = many === 0 ? 1 : correctionOf(believed, won, lost)
    if (won + lost === 0) findings.missing(say('forecast.winRate'), say('forecast.needs.closed'))
    else
      findings.fact(
        say('forecast.winRate'),
        say('forecast.won', { won, closed: won + lost, share: sayShare(won / (won + lost), locale) }),
        'records',
        `deals ${sayPeriod(span)}`,
      )

    const months = monthsOf(open, correction)
    for (const { month, currency, expected, low, high, deals } of months)
      findings.fact(
        month ?? say('forecast.someday'),
        say('forecast.month', {
          deals,
          expected: sayMoney(expected, currency, locale),
          low: sayMoney(low, currency, locale),
          high: sayMoney(high, currency, locale),
        }),
        'computed',
        'deals',
      )
    return {
      months,
      correction,
      unpriced,
      draft: many === 0 ? null : await write(ctx, findings, 'forecast'),
      ...findings.shown,
    }
  },
})

/** The odds by which reality differs from what was believed; with few closed deals hardly at all. */
function correctionOf(believed: number, won: number, lost: number): number {
  const real = (won + PRIOR * believed) / (won + lost + PRIOR)
  const odds = (share: number) => share / (1 - share)
  return believed <= 0 || believed >= 1 || real <= 0 || real >= 1 ? 1 : odds(real) / odds(believed)
}

interface Open {
  readonly month: string | null
  readonly currency: string
  readonly probability: number
  readonly deals: number
  readonly amount: string
  readonly unpriced: number
}

/** Each deal is won or not (Bernoulli), of the mean value of its row; the limits are 95 %, never outside of nothing and all. */
function monthsOf(open: readonly Open[], correction: number) {
  const sums = new Map<
    string,
    { month: string | null; currency: string; deals: number; pipeline: number; expected: number; variance: number }
  >()
  for (const { month, currency, probability, deals, amount, unpriced } of open) {
    const priced = deals - unpriced
    if (priced === 0) continue
    const p = probability / 100
    const chance = p >= 1 ? 1 : (correction * p) / (1 - p + correction * p)
    const mean = Number(amount) / priced
    const key = `${month} ${currency}`
    const sum = sums.get(key) ?? { month, currency, deals: 0, pipeline: 0, expected: 0, variance: 0 }
    sum.deals += priced
    sum.pipeline += Number(amount)
    sum.expected += Number(amount) * chance
    sum.variance += priced * mean * mean * chance * (1 - chance)
    sums.set(key, sum)
  }
  const cents = (amount: number) => Math.round(amount * 100) / 100
  return [...sums.values()].map(({ variance, expected, pipeline, ...sum }) => {
    const spread = 1.96 * Math.sqrt(variance)
    return {
      ...sum,
      pipeline: cents(pipeline),
      expected: cents(expected),
      low: cents(Math.max(0, expected - spread)),
      high: cents(Math.min(pipeline, expected + spread)),
    }
  })
}
