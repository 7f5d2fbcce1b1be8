import { defineAction, type FigurePeriod, Findings, findingsShape, lastDays, sayIn, sayPeriod, z } from 'trae-os/sdk'
import { gather, isShare, METRICS, MODULE_OF } from '../gather.ts'

export const dashboards = defineAction({
  title: 'Fill a dashboard',
  description:
    'Cards with the figures that you choose and how each went over the last periods, ready to be drawn. Counts only; writes nothing.',
  input: z.object({
    metrics: z.array(z.enum(METRICS)).min(1).max(11).default(['leads', 'met', 'won', 'winRate', 'customers']),
    every: z.int().min(1).max(90).default(7).describe('Days of a period.'),
    periods: z.int().min(2).max(26).default(8),
    at: z.iso.datetime({ offset: true }).nullish(),
  }),
  output: z.object({
    ...findingsShape,
    cards: z.array(
      z.object({
        metric: z.enum(METRICS),
        title: z.string(),
        module: z.string(),
        unit: z.enum(['count', 'share']),
        value: z.number().nullable().describe('Of the last period.'),
        series: z
          .array(z.object({ from: z.string(), to: z.string(), value: z.number().nullable() }))
          .describe('Oldest first.'),
      }),
    ),
  }),
  effect: 'read',
  idempotency: 'none',
  sample: { metrics: ['leads', 'won'], every: 7, periods: 4 },
  run: async ({ metrics, every, periods, at }, ctx) => {
    const say = sayIn(ctx)
    const findings = new Findings()
    const end = Date.parse(lastDays(0, at).to)
    const spans = [...Array(periods).keys()].map(i =>
      lastDays(every, new Date(end - (periods - 1 - i) * every * 86_400_000).toISOString()),
    )
    const filled: { span: FigurePeriod; values: Awaited<ReturnType<typeof gather>>['values'] }[] = []
    for (const span of spans) filled.push({ span, values: (await gather(ctx, span)).values })
    const cards = metrics.map(metric => {
      // Customers are counted as they are now: a series of them would repeat one figure
      const standing = metric === 'customers' || metric === 'atRisk'
      const shown = standing ? filled.slice(-1) : filled
      const series = shown.map(({ span, values }) => ({
        from: span.from.slice(0, 10),
        to: span.to.slice(0, 10),
        value: values[metric],
      }))
      const value = series.at(-1)!.value
      if (value === null) findings.missing(say(`metric.${metric}`), say('metric.needs'))
      else findings.fact(say(`metric.${metric}`), String(value), 'records', sayPeriod(spans.at(-1)!))
      if (standing)
        findings.missing(say('dashboard.past', { metric: say(`metric.${metric}`) }), say('dashboard.past.needs'))
      return {
        metric,
        title: say(`metric.${metric}`),
        module: MODULE_OF[metric],
        unit: isShare(metric) ? ('share' as const) : ('count' as const),
        value,
        series,
      }
    })
    return { cards, ...findings.shown }
  },
})
