import { defineAction, z } from 'trae-os/sdk'

export const unsubscribe = defineAction({
  title: 'Unsubscribe a lead',
  description:
    'Notes that a lead wants no more messages and takes it out of the sale; a customer stays one. Kept here whichever CRM is bound.',
  input: z.object({
    leadId: z.uuid(),
    summary: z.string().max(500).optional().describe('How we know, for the history.'),
  }),
  output: z.object({ id: z.string(), status: z.string(), unsubscribed: z.boolean() }),
  effect: 'write',
  idempotency: 'key',
  sample: { leadId: '01957d3a-0000-7000-8000-000000000000' },
  run: async ({ leadId, summary }, ctx) => {
    const before = await ctx.records.leads.get({ id: leadId })
    const { id, status, unsubscribed } = await ctx.records.leads.update({
      id: leadId,
      patch: { unsubscribed: true, ...(before.status === 'CONVERTED' ? {} : { status: 'DISQUALIFIED' }) },
      summary: summary ?? ctx.t('unsubscribed', {}, ctx.workspace.locale),
    })
    return { id, status, unsubscribed }
  },
})
