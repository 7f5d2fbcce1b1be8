import { crmService, defineAction } from 'trae-os/sdk'

export const moveDeal = defineAction({
  ...crmService.actions['move-deal'],
  description: 'Moves a deal to another stage. Playbooks hear deal.moved, and deal.won, deal.lost or deal.reopened.',
  idempotency: 'key',
  run: ({ dealId, ...rest }, ctx) => ctx.records.deals.move({ id: dealId, ...rest }),
})
