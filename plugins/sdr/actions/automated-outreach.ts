import { defineAction, PluginError, z } from 'trae-os/sdk'
import { composeMessage, KINDS } from '../compose-message.ts'
import { lead, person } from '../lead.ts'

export const automatedOutreach = defineAction({
  title: 'Write a message to a lead',
  description:
    'Composes a message in the language of the lead from what is known about it: first contact, follow-up, nurture, ' +
    'what concerns a meeting (confirmed, moved, cancelled), a proposal that was not answered. It sends nothing: hand subject and body to email/send, or text to whatsapp/send.',
  input: z.object({
    kind: z.enum(KINDS),
    lead,
    person,
    missing: z
      .array(z.looseObject({ field: z.string(), question: z.string() }))
      .nullish()
      .describe('From sdr/lead-qualification: the first contact asks the most important one.'),
    meeting: z
      .looseObject({ startsAt: z.iso.datetime({ offset: true }), location: z.string().nullish() })
      .nullish()
      .describe('The meeting to confirm.'),
    sender: z
      .looseObject({ name: z.string().nullish(), company: z.string().nullish() })
      .nullish()
      .describe('Who signs; the workspace where it is left out.'),
  }),
  output: z.object({
    subject: z.string(),
    body: z.string().describe('A letter.'),
    text: z.string().describe('The same for a phone.'),
    locale: z.string(),
  }),
  effect: 'none',
  idempotency: 'none',
  sample: { kind: 'first-contact', lead: { name: 'Ana Souza', company: 'Acme Solar', locale: 'pt-BR' } },
  run: (input, ctx) => {
    if (input.kind.startsWith('meeting-') && !input.meeting)
      throw new PluginError(
        'VALIDATION',
        `A ${input.kind} needs meeting with its startsAt; hand over the output of calendar/schedule.`,
      )
    const sender = input.sender ?? { company: ctx.workspace.name }
    return composeMessage({ ...input, sender }, ctx.t, {
      locale: input.lead.locale ?? ctx.locale,
      timeZone: ctx.workspace.timeZone,
    })
  },
})
