import { defineAction, draft, Findings, findingsShape, sayAmounts, sayIn, sayPeriod, sayShare, z } from 'trae-os/sdk'
import { gatherBoth, isShare, METRICS, MODULE_OF, period } from '../gather.ts'
import { write } from '../write.ts'

export const consolidatedMetrics = defineAction({
  title: 'Consolidate the figures',
  description:
    'The figures of all modules for a period, each beside the period before. With a model also a summary in words.',
  input: z.object(period),
  output: z.object({
    ...findingsShape,
    metrics: z.array(
      z.object({
        name: z.enum(METRICS),
        module: z.string(),
        now: z.number().nullable(),
        before: z.number().nullable(),
      }),
    ),
    revenue: z.record(z.string(), z.string()).describe('Of deals won, by currency.'),
    mrr: z.record(z.string(), z.string()).describe('A month, of customers who stay, by currency.'),
    draft,
  }),
  effect: 'read',
  idempotency: 'none',
  sample: { days: 30 },
  run: async (input, ctx) => {
    const say = sayIn(ctx)
    const { locale } = ctx.workspace
    const findings = new Findings()
    const { now, here, earlier } = await gatherBoth(ctx, input)
    const metrics = METRICS.map(name => ({
      name,
      module: MODULE_OF[name],
      now: here.values[name],
      before: earlier.values[name],
    }))
    for (const { name, now: value, before } of metrics) {
      const show = (figure: number | null) =>
        figure === null ? '–' : isShare(name) ? sayShare(figure, locale) : String(figure)
      if (value === null) findings.missing(say(`metric.${name}`), say('metric.needs'))
      else
        findings.fact(
          say(`metric.${name}`),
          say('metric.both', { now: show(value), before: show(before) }),
          'records',
          sayPeriod(now),
        )
    }
    const { revenue, mrr } = here
    if (Object.keys(revenue).length === 0) findings.missing(say('revenue'), say('revenue.needs'))
    else findings.fact(say('revenue'), sayAmounts(revenue, locale), 'records', sayPeriod(now))
    if (Object.keys(mrr).length > 0) findings.fact(say('mrr'), sayAmounts(mrr, locale), 'records', sayPeriod(now))
    const any = metrics.some(({ now: value }) => value)
    return {
      metrics,
      revenue,
      mrr,
      draft: any ? await write(ctx, findings, 'consolidated-metrics') : null,
      ...findings.shown,
    }
  },
})
