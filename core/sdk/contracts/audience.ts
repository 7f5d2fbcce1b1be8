import { z } from '../schema.ts'
import { actionContract } from './contract.ts'
import { leadId, SAMPLE_LEAD, text } from './fields.ts'

const member = z.object({
  audience: text(100).describe('Name of the list; the first member makes it.'),
  leadId,
})
const answer = z.object({
  audience: z.string(),
  member: z.boolean().describe('Is the lead in the list now?'),
})

/** The service `audience`, which a plugin may provide: its actions, inputs and outputs stand in docs/services.md. */
export const audience = {
  id: 'audience',
  version: '1.0.0',
  title: 'Audiences',
  description: 'Keeps lists of people to show ads to, or not to.',
  actions: {
    'add-member': actionContract({
      title: 'Add to an audience',
      description: 'Puts a lead into a list; one who is in it stays.',
      effect: 'write',
      input: member,
      output: answer,
      sample: { audience: 'Clientes', leadId: SAMPLE_LEAD },
    }),
    'remove-member': actionContract({
      title: 'Remove from an audience',
      description: 'Takes a lead out of a list; one who is not in it stays out.',
      effect: 'write',
      input: member,
      output: answer,
      sample: { audience: 'Clientes', leadId: SAMPLE_LEAD },
    }),
  },
} as const
