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
    'What the open deals are likely to bring within some days, by month and currency: by how many deals of their age were won so soon, and their stage. ' +
    'Says between which limits it lies in eight of ten cases. Fewer than five closed deals: no forecast.',
  input: z.object({
    days: z.int().min(30).max(1095).default(365).describe('How far back closed deals count.'),
    within: z.int().min(1).max(365).default(90).describe('How many days it looks ahead.'),
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
    correction: z
      .number()
      .describe('What the probabilities were multiplied by, in odds, taken together: 1 changes nothing.'),
    factors: z
      .array(
        z.object({
          kind: z.enum(['QUARTER', 'LEVEL', 'OWNER', 'SIZE', 'STAGE']),
          of: z.string().nullable().describe('Id of the owner, amount from which on, stage; null: of all deals.'),
          won: z.number(),
          expected: z.number().describe('As many would be usual.'),
          times: z.number().describe('What chances or odds are multiplied by.'),
        }),
      )
      .describe('Why: what sets the chances apart beside age.'),
    unpriced: z.int().describe('Open deals without a value: they count for nothing.'),
    draft,
  }),
  effect: 'read',
  idempotency: 'none',
  sample: { days: 365, within: 90 },
  run: async ({ days, within, at }, ctx) => {
    const say = sayIn(ctx)
    const { locale } = ctx.workspace
    const findings = new Findings()
    const span = lastDays(days, at)
    const {
      months: rows,
      ages,
      factors,
      open,
      won,
      lost,
      unpriced,
      undated,
      correction,
      enough,
    } = await ctx.records.figures.forecast({ ...span, within })
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
    if (enough)
      for (const { from, seen, won: share } of ages)
        if (share !== null)
          findings.fact(
            say('forecast.age', { from }),
            say('forecast.ageWon', { won: Math.round(share * seen), seen, within }),
            'computed',
            `deals ${sayPeriod(span)}`,
          )

    if (enough)
      for (const { kind, of, won: had, expected } of factors)
        if (kind !== 'OWNER')
          // whose deals they are is for the dashboard: no name goes to a model
          findings.fact(
            of === null
              ? say(`forecast.factor.${kind}`)
              : `${say(`forecast.factor.${kind}`)}: ${nameOf(say, kind, of, locale)}`,
            say(`forecast.${kind === 'QUARTER' ? 'quarter' : kind === 'LEVEL' ? 'level' : 'apart'}`, {
              won: Math.round(had),
              expected: Math.round(expected),
            }),
            'computed',
            `deals ${sayPeriod(span)}`,
          )

    const months = enough ? rows.map(({ p10, p50, p90, ...row }) => ({ ...row, low: p10, median: p50, high: p90 })) : []
    for (const { month, currency, expected, low, high, deals } of months)
      findings.fact(
        month ?? say('forecast.someday'),
        say('forecast.month', {
          deals,
          within,
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
      factors: enough ? [...factors] : [],
      unpriced,
      draft: open === 0 ? null : await write(ctx, findings, 'forecast'),
      ...findings.shown,
    }
  },
})

const nameOf = (
  say: (key: string) => string,
  kind: 'QUARTER' | 'LEVEL' | 'SIZE' | 'STAGE',
  of: string,
  locale: string,
) => (kind === 'STAGE' ? say(`forecast.stage.${of}`) : new Intl.NumberFormat(locale).format(Number(of)))
