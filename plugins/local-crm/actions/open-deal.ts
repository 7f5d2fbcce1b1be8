import { defineAction, z } from 'trae-os/sdk'
import { deal, moneyInput } from '../deal-schema.ts'

export const openDeal = defineAction({
  title: 'Open a deal',
  description: 'Opens a deal with a lead in the pipeline. Playbooks hear deal.opened.',
  input: z.object({
    leadId: z.uuid(),
    title: z.string().min(1).max(255),
    value: moneyInput.optional(),
    stage: z.enum(['PROSPECTING', 'QUALIFICATION', 'PROPOSAL', 'NEGOTIATION']).default('PROSPECTING'),
    expectedCloseOn: z.iso.date().optional(),
    unlessOpen: z.boolean().default(false).describe('Answers with the open deal of the lead, where there is one.'),
  }),
  output: deal,
  effect: 'write',
  idempotency: 'key',
  sample: { leadId: '01957d3a-0000-7000-8000-000000000000', title: 'Acme Solar', value: { amount: '1200.00' } },
  run: async ({ unlessOpen, ...request }, ctx) => {
    const deals = unlessOpen ? await ctx.records.deals.ofLead({ leadId: request.leadId }) : []
    return deals.find(({ stage }) => stage !== 'WON' && stage !== 'LOST') ?? ctx.records.deals.open(request)
  },
})
