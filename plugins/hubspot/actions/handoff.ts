import { type Context, crmService, defineAction, hasCode, z } from 'trae-os/sdk'
import { mirrorLead } from '../mirror-lead.ts'
import { VERSION } from '../objects.ts'
import { request } from '../request.ts'

const contract = crmService.actions.handoff

export const handoff = defineAction({
  ...contract,
  description:
    'Finds the closer whose turn it is, makes that person the owner of the contact in HubSpot, and notes it in the lead’s history with the briefing.',
  output: contract.output.extend({
    ownerId: z.string().nullable().describe('Of HubSpot; null where it has no user with the closer’s e-mail.'),
  }),
  idempotency: 'key',
  run: async ({ leadId, meetingId, startsAt, briefing, summary }, ctx) => {
    const lead = await ctx.records.leads.get({ id: leadId })
    const { name, email } = await ctx.records.team.closer({
      leadId,
      ...(startsAt === undefined ? {} : { at: startsAt }),
    })
    await ctx.records.leads.assign({ leadId, closer: email })
    const ownerId = await ownerOf(ctx, email)
    await mirrorLead(ctx, lead, ownerId === null ? {} : { hubspot_owner_id: ownerId })
    const attached = await attach(ctx, meetingId, briefing)
    await ctx.records.activities.add({
      leadId,
      kind: 'HANDOFF',
      summary: summary ?? ctx.t('handed-off', { lead: lead.name, closer: name }, ctx.workspace.locale),
      data: {
        closer: { name, email },
        ...(meetingId === undefined ? {} : { meetingId }),
        ...(attached || briefing === undefined ? {} : { briefing }),
      },
    })
    return { closer: { name, email }, ownerId }
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

async function ownerOf(ctx: Context, email: string): Promise<string | null> {
  const { results } = await request<{ results: readonly { id: string }[] }>(ctx, {
    path: `/crm/owners/${VERSION}`,
    query: { email, limit: 1 },
  })
  const [owner] = results
  if (!owner) ctx.log.warn('HubSpot has no user with this e-mail; the contact keeps its owner.', { email })
  return owner?.id ?? null
}
