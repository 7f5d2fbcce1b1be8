import { type Context, crmService, defineAction, noteHandoff, z } from 'trae-os/sdk'
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
    await noteHandoff(ctx, {
      leadId,
      summary: summary ?? ctx.t('handed-off', { lead: lead.name, closer: name }, ctx.workspace.locale),
      closer: { name, email },
      meetingId,
      briefing,
    })
    return { closer: { name, email }, ownerId }
  },
})

async function ownerOf(ctx: Context, email: string): Promise<string | null> {
  const { results } = await request<{ results: readonly { id: string }[] }>(ctx, {
    path: `/crm/owners/${VERSION}`,
    query: { email, limit: 1 },
  })
  const [owner] = results
  if (!owner) ctx.log.warn('HubSpot has no user with this e-mail; the contact keeps its owner.', { email })
  return owner?.id ?? null
}
