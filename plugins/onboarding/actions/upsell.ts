import { defineAction, draft, Findings, findingsShape, sayIn, sayMoney, sourced, z } from 'trae-os/sdk'
import { advise } from '../advise.ts'
import { composeLetter } from '../compose-letter.ts'
import { aboutCustomer, type Known, knowCustomer, unreachable } from '../know-customer.ts'

const LIMIT = 75
/** Of their seats: who has so many in use will soon want more. */
const FULL = 0.8

export const upsell = defineAction({
  title: 'Find an upsell',
  description:
    'Whether it is the moment to offer a customer more, and what: more seats where theirs are nearly all in use, the next plan of those you give. Each with what it rests on. Nothing is ' +
    'offered to who owes, waits for help or has asked for silence. With a model also how to bring it up. It sends nothing.',
  input: z.object({
    ...aboutCustomer,
    plans: z
      .array(z.object({ name: z.string().trim().min(1).max(100), price: z.number().min(0) }))
      .max(20)
      .default([])
      .describe('What you sell, a month each; without it only seats are looked at.'),
    currency: z.enum(['BRL', 'USD', 'EUR']).default('BRL'),
  }),
  output: z.object({
    ...findingsShape,
    verdict: z.enum(['offer', 'not-now', 'never', 'unknown']),
    reason: z.string().describe('In the language of the team.'),
    score: z.int().nullable(),
    offers: z.array(z.object({ what: z.enum(['seats', 'plan']), offer: z.string(), because: z.string(), ...sourced })),
    message: z
      .object({ subject: z.string(), body: z.string(), locale: z.string() })
      .nullable()
      .describe('In the language of the customer; null where nothing is to be offered.'),
    draft,
  }),
  effect: 'read',
  idempotency: 'none',
  sample: { customerId: '01957d3a-0000-7000-8000-000000000000', plans: [{ name: 'Pro', price: 300 }] },
  run: async ({ plans, currency, ...input }, ctx) => {
    const say = sayIn(ctx)
    const findings = new Findings()
    const known = await knowCustomer(ctx, findings, say, input)
    const { customer, lead, score, facts } = known
    const from = `customer ${customer.id}`
    const offers = []
    if (facts.activeUsers != null && facts.seats != null && facts.activeUsers / facts.seats >= FULL) {
      const because = say('upsell.seats.because', { active: facts.activeUsers, seats: facts.seats })
      const where = `${from}.facts.activeUsers, ${from}.facts.seats`
      offers.push({
        what: 'seats' as const,
        offer: say('upsell.seats'),
        because,
        source: 'records' as const,
        from: where,
      })
    }
    const sorted = plans.map((plan, i) => ({ ...plan, i })).sort((a, b) => a.price - b.price)
    const own = sorted.findIndex(({ name }) => name.toLowerCase() === customer.plan?.toLowerCase())
    const next = own === -1 ? undefined : sorted[own + 1]
    if (next) {
      const because = say('upsell.plan.because', { plan: customer.plan!, next: next.name })
      const offer = `${next.name}: ${sayMoney(next.price, currency, ctx.workspace.locale)}`
      offers.push({ what: 'plan' as const, offer, because, source: 'given' as const, from: `input.plans[${next.i}]` })
    } else if (own === -1) findings.missing(say('upsell.plan'), say('upsell.plan.needs'))
    for (const { offer, because, source, from: where } of offers) findings.fact(offer, because, source, where)

    const verdict = verdictOf(known, offers.length)
    const why = say(`upsell.${verdict}`, { score: score ?? 0, limit: LIMIT })
    findings.fact(say('fact.verdict'), why, 'computed', known.healthFrom)
    const message =
      verdict === 'offer'
        ? composeLetter({ kind: 'upsell', lead }, ctx.t, { locale: lead.locale, company: ctx.workspace.name })
        : null
    const written = verdict === 'offer' ? await advise(ctx, findings, 'upsell') : null
    return { verdict, reason: why, score, offers, message, draft: written, ...findings.shown }
  },
})

function verdictOf({ customer, lead, score, facts }: Known, offers: number): 'offer' | 'not-now' | 'never' | 'unknown' {
  if (customer.status === 'CHURNED' || unreachable(lead)) return 'never'
  if (score === null) return 'unknown'
  // Whoever is still being welcomed is not sold to, nor who owes or waits for us
  const waits = (facts.overdueDays ?? 0) > 0 || (facts.openTickets ?? 0) > 1
  return customer.status === 'ACTIVE' && score > LIMIT && !waits && offers > 0 ? 'offer' : 'not-now'
}
