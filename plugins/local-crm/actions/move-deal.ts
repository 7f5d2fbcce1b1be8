import { defineAction, z } from 'trae-os/sdk'
import { deal, STAGES } from '../deal-schema.ts'

export const moveDeal = defineAction({
  title: 'Move a deal',
  description: 'Moves a deal to another stage. Playbooks hear deal.moved, and deal.won, deal.lost or deal.reopened.',
  input: z.object({
    dealId: z.uuid(),
    stage: z.enum(STAGES),
    lostReason: z.string().max(500).optional().describe('Why, for LOST.'),
  }),
  output: deal,
  effect: 'write',
  idempotency: 'key',
  sample: { dealId: '01957d3a-0000-7000-8000-000000000000', stage: 'PROPOSAL' },
  run: ({ dealId, ...rest }, ctx) => ctx.records.deals.move({ id: dealId, ...rest }),
})
