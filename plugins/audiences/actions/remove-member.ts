import { audienceService, defineAction } from 'trae-os/sdk'

export const removeMember = defineAction({
  ...audienceService.actions['remove-member'],
  idempotency: 'key',
  run: ({ audience, leadId }, ctx) => ctx.records.audiences.remove({ audience, leadId }),
})
