import { z } from '../schema.ts'
import { actionContract } from './contract.ts'
import { moment, text } from './fields.ts'

/** The service `email`, which a plugin may provide: its actions, inputs and outputs stand in docs/services.md. */
export const email = {
  id: 'email',
  version: '1.0.0',
  title: 'E-mail',
  description: 'Writes to leads and to the team by e-mail.',
  actions: {
    send: actionContract({
      title: 'Send an e-mail',
      description: 'Sends one plain-text e-mail to one address, once per step.',
      effect: 'send',
      input: z.object({
        to: z.email().max(255),
        subject: text(255),
        body: text(50_000).describe('Plain text.'),
        leadId: z.uuid().optional().describe('Whose thread it belongs to; without it, mail to the team.'),
        inReplyTo: z.string().max(255).optional().describe('Id of the message that this one answers.'),
        meetingId: z
          .string()
          .max(255)
          .optional()
          .describe(
            'Id of the meeting that it tells of: goes along as an invitation to the calendar of the reader, where the provider can.',
          ),
      }),
      output: z.object({ id: z.string(), sentAt: moment }),
      sample: { to: 'ana@acme-solar.com.br', subject: 'Olá', body: 'Podemos conversar?' },
    }),
  },
} as const
