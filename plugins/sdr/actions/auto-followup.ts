import { cited, defineAction, Findings, findingsShape, inLanguage, z } from 'trae-os/sdk'
import { composeMessage } from '../compose-message.ts'
import { formAnswer, lead, person } from '../lead.ts'
import en from '../prompts/en.json' with { type: 'json' }
import pt from '../prompts/pt-BR.json' with { type: 'json' }

const moment = z.iso.datetime({ offset: true })
const DAY = 86_400_000
/** Days after the message before: each pause is longer than the last. */
const PAUSES = [2, 4, 7, 15, 30] as const

export const autoFollowup = defineAction({
  title: 'Decide on a follow-up',
  description:
    'Whether to write again, when, and what: pauses of 2, 4, 7, 15 and 30 days, never on a weekend, never to who answered or left. Subject, body and text as ' +
    'sdr/automated-outreach has them; with a model a text that goes on from what was written before. It sends nothing.',
  input: z.object({
    lead: lead.extend({ id: z.uuid().nullish(), unsubscribed: z.boolean().nullish() }),
    person,
    sent: z.int().min(0).max(50).describe('How many messages went out without an answer.'),
    lastSentAt: moment.nullish(),
    answered: z.boolean().default(false),
    at: moment.nullish().describe('Now; the moment of the call without it.'),
    most: z.int().min(1).max(6).default(3).describe('No more than so many follow-ups.'),
  }),
  output: z.object({
    ...findingsShape,
    verdict: z.enum(['write', 'later', 'stop']),
    reason: z.string().describe('In the language of the team.'),
    at: z.string().nullable().describe('When to write; null: never.'),
    message: z.object({ subject: z.string(), body: z.string(), text: z.string(), locale: z.string() }).nullable(),
    draft: z
      .object({ subject: z.string().max(200), body: cited })
      .nullable()
      .describe('By the model; to be read before it is sent.'),
  }),
  effect: 'read',
  idempotency: 'none',
  sample: {
    lead: { name: 'Ana Souza', email: 'ana@acme.com.br' },
    sent: 1,
    lastSentAt: '2026-03-02T12:00:00Z',
    at: '2026-03-05T12:00:00Z',
  },
  run: async ({ lead, person, sent, lastSentAt, answered, at, most }, ctx) => {
    const now = at ? Date.parse(at) : ctx.now
    const { timeZone } = ctx
    const team = ctx.workspace.locale
    const findings = new Findings()
    const stop = lead.unsubscribed
      ? 'unsubscribed'
      : answered
        ? 'answered'
        : sent > most
          ? 'most'
          : !lead.email && !lead.phone
            ? 'unreachable'
            : undefined
    const pause = PAUSES[Math.max(0, Math.min(sent, PAUSES.length) - 1)]!
    const due = stop ? null : workday(sent === 0 || !lastSentAt ? now : Date.parse(lastSentAt) + pause * DAY, timeZone)
    const verdict = due === null ? ('stop' as const) : due <= now ? ('write' as const) : ('later' as const)
    const reason = ctx.t(`followup.${stop ?? verdict}`, { sent, pause, most }, team)
    const locale = lead.locale ?? ctx.locale
    const composed = {
      kind: sent === 0 ? ('first-contact' as const) : ('follow-up' as const),
      lead,
      person,
      sender: { company: ctx.workspace.name },
    }
    const message = verdict === 'stop' ? null : composeMessage(composed, ctx.t, { locale, timeZone })
    let draft: { subject: string; body: { text: string; facts: string[] } } | null = null
    if (message) {
      findings.fact('name', lead.name, 'given', 'input.lead.name')
      for (const name of ['interest', 'message'] as const) {
        const said = formAnswer(lead, name)
        if (said) findings.fact(name, said, 'given', `input.lead.data.${name}`)
      }
      if (lead.company) findings.fact('company', lead.company, 'given', 'input.lead.company')
      findings.fact('sent', String(sent), 'given', 'input.sent')
      const thread = lead.id ? await ctx.records.messages.thread({ leadId: lead.id }) : []
      for (const { direction, body, createdAt } of thread.slice(-4))
        findings.fact(`${direction} ${createdAt.slice(0, 10)}`, body, 'records', 'messages')
      const instructions = inLanguage({ en, 'pt-BR': pt }, locale)['auto-followup']
      draft = await findings.write(ctx, { instructions, answers: 'draft', locale, maxTokens: 800 })
    }
    return { verdict, reason, at: due === null ? null : new Date(due).toISOString(), message, draft, ...findings.shown }
  },
})

/** The same hour of the next day that is no Saturday or Sunday where the lead is. */
function workday(moment: number, timeZone: string): number {
  const weekday = new Intl.DateTimeFormat('en-US', { timeZone, weekday: 'short' }).format(new Date(moment))
  return moment + (weekday === 'Sat' ? 2 : weekday === 'Sun' ? 1 : 0) * DAY
}
