import { type Context, type Lead, type LeadStatus } from 'trae-os/sdk'
import { type HubSpotObject, toProperties, upsertContactByEmail } from './objects.ts'

/** The values of `hs_lead_status` that every account begins with. */
const STATUSES: Readonly<Record<LeadStatus, string>> = {
  NEW: 'NEW',
  QUALIFYING: 'IN_PROGRESS',
  QUALIFIED: 'OPEN',
  NURTURING: 'BAD_TIMING',
  DISQUALIFIED: 'UNQUALIFIED',
  CONVERTED: 'OPEN_DEAL',
}

/**
 * Writes what we know of a lead to its contact in HubSpot, which is created where there is none. A lead without an e-mail
 * has no contact there: undefined, and the log says so.
 */
export async function mirrorLead(
  ctx: Context,
  lead: Lead,
  more: Readonly<Record<string, string>> = {},
): Promise<HubSpotObject | undefined> {
  if (lead.email === null) {
    ctx.log.warn('The lead has no e-mail, so HubSpot was told nothing.', { leadId: lead.id })
    return undefined
  }
  const [firstname, ...rest] = lead.name.trim().split(/\s+/)
  const known = {
    firstname,
    lastname: rest.length > 0 ? rest.join(' ') : undefined,
    phone: lead.phone ?? undefined,
    company: lead.company ?? undefined,
    jobtitle: lead.jobTitle ?? undefined,
    hs_lead_status: STATUSES[lead.status],
  }
  return upsertContactByEmail(ctx, lead.email, { ...toProperties(known), ...more })
}
