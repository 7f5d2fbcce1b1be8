import { type Context, crmService, defineAction, hasCode } from 'trae-os/sdk'

export const handoff = defineAction({
  ...crmService.actions.handoff,
  description:
    'Finds the closer whose turn it is, attaches the briefing to the meeting and notes it in the lead’s history.',
  idempotency: 'key',
  run: async ({ leadId, meetingId, startsAt, briefing, summary }, ctx) => {
    const lead = await ctx.records.leads.get({ id: leadId })
    const closer = await ctx.records.team.closer({ leadId, ...(startsAt === undefined ? {} : { at: startsAt }) })
    await ctx.records.leads.assign({ leadId, closer: closer.email })
    const attached = await attach(ctx, meetingId, briefing)
    await ctx.records.activities.add({
      leadId,
      kind: 'HANDOFF',
      summary: summary ?? ctx.t('handed-off', { lead: lead.name, closer: closer.name }, ctx.workspace.locale),
      data: {
        closer,
        ...(meetingId === undefined ? {} : { meetingId }),
        ...(attached || briefing === undefined ? {} : { briefing }),
      },
    })
    return { closer: { name: closer.name, email: closer.email } }
  },
})

/** True when the briefing lies beside the meeting. A meeting in another calendar is not ours to write on. */
async function attach(ctx: Context, meetingId: string | undefined, briefing: unknown): Promise<boolean> {
  if (meetingId === undefined || briefing === undefined || !OUR_ID.test(meetingId)) return false
  try {
    await ctx.records.meetings.attachBriefing({ id: meetingId, briefing })
    return true
  } catch (error) {
    if (hasCode(error, 'NOT_FOUND')) return false
    throw error
  }
}

const OUR_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
