import { defineAction, Findings, findingsShape, foldText, lastDays, sayMoney, sayPeriod, z } from 'trae-os/sdk'
import { at, days, judge, judgement } from '../judge.ts'

const company = {
  price: z.number().min(0).nullish().describe('A month or a piece: the same for all.'),
  features: z.array(z.string().min(1).max(100)).max(60).default([]),
  notes: z.string().max(4000).nullish().describe('What is known, and who says so.'),
}

export const competitorBenchmark = defineAction({
  title: 'Compare with competitors',
  description:
    'Holds what you know of competitors beside you: prices, features, deals that were lost to them. It looks nothing up and guesses nothing: ' +
    'what nobody told is listed as not known.',
  input: z.object({
    us: z.object(company).default({ features: [] }),
    competitors: z
      .array(z.object({ name: z.string().trim().min(1).max(100), ...company }))
      .min(1)
      .max(20),
    currency: z.enum(['BRL', 'USD', 'EUR']).default('BRL'),
    days: days.default(365),
    at,
  }),
  output: z.object({
    ...findingsShape,
    comparison: z.array(
      z.object({
        name: z.string(),
        priceDifference: z.number().nullable().describe('Share: 0.25 is a quarter dearer than we are.'),
        onlyThey: z.array(z.string()),
        onlyWe: z.array(z.string()),
        lostTo: z.int().describe('Deals whose reason of loss names them.'),
      }),
    ),
    judgement,
  }),
  effect: 'read',
  idempotency: 'none',
  sample: {
    us: { price: 300, features: ['WhatsApp', 'Proposta'] },
    competitors: [{ name: 'Concorrente A', price: 250, features: ['WhatsApp'] }],
  },
  run: async ({ us, competitors, currency, days, at }, ctx) => {
    const { locale } = ctx.workspace
    const t = (key: string, values: Record<string, string | number> = {}) => ctx.t(key, values, locale)
    const period = lastDays(days, at)
    const findings = new Findings()
    const { lost, lostReasons } = await ctx.records.figures.deals(period)
    const money = (amount: number) => sayMoney(amount, currency, locale)

    if (us.price == null) findings.missing(t('benchmark.ours'), t('benchmark.needs.ours'))
    else findings.fact(t('benchmark.ours'), money(us.price), 'given', 'input.us.price')
    if (us.features.length > 0)
      findings.fact(t('benchmark.weHave'), us.features.join(', '), 'given', 'input.us.features')
    if (lost > 0) findings.fact(t('benchmark.lost'), String(lost), 'records', `deals ${sayPeriod(period)}`)
    else findings.missing(t('benchmark.lost'), t('benchmark.needs.lost'))

    const comparison = competitors.map(({ name, price, features, notes }, i) => {
      const from = `input.competitors[${i}]`
      const lostTo = lostReasons
        .filter(({ reason }) => reason !== null && foldText(reason).includes(foldText(name)))
        .reduce((sum, { deals }) => sum + deals, 0)
      const priceDifference = us.price && price != null ? price / us.price - 1 : null
      if (price == null) findings.missing(t('benchmark.price', { name }), t('benchmark.needs.price', { name }))
      else findings.fact(t('benchmark.price', { name }), money(price), 'given', `${from}.price`)
      if (features.length === 0) findings.missing(t('benchmark.has', { name }), t('benchmark.needs.features', { name }))
      else findings.fact(t('benchmark.has', { name }), features.join(', '), 'given', `${from}.features`)
      if (notes?.trim()) findings.fact(t('benchmark.notes', { name }), notes, 'given', `${from}.notes`)
      if (lostTo > 0)
        findings.fact(
          t('benchmark.lostTo', { name }),
          t('benchmark.ofLost', { lostTo, lost }),
          'records',
          `deals ${sayPeriod(period)}`,
        )
      const has = (list: readonly string[], feature: string) => list.some(one => foldText(one) === foldText(feature))
      const known = features.length > 0 && us.features.length > 0
      return {
        name,
        priceDifference,
        onlyThey: known ? features.filter(feature => !has(us.features, feature)) : [],
        onlyWe: known ? us.features.filter(feature => !has(features, feature)) : [],
        lostTo,
      }
    })
    return { comparison, judgement: await judge(ctx, findings, 'competitor-benchmark'), ...findings.shown }
  },
})
