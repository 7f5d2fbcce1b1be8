import ical, { type ICalCalendar, ICalCalendarMethod, ICalEventStatus } from 'ical-generator'
import type { Core } from '../context.ts'
import { publicBase } from '../public-base.ts'
import { statement } from '../sql.ts'

/**
 * The meetings of a feed as iCalendar (RFC 5545): a UID that stays, a SEQUENCE that grows with every new time, cancelled ones as such,
 * times in UTC, which every program shows on its own clock. From 90 days ago on, at most 2,000. Null for a feed that is not there,
 * or whose owner is no member any more.
 */
export async function writeFeed(core: Pick<Core, 'sql' | 'clock' | 'config'>, feedId: string): Promise<string | null> {
  const since = new Date(core.clock.now().getTime() - 90 * 86_400_000)
  const rows = await core.sql.query<FeedMeetingRow>(FEED_MEETINGS, [feedId, since])
  const [first] = rows
  if (!first) return null
  const calendar = ical({
    name: first.company,
    prodId: { company: 'TRAE', product: 'TRAE OS' },
    method: ICalCalendarMethod.PUBLISH,
    timezone: null,
    ttl: 15 * 60,
  })
  for (const row of rows) {
    if (row.id === null) continue
    addMeeting(calendar, core, {
      id: row.id,
      sequence: row.sequence,
      changedAt: row.changed_at,
      startsAt: row.starts_at,
      endsAt: row.ends_at,
      title: row.title,
      location: row.location,
      cancelled: row.status === 'CANCELLED',
      description: row.attendees.map(({ name, email }) => (name ? `${name} <${email}>` : email)).join('\n'),
    })
  }
  return calendar.toString()
}

/** One meeting as a file, for whoever adds it to a calendar; the same UID as in feeds and invitations. */
export function writeMeeting(
  core: Pick<Core, 'config'>,
  meeting: WrittenMeeting & { readonly company: string; readonly url: string },
): string {
  const calendar = ical({
    name: meeting.company,
    prodId: { company: 'TRAE', product: 'TRAE OS' },
    method: ICalCalendarMethod.PUBLISH,
    timezone: null,
  })
  addMeeting(calendar, core, meeting).url(meeting.url)
  return calendar.toString()
}

interface WrittenMeeting {
  readonly id: string
  /** Grows with every new time, and when it is cancelled. */
  readonly sequence: number
  readonly changedAt: Date
  readonly startsAt: Date
  readonly endsAt: Date
  readonly title: string
  readonly location: string | null
  readonly cancelled: boolean
  readonly description: string
}
const addMeeting = (calendar: ICalCalendar, core: Pick<Core, 'config'>, meeting: WrittenMeeting) =>
  calendar.createEvent({
    id: meetingUid(core, meeting.id),
    sequence: meeting.sequence,
    stamp: meeting.changedAt,
    start: meeting.startsAt,
    end: meeting.endsAt,
    summary: meeting.title,
    location: meeting.location,
    description: meeting.description,
    status: meeting.cancelled ? ICalEventStatus.CANCELLED : ICalEventStatus.CONFIRMED,
  })

/** By which calendars know a meeting, in feeds and invitations alike. */
export const meetingUid = (core: Pick<Core, 'config'>, id: string) =>
  `${id}@${new URL(publicBase(core.config)).hostname}`

/** The meeting that a UID of ours names. */
export const meetingOfUid = (uid: string): string | undefined =>
  /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@/i.exec(uid)?.[1]?.toLowerCase()

/** One row at least for a feed that is there, with an id where there is a meeting. */
type FeedMeetingRow = { company: string } & (
  | { id: null }
  | {
      id: string
      title: string
      status: string
      starts_at: Date
      ends_at: Date
      sequence: number
      changed_at: Date
      location: string | null
      attendees: readonly { name: string; email: string }[]
    }
)
const FEED_MEETINGS = statement(
  'calendar-feed.meetings',
  `select w.name as company, m.id, m.title, m.status, m.starts_at, m.ends_at, m.sequence, coalesce(m.changed_at, m.created_at) as changed_at,
     m.location, m.attendees
   from calendar_feeds f
   join memberships s on s.workspace_id = f.workspace_id and s.user_id = f.user_id
   join workspaces w on w.id = f.workspace_id
   left join lateral (
     select m.* from meetings m left join leads l on l.id = m.lead_id
     where m.workspace_id = f.workspace_id and m.starts_at >= $2
       and (f.scope = 'team' or coalesce(m.owner_id, l.owner_id) = f.user_id)
     order by m.starts_at, m.id limit 2000
   ) m on true
   where f.id = $1`,
)
