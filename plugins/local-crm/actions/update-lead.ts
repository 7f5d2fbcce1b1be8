import { defineAction, z } from 'trae-os/sdk'

const factor = z.object({
  name: z.string().max(100),
  points: z.number(),
  value: z.string().max(500),
  reason: z.string().max(500),
})

export const updateLead = defineAction({
  title: 'Update a lead',
  description:
    'Changes what is known about a lead. `data` is merged, all else replaced; what is left out stays as it is.',
  input: z.object({
    leadId: z.uuid(),
    status: z.enum(['NEW', 'QUALIFYING', 'QUALIFIED', 'NURTURING', 'DISQUALIFIED', 'CONVERTED']).optional(),
    score: z.int().min(0).max(100).optional(),
    scoreFactors: z.array(factor).max(50).optional(),
    company: z.string().max(255).optional(),
    jobTitle: z.string().max(255).optional(),
    phone: z.string().max(40).optional(),
    data: z.record(z.string(), z.unknown()).optional(),
    summary: z.string().max(500).optional().describe('Why, for the people who read the history.'),
  }),
  output: z.object({ id: z.string(), status: z.string(), score: z.number().nullable() }),
  effect: 'write',
  idempotency: 'key',
  sample: { leadId: '01957d3a-0000-7000-8000-000000000000', status: 'QUALIFIED', score: 72 },
  run: async ({ leadId, summary, ...patch }, ctx) => {
    const { id, status, score } = await ctx.records.leads.update({ id: leadId, patch, summary })
    return { id, status, score }
  },
})
