import { defineAction, z } from 'trae-os/sdk'
import { deal } from '../deal-schema.ts'

export const findDeal = defineAction({
  title: 'Find the open deal of a lead',
  description: 'The newest deal of the lead that is neither won nor lost; null where there is none.',
  input: z.object({ leadId: z.uuid() }),
  output: z.object({ deal: deal.nullable() }),
  effect: 'read',
  idempotency: 'none',
  sample: { leadId: '01957d3a-0000-7000-8000-000000000000' },
  run: async ({ leadId }, ctx) => {
    const deals = await ctx.records.deals.ofLead({ leadId })
    return { deal: deals.find(({ stage }) => stage !== 'WON' && stage !== 'LOST') ?? null }
  },
})
