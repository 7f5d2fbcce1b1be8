import { z } from '../schema.ts'
import { actionContract } from './contract.ts'
import { json, leadId, moment, SAMPLE_LEAD } from './fields.ts'

/** The service `crm`, which a plugin may provide: its actions, inputs and outputs stand in docs/services.md. */
export const crm = {
  id: 'crm',
  version: '1.0.0',
  title: 'CRM',
  description: 'Keeps what is known about leads, and gives them to the people who close.',
  actions: {
    'update-lead': actionContract({
      title: 'Update a lead',
      description:
        'Changes what is known about a lead. `data` is merged, all else replaced; what is left out stays as it is.',
      effect: 'write',
      input: z.object({
        leadId,
        status: z.enum(['NEW', 'QUALIFYING', 'QUALIFIED', 'NURTURING', 'DISQUALIFIED', 'CONVERTED']).optional(),
        score: z.int().min(0).max(100).optional(),
        scoreFactors: z
          .array(
            z.object({
              name: z.string().max(100),
              points: z.number(),
              value: z.string().max(500),
              reason: z.string().max(500),
            }),
          )
          .max(50)
          .optional(),
        company: z.string().max(255).optional(),
        jobTitle: z.string().max(255).optional(),
        phone: z.string().max(40).optional(),
        data: json.optional(),
        summary: z.string().max(500).optional().describe('Why, for the people who read the history.'),
      }),
      output: z.object({ id: z.string(), status: z.string(), score: z.number().nullable() }),
      sample: { leadId: SAMPLE_LEAD, status: 'QUALIFIED', score: 72 },
    }),
    handoff: actionContract({
      title: 'Hand a lead over to a closer',
      description: 'Gives a qualified lead to the person who closes, with a briefing.',
      effect: 'write',
      input: z.object({
        leadId,
        meetingId: z.string().max(255).optional(),
        startsAt: moment.optional().describe('When they meet: who is away then is passed over.'),
        briefing: json.optional().describe('From closer/call-briefing.'),
        summary: z.string().max(500).optional(),
      }),
      output: z.object({ closer: z.object({ name: z.string(), email: z.string() }) }),
      sample: { leadId: SAMPLE_LEAD },
    }),
  },
} as const
