import { defineAction, draft, Findings, findingsShape, sayIn, sourced, z } from 'trae-os/sdk'
import { advise } from '../advise.ts'
import { composeLetter } from '../compose-letter.ts'
import { aboutCustomer, knowCustomer } from '../know-customer.ts'

/** What has to be known after the first conversation, in the order to ask it. */
const QUESTIONS = ['goal', 'success', 'people', 'start', 'risk'] as const
/** Shares of the conversation. */
const AGENDA = { welcome: 0.1, goal: 0.35, 'first-result': 0.35, next: 0.2 } as const

export const kickoff = defineAction({
  title: 'Prepare the kickoff',
  description:
    'The first conversation with a new customer: what they told while they were buying, what still has to be asked, an agenda, and the letter that invites to it. With a model ' +
    'also what to aim for in the first thirty days. It sends nothing.',
  input: z.object({
    ...aboutCustomer,
    goal: z.string().trim().max(500).nullish().describe('What they want to reach, if somebody knows it already.'),
    minutes: z.int().min(15).max(180).default(45),
  }),
  output: z.object({
    ...findingsShape,
    questions: z.array(z.object({ name: z.enum(QUESTIONS), ask: z.string() })).describe('Most important first.'),
    agenda: z.array(z.object({ minutes: z.int().min(1), topic: z.string() })),
    told: z.array(z.object({ text: z.string(), ...sourced })).describe('What they told while they were buying.'),
    message: z.object({ subject: z.string(), body: z.string(), locale: z.string() }).describe('In their language.'),
    draft,
  }),
  effect: 'read',
  idempotency: 'none',
  sample: { customerId: '01957d3a-0000-7000-8000-000000000000', goal: 'Responder todo lead no mesmo dia' },
  run: async ({ customerId, at, goal, minutes }, ctx) => {
    const say = sayIn(ctx)
    const findings = new Findings()
    const { customer, lead } = await knowCustomer(ctx, findings, say, { customerId, at })
    const deals = await ctx.records.deals.ofLead({ leadId: lead.id })
    const bought = deals.find(({ id, stage }) => id === customer.dealId || stage === 'WON')
    if (bought) findings.fact(say('fact.bought'), bought.title, 'records', `deal ${bought.id}`)
    const told = (['interest', 'message'] as const).flatMap(name => {
      const text = lead.data[name]
      if (typeof text !== 'string' || text.trim() === '') return []
      findings.fact(say(`fact.${name}`), text, 'records', `lead.data.${name}`)
      return [{ text: text.trim().slice(0, 500), source: 'records' as const, from: `lead.data.${name}` }]
    })
    findings.given(say('fact.goal'), goal, 'input.goal', say('kickoff.ask.goal'))
    const questions = QUESTIONS.filter(name => name !== 'goal' || !goal).map(name => ({
      name,
      ask: say(`kickoff.ask.${name}`),
    }))
    return {
      questions,
      agenda: agendaOf(minutes).map(({ topic, ...part }) => ({ ...part, topic: say(`agenda.${topic}`) })),
      told,
      message: composeLetter({ kind: 'kickoff', lead, plan: customer.plan }, ctx.t, {
        locale: lead.locale,
        company: ctx.workspace.name,
      }),
      draft: await advise(ctx, findings, 'kickoff'),
      ...findings.shown,
    }
  },
})

/** The parts add up to the whole conversation. */
function agendaOf(minutes: number) {
  const parts = Object.entries(AGENDA).map(([topic, share]) => ({
    minutes: Math.max(1, Math.round(minutes * share)),
    topic,
  }))
  const over = parts.reduce((sum, part) => sum + part.minutes, 0) - minutes
  return parts.map(part => (part.topic === 'goal' ? { ...part, minutes: part.minutes - over } : part))
}
