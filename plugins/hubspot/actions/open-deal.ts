import { crmService, defineAction, z } from 'trae-os/sdk'
import { mirrorDeal } from '../mirror-deal.ts'

const contract = crmService.actions['open-deal']

export const openDeal = defineAction({
  ...contract,
  title: 'Open a deal here and in HubSpot',
  description:
    'Opens a deal with a lead here, and writes it to HubSpot, connected with the contact of the lead. Done twice, it comes to the same deal.',
  output: contract.output.extend({ hubspotId: z.string().describe('Of the deal in HubSpot.') }),
  idempotency: 'key',
  run: async ({ unlessOpen, ...asked }, ctx) => {
    const deals = unlessOpen ? await ctx.records.deals.ofLead({ leadId: asked.leadId }) : []
    const deal = deals.find(({ stage }) => stage !== 'WON' && stage !== 'LOST') ?? (await ctx.records.deals.open(asked))
    return { ...deal, hubspotId: (await mirrorDeal(ctx, deal)).id }
  },
})
