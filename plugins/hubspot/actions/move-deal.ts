import { crmService, defineAction, z } from 'trae-os/sdk'
import { mirrorDeal } from '../mirror-deal.ts'

const contract = crmService.actions['move-deal']

export const moveDeal = defineAction({
  ...contract,
  title: 'Move a deal here and in HubSpot',
  description:
    'Moves a deal to another stage here, and writes it to HubSpot as it stands then: also one that is not there yet.',
  output: contract.output.extend({ hubspotId: z.string().describe('Of the deal in HubSpot.') }),
  idempotency: 'key',
  run: async ({ dealId, ...rest }, ctx) => {
    const deal = await ctx.records.deals.move({ id: dealId, ...rest })
    return { ...deal, hubspotId: (await mirrorDeal(ctx, deal)).id }
  },
})
