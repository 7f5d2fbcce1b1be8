import { z } from '../schema.ts'
import { actionContract } from './contract.ts'
import { leadId, moment, phone, text } from './fields.ts'

/** The service `sms`, which a plugin may provide: its actions, inputs and outputs stand in docs/services.md. */
export const sms = {
  id: 'sms',
  version: '1.0.0',
  title: 'SMS',
  description: 'Writes short texts to phones.',
  actions: {
    send: actionContract({
      title: 'Send an SMS',
      description: 'Sends one text to one phone, once per step. A long one may arrive, and cost, as several.',
      effect: 'send',
      input: z.object({
        to: phone,
        body: text(1600),
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
