import { crmService, defineAction, z } from 'trae-os/sdk'
import { mirrorLead } from '../mirror-lead.ts'

const contract = crmService.actions['update-lead']

export const updateLead = defineAction({
  ...contract,
  title: 'Update a lead and its contact',
  description:
    'Changes what is known about a lead here, and writes name, company, phone and status to its contact in HubSpot.',
  output: contract.output.extend({
    contactId: z.string().nullable().describe('In HubSpot; null for a lead without an e-mail.'),
  }),
  idempotency: 'key',
  run: async ({ leadId, summary, ...patch }, ctx) => {
    const lead = await ctx.records.leads.update({ id: leadId, patch, ...(summary === undefined ? {} : { summary }) })
    const contact = await mirrorLead(ctx, lead)
    return { id: lead.id, status: lead.status, score: lead.score, contactId: contact?.id ?? null }
  },
})
