import { defineAction, proposalService } from 'trae-os/sdk'
import { told } from '../proposal.ts'

export const get = defineAction({
  ...proposalService.actions.get,
  idempotency: 'none',
  run: async ({ id }, ctx) => told(await ctx.records.proposals.get({ id })),
})
