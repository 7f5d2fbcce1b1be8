import { audienceService, defineAction } from 'trae-os/sdk'

export const addMember = defineAction({
  ...audienceService.actions['add-member'],
  idempotency: 'key',
  run: ({ audience, leadId }, ctx) => ctx.records.audiences.add({ audience, leadId }),
})
