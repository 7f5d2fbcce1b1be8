import { defineAction, draft, Findings, findingsShape, foldText, sayIn, sayMoney, sayShare, z } from 'trae-os/sdk'
import { write } from '../write.ts'

/** Between two rungs: nearer than that they compete, further than that few climb. */
const NEAR = 1.3
const FAR = 4

const PROBLEMS = ['too-near', 'too-far', 'nothing-new', 'below-cost', 'loses-something'] as const

export const offerLadder = defineAction({
  title: 'Build the ladder of offers',
  description:
    'Puts the offers in the order of their price and looks at every step: how far it is, what is new on it, what is left of it. With a model also the ' +
    'rungs that are missing.',
  input: z.object({
    offers: z
      .array(
        z.object({
          name: z.string().trim().min(1).max(100),
          price: z.number().min(0),
          cost: z.number().min(0).nullish(),
          includes: z.array(z.string().trim().min(1).max(200)).max(40).default([]),
        }),
      )
      .min(1)
      .max(20),
    currency: z.enum(['BRL', 'USD', 'EUR']).default('BRL'),
    goal: z.string().trim().max(500).nullish().describe('What the ladder is for: first purchase, more per customer.'),
  }),
  output: z.object({
    ...findingsShape,
    ladder: z.array(
      z.object({
        name: z.string(),
        price: z.number(),
        step: z.number().nullable().describe('Times the price of the rung below.'),
        margin: z.number().nullable(),
        adds: z.array(z.string()),
        problems: z.array(z.enum(PROBLEMS)),
      }),
    ),
    draft,
  }),
  effect: 'read',
  idempotency: 'none',
  sample: {
    offers: [
      { name: 'Diagnóstico', price: 0, includes: ['Conversa de 30 minutos'] },
      { name: 'Início', price: 500, cost: 200, includes: ['Implantação'] },
      { name: 'Completo', price: 1500, cost: 500, includes: ['Implantação', 'Acompanhamento mensal'] },
    ],
  },
  run: async ({ offers, currency, goal }, ctx) => {
    const say = sayIn(ctx)
    const { locale } = ctx.workspace
    const findings = new Findings()
    const sorted = offers.map((offer, i) => ({ ...offer, i })).sort((a, b) => a.price - b.price)
    const has = (list: readonly string[], what: string) => list.some(one => foldText(one) === foldText(what))
    const ladder = sorted.map(({ name, price, cost, includes, i }, rung) => {
      const below = sorted[rung - 1]
      const step = below && below.price > 0 ? price / below.price : null
      const margin = cost == null || price === 0 ? null : (price - cost) / price
      const adds = below ? includes.filter(what => !has(below.includes, what)) : includes
      const problems = [
        ...(step !== null && step < NEAR ? ['too-near' as const] : []),
        ...(step !== null && step > FAR ? ['too-far' as const] : []),
        ...(below && includes.length > 0 && adds.length === 0 ? ['nothing-new' as const] : []),
        ...(below?.includes.some(what => !has(includes, what)) ? ['loses-something' as const] : []),
        ...(margin !== null && margin < 0 ? ['below-cost' as const] : []),
      ]
      const from = `input.offers[${i}]`
      findings.fact(name, `${sayMoney(price, currency, locale)}: ${includes.join(', ') || '–'}`, 'given', from)
      if (includes.length === 0)
        findings.missing(say('ladder.includes', { name }), say('ladder.needs.includes', { name }))
      if (margin === null) {
        if (price > 0) findings.missing(say('price.margin', { name }), say('price.needs.cost', { name }))
      } else findings.fact(say('price.margin', { name }), sayShare(margin, locale), 'computed', from)
      for (const problem of problems)
        findings.fact(name, say(`ladder.${problem}`, { step: step?.toFixed(1) ?? '' }), 'computed', from)
      return { name, price, step, margin, adds, problems }
    })
    findings.told(say, { goal })
    await findings.recall(ctx, 'oferta', say('query'))
    return { ladder, draft: await write(ctx, findings, 'offer-ladder'), ...findings.shown }
  },
})
