import { defineAction, proposalService } from 'trae-os/sdk'
import { told } from '../proposal.ts'

export const create = defineAction({
  ...proposalService.actions.create,
  description: 'Writes a proposal that people read, print and send from the admin, once per step. Sends it to nobody.',
  idempotency: 'key',
  run: async (proposal, ctx) => told(await ctx.records.proposals.create(proposal)),
})
