import { defineAction, proposalService } from 'trae-os/sdk'
import { told } from '../proposal.ts'

export const markSent = defineAction({
  title: 'Say that a proposal was sent',
  description:
    'A draft is with the customer from now on and cannot be changed; playbooks hear `proposal.sent`. One that was sent or answered already stays as it is.',
  input: proposalService.actions.get.input,
  output: proposalService.actions.get.output,
  effect: 'write',
  idempotency: 'key',
  sample: proposalService.actions.get.sample,
  run: async ({ id }, ctx) => told(await ctx.records.proposals.markSent({ id })),
})
