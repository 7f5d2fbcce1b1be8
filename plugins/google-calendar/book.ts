import type { Context } from 'trae-os/sdk'
import { type GoogleEvent, insertEvent } from './events.ts'

/** Makes the event of a step, with the lead as its guest; a place to meet on Meet, where none is given. */
export async function bookFor(
  ctx: Context,
  id: string,
  {
    leadId,
    title,
    location,
  }: { readonly leadId: string; readonly title?: string | undefined; readonly location?: string | undefined },
  { startsAt, endsAt }: { readonly startsAt: string; readonly endsAt: string },
): Promise<GoogleEvent> {
  const lead = await ctx.records.leads.get({ id: leadId })
  const { timeZone } = ctx.workspace
  return insertEvent(ctx, id, {
    summary: title ?? ctx.t('title', { name: lead.name }),
    start: { dateTime: startsAt, timeZone },
    end: { dateTime: endsAt, timeZone },
    ...(lead.email === null ? {} : { attendees: [{ email: lead.email, displayName: lead.name }] }),
    ...(location === undefined
      ? { conferenceData: { createRequest: { requestId: id, conferenceSolutionKey: { type: 'hangoutsMeet' } } } }
      : { location }),
    extendedProperties: { private: { traeLead: leadId } },
  })
}
