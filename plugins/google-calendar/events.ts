import { type Context, hasCode, z } from 'trae-os/sdk'
import { calendarPath, isStatus, request } from './request.ts'

interface Time {
  readonly dateTime?: string
  readonly date?: string
  readonly timeZone?: string
}
/** An event as Google's API shows it; a cancelled one may have nothing but its id. */
export interface GoogleEvent {
  readonly id: string
  readonly status?: string
  readonly summary?: string
  readonly description?: string
  readonly location?: string
  readonly start?: Time
  readonly end?: Time
  readonly attendees?: readonly { readonly email?: string; readonly responseStatus?: string }[]
  readonly hangoutLink?: string
  readonly htmlLink?: string
  readonly updated?: string
  readonly transparency?: string
  readonly extendedProperties?: { readonly private?: { readonly traeLead?: string } }
}

export const eventOutput = z.object({
  id: z.string(),
  status: z.string().describe('confirmed, tentative or cancelled'),
  title: z.string().nullable(),
  startsAt: z.string().nullable().describe('An instant; of an event of whole days its first day.'),
  endsAt: z.string().nullable(),
  location: z.string().nullable(),
  link: z.string().nullable().describe('Where people meet.'),
  page: z.string().nullable().describe('In Google Calendar.'),
  attendees: z.array(z.object({ email: z.string(), response: z.string() })),
  updatedAt: z.string().nullable(),
})

export const shownEvent = (event: GoogleEvent): z.output<typeof eventOutput> => ({
  id: event.id,
  status: event.status ?? 'confirmed',
  title: event.summary ?? null,
  startsAt: event.start?.dateTime ?? event.start?.date ?? null,
  endsAt: event.end?.dateTime ?? event.end?.date ?? null,
  location: event.location ?? null,
  link: event.hangoutLink ?? null,
  page: event.htmlLink ?? null,
  attendees: (event.attendees ?? []).map(({ email = '', responseStatus = '' }) => ({
    email,
    response: responseStatus,
  })),
  updatedAt: event.updated ?? null,
})

/** What the service promises of a meeting. */
export function booked(event: GoogleEvent) {
  const at = (time: Time | undefined) => new Date(time?.dateTime ?? time?.date ?? 0).toISOString()
  return { id: event.id, startsAt: at(event.start), endsAt: at(event.end), link: event.hangoutLink ?? null }
}

/** What the service promises of a meeting that stands in the calendar now; with its lead's page, where the event says whom it is with. */
export async function told(ctx: Context, event: GoogleEvent) {
  const meeting = booked(event)
  const leadId = event.extendedProperties?.private?.traeLead
  if (leadId === undefined) return meeting
  const { id: externalId, startsAt, endsAt } = meeting
  const location = (event.location ?? event.hangoutLink)?.slice(0, 500)
  try {
    const { changeLink } = await ctx.records.meetings.booked({
      externalId,
      leadId,
      title: event.summary?.slice(0, 255) || '–',
      startsAt,
      endsAt,
      ...(location && { location }),
    })
    return { ...meeting, changeLink }
  } catch (error) {
    if (hasCode(error, 'NOT_FOUND')) return meeting // somebody who is no lead any more
    throw error
  }
}

/**
 * The id of the event that a step makes: the same through every attempt, so that a second insert is refused. Google takes
 * base32hex, 5 to 1024 characters, of which hexadecimal is a part.
 */
export function eventIdOf(key: string): string {
  const written = encodeURIComponent(key)
  const kept = written.length <= 512 ? written : written.slice(0, 100) + written.slice(-412) // run, and end of the path
  return Array.from(kept, letter => letter.charCodeAt(0).toString(16).padStart(2, '0')).join('')
}

/** Undefined where there is none, or it was cancelled. */
export async function findEvent(ctx: Context, id: string): Promise<GoogleEvent | undefined> {
  try {
    const event = await request<GoogleEvent>(ctx, { path: await calendarPath(ctx, 'events', id) })
    return event.status === 'cancelled' ? undefined : event
  } catch (error) {
    if (isStatus(error, 404) || isStatus(error, 410)) return undefined
    throw error
  }
}

/** Inserts it under this id; where an earlier attempt has done that, answers what it made. Guests are written to by Google. */
export async function insertEvent(
  ctx: Context,
  id: string,
  event: Readonly<Record<string, unknown>>,
): Promise<GoogleEvent> {
  try {
    return await request<GoogleEvent>(ctx, {
      method: 'POST',
      path: await calendarPath(ctx, 'events'),
      query: { sendUpdates: 'all', conferenceDataVersion: 1 },
      body: { id, ...event },
    })
  } catch (error) {
    if (!isStatus(error, 409)) throw error
    return request<GoogleEvent>(ctx, { path: await calendarPath(ctx, 'events', id) })
  }
}
