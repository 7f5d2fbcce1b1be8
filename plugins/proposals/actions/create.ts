import { defineAction, proposalService } from 'trae-os/sdk'
import { told } from '../proposal.ts'

export const create = defineAction({
  ...proposalService.actions.create,
  description:
    'Writes a proposal, once per step, with a page to answer it and a PDF. Sends it to nobody: mail its `url`.',
  idempotency: 'key',
  run: async (proposal, ctx) => told(await ctx.records.proposals.create(proposal)),
})
