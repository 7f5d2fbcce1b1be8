import {
  defineAction,
  Findings,
  findingsShape,
  lastDays,
  sayAmounts,
  sayPeriod,
  sayShare,
  shareOf,
  z,
} from 'trae-os/sdk'
import { at, days, judge, judgement } from '../judge.ts'

/** What each factor of onboarding/health-score counts at most. */
const WEIGHTS: Readonly<Record<string, number>> = { use: 35, payment: 20, contact: 20, tickets: 15, nps: 10 }

export const csDiagnostic = defineAction({
  title: 'Diagnose customer success',
  description:
    'How the customers are: who came, who left, how healthy the rest are and which part of their health is weakest.',
  input: z.object({ days: days.default(90), at }),
  output: z.object({
    ...findingsShape,
    customers: z.int(),
    churned: z.int(),
    churnRate: z.number().nullable().describe('Of those who were there when the period began.'),
    atRisk: z.int().describe('With a health below 70.'),
    weakest: z.string().nullable().describe('The factor of health that is furthest from what it could be.'),
    judgement,
  }),
  effect: 'read',
  idempotency: 'none',
  sample: { days: 90 },
  run: async ({ days, at }, ctx) => {
    const { locale } = ctx.workspace
    const t = (key: string, values: Record<string, string | number> = {}) => ctx.t(key, values, locale)
    const period = lastDays(days, at)
    const from = `customers ${sayPeriod(period)}`
    const findings = new Findings()
    const figures = await ctx.records.figures.customers(period)
    const customers = figures.onboarding + figures.active
    const churnRate = shareOf(figures.churned, figures.atStart).share
    const atRisk = figures.bands.filter(({ to }) => to < 70).reduce((sum, band) => sum + band.customers, 0)

    if (customers + figures.churned === 0) findings.missing(t('customers'), t('cs.needs.customers'))
    else {
      findings.fact(
        t('customers'),
        t('cs.customers', { onboarding: figures.onboarding, active: figures.active }),
        'records',
        from,
      )
      findings.fact(
        t('cs.movement'),
        t('cs.moved', { started: figures.started, churned: figures.churned }),
        'records',
        from,
      )
      if (churnRate === null) findings.missing(t('cs.churnRate'), t('cs.needs.start'))
      else findings.fact(t('cs.churnRate'), sayShare(churnRate, locale), 'records', from)
      if (Object.keys(figures.mrr).length > 0)
        findings.fact(t('cs.mrr'), sayAmounts(figures.mrr, locale), 'records', from)
      else findings.missing(t('cs.mrr'), t('cs.needs.mrr'))
      if (figures.healthUnknown > 0)
        findings.missing(t('cs.health', { customers: figures.healthUnknown }), t('cs.needs.health'))
      for (const { from: low, to: high, customers: many } of figures.bands)
        if (customers > figures.healthUnknown)
          findings.fact(t('cs.band', { low, high }), t('cs.many', { customers: many }), 'records', from)
    }
    const factors = figures.factors.map(({ name, points, customers: many }) => {
      findings.fact(
        t('cs.factor', { name: t(`factor.${name}`) }),
        t('cs.points', { points, most: WEIGHTS[name] ?? 100, customers: many }),
        'records',
        from,
      )
      return { name, share: points / (WEIGHTS[name] ?? 100) }
    })
    const weakest = factors.sort((a, b) => a.share - b.share)[0]?.name ?? null
    return {
      customers,
      churned: figures.churned,
      churnRate,
      atRisk,
      weakest,
      judgement: await judge(ctx, findings, 'cs-diagnostic'),
      ...findings.shown,
    }
  },
})
