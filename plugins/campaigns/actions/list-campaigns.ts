import { adsService, defineAction } from 'trae-os/sdk'

export const listCampaigns = defineAction({
  ...adsService.actions['list-campaigns'],
  idempotency: 'none',
  run: async (filter, ctx) => ({ campaigns: await ctx.records.campaigns.list(filter) }),
})
