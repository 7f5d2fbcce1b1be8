import { adsService, defineAction } from 'trae-os/sdk'

export const figures = defineAction({
  ...adsService.actions.figures,
  description:
    'The figures that people have entered, by day and campaign, from the first to the last day, both included.',
  idempotency: 'none',
  run: async (period, ctx) => ({ days: await ctx.records.campaigns.figures(period) }),
})
