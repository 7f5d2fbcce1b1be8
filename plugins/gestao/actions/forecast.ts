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

export const forecast = defineAction({
  title: 'Forecast revenue',
  description:
    'What the open deals are likely to bring, by month and currency: the probability of each, corrected by how deals of this workspace really ended. ' +
    'Says between which limits it lies in eight of ten cases, and which deals cannot be counted. With fewer than five closed deals it forecasts nothing.',
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
        low: z.number().describe('In nine of ten cases more than this.'),
        median: z.number(),
        high: z.number().describe('In one of ten cases more than this.'),
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
    const {
      months: rows,
      open,
      won,
      lost,
      unpriced,
      undated,
      correction,
      enough,
    } = await ctx.records.figures.forecast(span)
    if (open === 0) findings.missing(say('forecast'), say('forecast.needs.open'))
    else findings.fact(say('forecast.open'), String(open), 'records', 'deals')
    if (unpriced > 0) findings.missing(say('forecast.unpriced', { unpriced }), say('forecast.needs.value'))
    if (undated > 0) findings.missing(say('forecast.when'), say('forecast.needs.when'))
    if (!enough && open > 0) findings.missing(say('forecast'), say('forecast.needs.closed', { closed: won + lost }))
    if (won + lost > 0)
      findings.fact(
        say('forecast.winRate'),
        say('forecast.won', { won, closed: won + lost, share: sayShare(won / (won + lost), locale) }),
        'records',
        `deals ${sayPeriod(span)}`,
      )

    const months = enough ? rows.map(({ p10, p50, p90, ...row }) => ({ ...row, low: p10, median: p50, high: p90 })) : []
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
      draft: open === 0 ? null : await write(ctx, findings, 'forecast'),
      ...findings.shown,
    }
  },
})
