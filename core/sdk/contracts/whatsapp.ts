import { z } from '../schema.ts'
import { actionContract } from './contract.ts'
import { leadId, moment, phone, text } from './fields.ts'

/** The service `whatsapp`, which a plugin may provide: its actions, inputs and outputs stand in docs/services.md. */
export const whatsapp = {
  id: 'whatsapp',
  version: '1.0.0',
  title: 'WhatsApp',
  description: 'Writes to phones by WhatsApp.',
  actions: {
    send: actionContract({
      title: 'Send a WhatsApp message',
      description:
        'Sends one message to one phone, once per step. Whom we write to first, or after a day of silence, WhatsApp wants ' +
        'written to by an approved template: give it beside the text that it makes.',
      effect: 'send',
      input: z.object({
        to: phone,
        body: text(1600).describe('What the person reads; with a template, the text that it makes.'),
        template: z
          .object({
            name: text(255).describe('As the provider calls it; at Twilio the ContentSid.'),
            language: z.string().max(20).optional(),
            variables: z.record(z.string().max(100), z.string().max(1024)).optional(),
          })
          .optional()
          .describe('Who sends by hand, or needs none, sends the body.'),
        leadId: leadId.optional().describe('Whose thread it belongs to.'),
      }),
      output: z.object({
        id: z.string(),
        sentAt: moment.describe('When the provider took it on; that it arrived is another matter.'),
      }),
      sample: { to: '+5511987654321', body: 'Olá, Ana! Podemos conversar hoje às 15h?' },
    }),
  },
} as const
