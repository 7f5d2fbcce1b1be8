import { defineAction, Findings, findingsShape, lastDays, sayAmounts, sayPeriod, sayShare, z } from 'trae-os/sdk'
import { at, days, judge, judgement } from '../judge.ts'

const NAMES = ['leads', 'qualified', 'met', 'won', 'qualifyRate', 'meetingRate', 'winRate'] as const

const metric = z.object({
  name: z.enum(NAMES),
  now: z.number().nullable(),
  before: z.number().nullable().describe('In the same number of days before that.'),
  change: z
    .enum(['up', 'down', 'no-difference', 'unknown'])
    .describe('Up or down only where chance does not explain it (95 %).'),
})

export const metricsAnalysis = defineAction({
  title: 'Analyse the figures',
  description:
    'Leads, meetings, deals and what share of each goes on, beside the same number of days before. Says of each whether it changed, or ' +
    'whether that may be chance.',
  input: z.object({ days: days.default(30), at }),
  output: z.object({ ...findingsShape, metrics: z.array(metric), judgement }),
  effect: 'read',
  idempotency: 'none',
  sample: { days: 30 },
  run: async ({ days, at }, ctx) => {
    const { locale } = ctx.workspace
    const t = (key: string, values: Record<string, string | number> = {}) => ctx.t(key, values, locale)
    const period = lastDays(days, at)
    const earlier = lastDays(days, period.from)
    const findings = new Findings()
    const [now, before] = await Promise.all(
      [period, earlier].map(async span => {
        const [[leads], deals] = await Promise.all([ctx.records.figures.leads(span), ctx.records.figures.deals(span)])
        return { leads: leads?.leads ?? 0, qualified: leads?.qualified ?? 0, met: leads?.met ?? 0, deals }
      }),
    )
    const metrics = compare(now!, before!)
    for (const { name, now: value, before: was, change } of metrics) {
      const rate = name.endsWith('Rate')
      const say = (figure: number | null) => (figure === null ? '–' : rate ? sayShare(figure, locale) : String(figure))
      if (value === null) findings.missing(t(`metric.${name}`), t('metric.needs'))
      else
        findings.fact(
          t(`metric.${name}`),
          t(`metric.${change}`, { now: say(value), before: say(was) }),
          'records',
          `${sayPeriod(period)} / ${sayPeriod(earlier)}`,
        )
    }
    const { revenue, daysToWin } = now!.deals
    if (Object.keys(revenue).length > 0)
      findings.fact(t('metric.revenue'), sayAmounts(revenue, locale), 'records', `deals ${sayPeriod(period)}`)
    else findings.missing(t('metric.revenue'), t('metric.needs.revenue'))
    if (daysToWin !== null)
      findings.fact(t('metric.daysToWin'), String(Math.round(daysToWin)), 'records', `deals ${sayPeriod(period)}`)
    const any = metrics.some(({ now: value }) => value !== null && value > 0)
    return { metrics, judgement: any ? await judge(ctx, findings, 'metrics-analysis') : null, ...findings.shown }
  },
})

interface Side {
  readonly leads: number
  readonly qualified: number
  readonly met: number
  readonly deals: { readonly won: number; readonly lost: number }
}

function compare(now: Side, before: Side): z.output<typeof metric>[] {
  const count = (name: (typeof NAMES)[number], a: number, b: number) => ({
    name,
    now: a,
    before: b,
    change: counts(a, b),
  })
  const rate = (name: (typeof NAMES)[number], [a, n]: [number, number], [b, m]: [number, number]) => ({
    name,
    now: n === 0 ? null : a / n,
    before: m === 0 ? null : b / m,
    change: n === 0 || m === 0 ? ('unknown' as const) : rates(a, n, b, m),
  })
  const closed = ({ won, lost }: Side['deals']) => won + lost
  return [
    count('leads', now.leads, before.leads),
    count('qualified', now.qualified, before.qualified),
    count('met', now.met, before.met),
    count('won', now.deals.won, before.deals.won),
    rate('qualifyRate', [now.qualified, now.leads], [before.qualified, before.leads]),
    rate('meetingRate', [now.met, now.leads], [before.met, before.leads]),
    rate('winRate', [now.deals.won, closed(now.deals)], [before.deals.won, closed(before.deals)]),
  ]
}

/** Two counts of rare events: their difference has the variance of their sum (Poisson). */
const counts = (a: number, b: number): 'up' | 'down' | 'no-difference' =>
  a + b === 0 ? 'no-difference' : direction((a - b) / Math.sqrt(a + b))

/** Two shares, pooled. */
function rates(a: number, n: number, b: number, m: number) {
  const pooled = (a + b) / (n + m)
  const spread = Math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
  return spread === 0 ? ('no-difference' as const) : direction((a / n - b / m) / spread)
}

const direction = (z: number): 'up' | 'down' | 'no-difference' =>
  z > 1.96 ? 'up' : z < -1.96 ? 'down' : 'no-difference'
