import ical, { ICalCalendarMethod, ICalEventStatus } from 'ical-generator'
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
    calendar.createEvent({
      id: meetingUid(core, row.id),
      sequence: row.sequence,
      stamp: row.changed_at,
      start: row.starts_at,
      end: row.ends_at,
      summary: row.title,
      location: row.location,
      description: row.attendees.map(({ name, email }) => (name ? `${name} <${email}>` : email)).join('\n'),
      status: row.status === 'CANCELLED' ? ICalEventStatus.CANCELLED : ICalEventStatus.CONFIRMED,
    })
  }
  return calendar.toString()
}

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
