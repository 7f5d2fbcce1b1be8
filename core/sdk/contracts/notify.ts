import { z } from '../schema.ts'
import { actionContract } from './contract.ts'
import { leadId, moment, text } from './fields.ts'

/** The service `notify`, which a plugin may provide: its actions, inputs and outputs stand in docs/services.md. */
export const notify = {
  id: 'notify',
  version: '1.0.0',
  title: 'Notifications',
  description: 'Tells people of the team what they should know or do now.',
  actions: {
    tell: actionContract({
      title: 'Tell a person',
      description: 'Tells one person of the team, or everybody, something, once per step.',
      effect: 'send',
      input: z.object({
        to: z
          .email()
          .max(255)
          .optional()
          .describe('E-mail of a person of the team. Without it whose lead it is, else everybody.'),
        title: text(200),
        body: text(5000).optional(),
        urgent: z.boolean().optional().describe('Should it interrupt?'),
        leadId: leadId.optional(),
      }),
      output: z.object({ id: z.string(), sentAt: moment }),
      sample: { title: 'Ana Souza respondeu', body: 'Ela pergunta pelo contrato.' },
    }),
  },
} as const
