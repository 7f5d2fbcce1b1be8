import { defineAction, z } from 'trae-os/sdk'
import { mirrorLead } from '../mirror-lead.ts'

const factor = z.object({
  name: z.string().max(100),
  points: z.number(),
  value: z.string().max(500),
  reason: z.string().max(500),
})

export const updateLead = defineAction({
  title: 'Update a lead and its contact',
  description:
    'Changes what is known about a lead here, and writes name, company, phone and status to its contact in HubSpot.',
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
  output: z.object({
    id: z.string(),
    status: z.string(),
    score: z.number().nullable(),
    contactId: z.string().nullable().describe('In HubSpot; null for a lead without an e-mail.'),
  }),
  effect: 'write',
  idempotency: 'key',
  sample: { leadId: '01957d3a-0000-7000-8000-000000000000', status: 'QUALIFIED', score: 72 },
  run: async ({ leadId, summary, ...patch }, ctx) => {
    const lead = await ctx.records.leads.update({ id: leadId, patch, ...(summary === undefined ? {} : { summary }) })
    const contact = await mirrorLead(ctx, lead)
    return { id: lead.id, status: lead.status, score: lead.score, contactId: contact?.id ?? null }
  },
})
