import {
  type Context,
  defineAction,
  Findings,
  findingsShape,
  inLanguage,
  letter,
  PluginError,
  sayIn,
  writeLetter,
  z,
} from 'trae-os/sdk'
import { composeMessage, firstNameOf, KINDS, type MessageRequest, sayable } from '../compose-message.ts'
import { formAnswer, lead, person } from '../lead.ts'
import en from '../prompts/en.json' with { type: 'json' }
import pt from '../prompts/pt-BR.json' with { type: 'json' }

export const automatedOutreach = defineAction({
  title: 'Write a message to a lead',
  description:
    'Composes a message in the language of the lead: first contact, follow-up, nurture, what concerns a meeting or a proposal. Fixed words; a ' +
    'model, where there is one, writes the middle of a first contact, which is checked. It sends nothing: hand it to email/send or whatsapp/send.',
  input: z.object({
    kind: z.enum(KINDS),
    lead,
    person,
    missing: z
      .array(z.looseObject({ field: z.string(), question: z.string() }))
      .nullish()
      .describe('From sdr/lead-qualification: the first contact asks the most important one.'),
    meeting: z
      .looseObject({
        startsAt: z.iso.datetime({ offset: true }),
        location: z.string().nullish(),
        changeLink: z.url().max(500).nullish(),
      })
      .nullish()
      .describe('The meeting to confirm.'),
    sender: z
      .looseObject({ name: z.string().nullish(), company: z.string().nullish() })
      .nullish()
      .describe('Who signs; the workspace where it is left out.'),
  }),
  output: z.object({
    ...findingsShape,
    subject: z.string(),
    body: z.string().describe('A letter.'),
    text: z.string().describe('The same for a phone.'),
    locale: z.string(),
    written: letter,
  }),
  effect: 'none',
  idempotency: 'none',
  sample: { kind: 'first-contact', lead: { name: 'Ana Souza', company: 'Acme Solar', locale: 'pt-BR' } },
  run: async (input, ctx) => {
    if (input.kind.startsWith('meeting-') && !input.meeting)
      throw new PluginError(
        'VALIDATION',
        `A ${input.kind} needs meeting with its startsAt; hand over the output of calendar/schedule.`,
      )
    const request = { ...input, sender: input.sender ?? { company: ctx.workspace.name } }
    const locale = input.lead.locale ?? ctx.locale
    const findings = new Findings()
    collect(ctx, findings, request)
    // Who has told nothing but a name gets the same letter from everybody: no model is asked
    const told = formAnswer(input.lead, 'interest') ?? formAnswer(input.lead, 'message')
    const instructions = inLanguage({ en, 'pt-BR': pt }, locale)['automated-outreach']
    const asked = input.kind === 'first-contact' && told !== undefined
    const written = asked ? await writeLetter(ctx, findings, { instructions, locale }) : null
    const message = composeMessage({ ...request, written }, ctx.t, { locale, timeZone: ctx.timeZone })
    return { ...message, written, ...findings.shown }
  },
})

/** What the message rests on. Neither address nor phone is among it: a letter says neither, and a model needs neither. */
function collect(
  ctx: Context,
  findings: Findings,
  { kind, lead, person, meeting, missing, sender }: MessageRequest,
): void {
  const say = sayIn(ctx)
  const fact = (name: string, value: string | null | undefined, from: string) => {
    if (value?.trim()) findings.fact(say(`fact.${name}`), value, 'given', from)
  }
  fact('name', firstNameOf(lead, person), person?.firstName ? 'input.person.firstName' : 'input.lead.name')
  fact('company', sayable(lead.company), 'input.lead.company')
  fact('jobTitle', sayable(lead.jobTitle), 'input.lead.jobTitle')
  if (kind === 'first-contact' || kind === 'follow-up')
    fact('interest', formAnswer(lead, 'interest'), 'input.lead.data.interest')
  if (kind === 'first-contact') {
    fact('message', formAnswer(lead, 'message'), 'input.lead.data.message')
    for (const { field, question } of missing ?? []) findings.missing(say(`fact.${field}`), question)
  }
  fact('meeting', meeting?.startsAt, 'input.meeting.startsAt')
  const given = sender?.name || (sender?.company && sender.company !== ctx.workspace.name)
  const from = [sender?.name, sender?.company].filter(Boolean).join(', ')
  if (from) findings.fact(say('fact.sender'), from, given ? 'given' : 'records', given ? 'input.sender' : 'workspace')
}
