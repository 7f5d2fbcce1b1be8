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
  }),
  output: deal,
  effect: 'write',
  idempotency: 'key',
  sample: { leadId: '01957d3a-0000-7000-8000-000000000000', title: 'Acme Solar', value: { amount: '1200.00' } },
  run: (input, ctx) => ctx.records.deals.open(input),
})
