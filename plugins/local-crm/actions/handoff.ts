import { crmService, defineAction, noteHandoff } from 'trae-os/sdk'

export const handoff = defineAction({
  ...crmService.actions.handoff,
  description:
    'Finds the closer whose turn it is, attaches the briefing to the meeting and notes it in the lead’s history.',
  idempotency: 'key',
  run: async ({ leadId, meetingId, startsAt, briefing, summary }, ctx) => {
    const lead = await ctx.records.leads.get({ id: leadId })
    const closer = await ctx.records.team.closer({ leadId, ...(startsAt === undefined ? {} : { at: startsAt }) })
    await ctx.records.leads.assign({ leadId, closer: closer.email })
    await noteHandoff(ctx, {
      leadId,
      summary: summary ?? ctx.t('handed-off', { lead: lead.name, closer: closer.name }, ctx.workspace.locale),
      closer,
      meetingId,
      briefing,
    })
    return { closer: { name: closer.name, email: closer.email } }
  },
})
