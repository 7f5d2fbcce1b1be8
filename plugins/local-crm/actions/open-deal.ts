import { crmService, defineAction } from 'trae-os/sdk'

export const openDeal = defineAction({
  ...crmService.actions['open-deal'],
  description: 'Opens a deal with a lead in the pipeline. Playbooks hear deal.opened.',
  idempotency: 'key',
  run: async ({ unlessOpen, ...request }, ctx) => {
    const deals = unlessOpen ? await ctx.records.deals.ofLead({ leadId: request.leadId }) : []
    return deals.find(({ stage }) => stage !== 'WON' && stage !== 'LOST') ?? ctx.records.deals.open(request)
  },
})
