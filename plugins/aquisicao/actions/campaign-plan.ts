import { defineAction, draft, Findings, findingsShape, lastDays, sayIn, sayMoney, sayPeriod, z } from 'trae-os/sdk'
import { write } from '../write.ts'

/** Leads that a channel must have brought before its cost says anything. */
const LEAST = 10
/** Of the budget, for channels of which nothing is known yet. */
const TRY = 0.2

export const campaignPlan = defineAction({
  title: 'Plan campaigns',
  description:
    'Divides a budget among channels by what a lead has cost on each, and keeps a fifth for those without history. Says how many leads that may bring, ' +
    'and how sure that is; a channel without history gets no forecast.',
  input: z.object({
    budget: z.number().min(1),
    currency: z.enum(['BRL', 'USD', 'EUR']).default('BRL'),
    channels: z.array(z.string().trim().min(1).max(60)).min(1).max(12).describe('As the campaigns name them.'),
    days: z.int().min(7).max(730).default(180).describe('How far back costs count.'),
    at: z.iso.datetime({ offset: true }).nullish(),
    goal: z.string().trim().max(500).nullish(),
  }),
  output: z.object({
    ...findingsShape,
    plan: z.array(
      z.object({
        channel: z.string(),
        budget: z.number(),
        costPerLead: z.number().nullable().describe('Null: nothing is known.'),
        leads: z.object({ low: z.int(), expected: z.int(), high: z.int() }).nullable(),
      }),
    ),
    draft,
  }),
  effect: 'read',
  idempotency: 'none',
  sample: { budget: 5000, channels: ['meta', 'google'] },
  run: async ({ budget, currency, channels, days, at, goal }, ctx) => {
    const say = sayIn(ctx)
    const { locale } = ctx.workspace
    const findings = new Findings()
    const period = lastDays(days, at)
    const [campaigns, spent] = await Promise.all([
      ctx.records.campaigns.list({}),
      ctx.records.campaigns.figures({ from: period.from.slice(0, 10), to: period.to.slice(0, 10) }),
    ])
    findings.fact(say('plan.budget'), sayMoney(budget, currency, locale), 'given', 'input.budget')
    const known = channels.map(channel => {
      const ids = new Set(campaigns.filter(one => one.channel === channel).map(({ id }) => id))
      const own = spent.filter(day => ids.has(day.campaignId) && day.currency === currency)
      const leads = own.reduce((sum, day) => sum + day.leads, 0)
      const spend = own.reduce((sum, day) => sum + day.spend, 0) / 100
      if (leads >= LEAST)
        findings.fact(
          channel,
          say('plan.cost', {
            leads,
            spend: sayMoney(spend, currency, locale),
            cost: sayMoney(spend / leads, currency, locale),
          }),
          'records',
          `campaigns ${sayPeriod(period)}`,
        )
      else findings.missing(say('plan.forecast', { channel }), say('plan.needs', { least: LEAST, leads }))
      return { channel, leads, cost: leads >= LEAST ? spend / leads : null }
    })
    const plan = divide(budget, known)
    for (const { channel, budget: part } of plan)
      findings.fact(say('plan.part', { channel }), sayMoney(part, currency, locale), 'computed', 'input.budget')
    findings.told(say, { goal })
    await findings.recall(ctx, 'aquisicao', goal ?? say('query'))
    return { plan, draft: await write(ctx, findings, 'campaign-plan'), ...findings.shown }
  },
})

/** Cheaper leads get more, in inverse proportion to their cost; what was seen of few leads spreads widely (Poisson). */
function divide(budget: number, known: readonly { channel: string; leads: number; cost: number | null }[]) {
  const fresh = known.filter(({ cost }) => cost === null).length
  const forFresh = fresh === 0 ? 0 : fresh === known.length ? budget : budget * TRY
  const whole = known.reduce((sum, { cost }) => sum + (cost ? 1 / cost : 0), 0)
  return known.map(({ channel, leads, cost }) => {
    if (cost === null) return { channel, budget: round(forFresh / fresh), costPerLead: null, leads: null }
    const part = whole === 0 ? 0 : ((budget - forFresh) / cost) * (1 / whole)
    const expected = cost === 0 ? 0 : part / cost
    // Both what was seen and what will come vary
    const spread = 1.96 * Math.sqrt(expected + (expected * expected) / leads)
    const low = Math.max(0, Math.floor(expected - spread))
    return {
      channel,
      budget: round(part),
      costPerLead: round(cost),
      leads: { low, expected: Math.round(expected), high: Math.ceil(expected + spread) },
    }
  })
}
const round = (amount: number) => Math.round(amount * 100) / 100
