import { crmService, defineAction } from 'trae-os/sdk'

export const updateLead = defineAction({
  ...crmService.actions['update-lead'],
  idempotency: 'key',
  run: async ({ leadId, summary, ...patch }, ctx) => {
    const { id, status, score } = await ctx.records.leads.update({ id: leadId, patch, summary })
    return { id, status, score }
  },
})
