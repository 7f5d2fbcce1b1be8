import { defineAction, Findings, findingsShape, lastDays, sayAmounts, sayMoney, sayPeriod, z } from 'trae-os/sdk'
import { at, days, judge, judgement } from '../judge.ts'

const channel = z.object({
  channel: z.string(),
  leads: z.int(),
  qualified: z.int(),
  met: z.int(),
  won: z.int(),
  revenue: z.record(z.string(), z.string()).describe('By currency, of deals won.'),
})
const paid = z.object({
  channel: z.string(),
  currency: z.string(),
  spend: z.number().describe('In whole units of the currency.'),
  impressions: z.int(),
  clicks: z.int(),
  leads: z.int().describe('As the campaigns count them.'),
  costPerLead: z.number().nullable(),
  clickRate: z.number().nullable(),
})

export const channelAudit = defineAction({
  title: 'Audit the channels',
  description:
    'What each channel brings, from the lead to the deal, and what the paid ones cost for a click and a lead.',
  input: z.object({ days: days.default(90), at }),
  output: z.object({ ...findingsShape, channels: z.array(channel), paid: z.array(paid), judgement }),
  effect: 'read',
  idempotency: 'none',
  sample: { days: 90 },
  run: async ({ days, at }, ctx) => {
    const { locale } = ctx.workspace
    const t = (key: string, values: Record<string, string | number> = {}) => ctx.t(key, values, locale)
    const period = lastDays(days, at)
    const findings = new Findings()
    const [bySource, byMedium, messages, campaigns, spent] = await Promise.all([
      ctx.records.figures.leads({ ...period, by: 'source' }),
      ctx.records.figures.leads({ ...period, by: 'medium' }),
      ctx.records.figures.messages(period),
      ctx.records.campaigns.list({}),
      ctx.records.campaigns.figures({ from: period.from.slice(0, 10), to: period.to.slice(0, 10) }),
    ])
    const channels = [...bySource, ...byMedium]
      .filter(({ value }) => value !== null)
      .map(({ value, leads, qualified, met, won, revenue }) => ({
        channel: value!,
        leads,
        qualified,
        met,
        won,
        revenue,
      }))
    if (channels.length === 0) findings.missing(t('channels'), t('icp.needs.leads'))
    for (const one of channels)
      findings.fact(
        one.channel,
        t('channel.funnel', { ...one, revenue: sayAmounts(one.revenue, locale) }),
        'records',
        `leads ${sayPeriod(period)}`,
      )
    if (byMedium.every(({ value }) => value === null)) findings.missing(t('channel.medium'), t('channel.needs.utm'))
    for (const one of messages)
      if (one.leadsWritten > 0)
        findings.fact(
          t('channel.answers', { channel: one.channel }),
          t('channel.answered', { ...one }),
          'records',
          `messages ${sayPeriod(period)}`,
        )

    const paid = paidOf(campaigns, spent)
    if (paid.length === 0) findings.missing(t('channel.cost'), t('channel.needs.campaigns'))
    for (const one of paid)
      findings.fact(
        t('channel.paid', { channel: one.channel }),
        t('channel.spent', {
          impressions: one.impressions,
          clicks: one.clicks,
          leads: one.leads,
          spend: sayMoney(one.spend, one.currency, locale),
          costPerLead: one.costPerLead === null ? '–' : sayMoney(one.costPerLead, one.currency, locale),
        }),
        'records',
        `campaigns ${sayPeriod(period)}`,
      )
    return { channels, paid, judgement: await judge(ctx, findings, 'channel-audit'), ...findings.shown }
  },
})

interface Spent {
  readonly campaignId: string
  readonly currency: string
  readonly impressions: number
  readonly clicks: number
  readonly leads: number
  readonly spend: number
}

/** Per channel and currency: money of two currencies is never added. */
function paidOf(
  campaigns: readonly { id: string; channel: string }[],
  days: readonly Spent[],
): z.output<typeof paid>[] {
  const sums = new Map<
    string,
    { channel: string; currency: string; spend: number; impressions: number; clicks: number; leads: number }
  >()
  for (const { campaignId, currency, ...day } of days) {
    const channel = campaigns.find(({ id }) => id === campaignId)?.channel ?? '?'
    const sum = sums.get(`${channel} ${currency}`) ?? {
      channel,
      currency,
      spend: 0,
      impressions: 0,
      clicks: 0,
      leads: 0,
    }
    for (const key of ['spend', 'impressions', 'clicks', 'leads'] as const) sum[key] += day[key]
    sums.set(`${channel} ${currency}`, sum)
  }
  return [...sums.values()].map(({ spend, ...sum }) => ({
    ...sum,
    spend: spend / 100,
    costPerLead: sum.leads === 0 ? null : spend / 100 / sum.leads,
    clickRate: sum.impressions === 0 ? null : sum.clicks / sum.impressions,
  }))
}
