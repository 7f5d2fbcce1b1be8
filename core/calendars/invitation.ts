import ical, { ICalAttendeeStatus, ICalCalendarMethod, ICalEventStatus } from 'ical-generator'
import type { Core } from '../context.ts'
import { meetingUid } from './write-calendar.ts'

/** A meeting as an invitation tells of it. */
export interface InvitedMeeting {
  readonly id: string
  readonly title: string
  readonly status: string
  readonly startsAt: Date
  readonly endsAt: Date
  readonly location: string | null
  /** Grows with every new time, and when it is cancelled. */
  readonly sequence: number
  readonly attendees: readonly { readonly name: string; readonly email: string }[]
}
/** The same as JSON of the database, whose moments are text. */
export type InvitedMeetingJson = Omit<InvitedMeeting, 'startsAt' | 'endsAt'> & {
  readonly startsAt: string
  readonly endsAt: string
}
export const invitedMeeting = (json: InvitedMeetingJson): InvitedMeeting => ({
  ...json,
  startsAt: new Date(json.startsAt),
  endsAt: new Date(json.endsAt),
})

export interface Invitation {
  readonly method: 'REQUEST' | 'CANCEL'
  /** iCalendar, for a body part of its own (RFC 6047). */
  readonly content: string
}

/**
 * The meeting for the calendar of one reader (RFC 5546): a request to come, or word that it is called off. The UID is that of our feeds;
 * times are in UTC, which every program shows on its reader's clock. Undefined for a meeting that is over, or that they are not invited to.
 */
export function writeInvitation(
  core: Pick<Core, 'config' | 'clock'>,
  organizer: { readonly name: string; readonly address: string },
  meeting: InvitedMeeting,
  to: string,
): Invitation | undefined {
  const now = core.clock.now()
  const attendee = meeting.attendees.find(({ email }) => email.toLowerCase() === to.toLowerCase())
  const cancelled = meeting.status === 'CANCELLED'
  if (!attendee || meeting.endsAt <= now || (!cancelled && meeting.status !== 'SCHEDULED')) return undefined
  const method = cancelled ? ICalCalendarMethod.CANCEL : ICalCalendarMethod.REQUEST
  const calendar = ical({ prodId: { company: 'TRAE', product: 'TRAE OS' }, method, timezone: null })
  calendar.createEvent({
    id: meetingUid(core, meeting.id),
    sequence: meeting.sequence,
    stamp: now,
    start: meeting.startsAt,
    end: meeting.endsAt,
    summary: meeting.title,
    location: meeting.location,
    status: cancelled ? ICalEventStatus.CANCELLED : ICalEventStatus.CONFIRMED,
    organizer: { name: organizer.name || organizer.address, email: organizer.address },
    attendees: [
      {
        name: attendee.name || attendee.email,
        email: attendee.email,
        ...(cancelled ? {} : { rsvp: true, status: ICalAttendeeStatus.NEEDSACTION }),
      },
    ],
  })
  return { method: cancelled ? 'CANCEL' : 'REQUEST', content: calendar.toString() }
}
