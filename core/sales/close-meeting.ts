import { actorOf, audit } from '../access/audit.ts'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { appendEvent } from '../events/append-event.ts'
import { newId, type UserId, type WorkspaceId } from '../ids.ts'
import { type Sql, statement } from '../sql.ts'
import { lockMeeting, type LockedMeeting } from './change-meeting.ts'

export const MEETING_OUTCOMES = ['COMPLETED', 'NO_SHOW'] as const
export type MeetingOutcome = (typeof MEETING_OUTCOMES)[number]

const MOST_NOTED = 2000
const TOLD = {
  COMPLETED: { type: 'meeting.held', activity: 'MEETING_HELD' },
  NO_SHOW: { type: 'meeting.missed', activity: 'MEETING_MISSED' },
} as const

/**
 * Says what became of a meeting of the built-in calendar that has begun: it stands at the meeting, in the history of the lead and in the
 * audit log, and is the event `meeting.held` or `meeting.missed`, all or nothing. The same outcome again changes nothing; the other one corrects
 * the first. Throws `NOT_FOUND`, `CONFLICT` for a meeting that is cancelled or has not begun, `BAD_USER_INPUT` for a note of more than 2,000 characters.
 */
export async function closeMeeting(
  core: Pick<Core, 'sql' | 'clock' | 'queue' | 'pubsub'>,
  workspaceId: WorkspaceId,
  { id, outcome, note }: { id: string; outcome: MeetingOutcome; note?: string | undefined },
  by: UserId | undefined,
): Promise<void> {
  if (note !== undefined && note.length > MOST_NOTED)
    throw new TraeError(
      'BAD_USER_INPUT',
      `A note has up to ${MOST_NOTED} characters; found ${note.length}. Shorten it.`,
    )
  const now = core.clock.now()
  const closed = await core.sql.transaction(async tx => {
    const meeting = await lockMeeting(tx, workspaceId, id)
    if (meeting.status === 'CANCELLED')
      throw new TraeError(
        'CONFLICT',
        `The meeting ${id} is cancelled: it was neither held nor missed. Book another one.`,
      )
    if (meeting.starts_at > now)
      throw new TraeError(
        'CONFLICT',
        `The meeting ${id} begins at ${meeting.starts_at.toISOString()}: say then whether it was held, or cancel it.`,
      )
    if (meeting.status === outcome) return undefined
    await writeOutcome(tx, workspaceId, meeting, { outcome, note: note ?? null, by, now })
    return meeting
  })
  if (closed) tellOfClosed(core, workspaceId, closed)
}

/** How long before its start a meeting may begin: an earlier call with the lead is another conversation. */
const EARLY_MS = 3_600_000

/**
 * In the transaction that ends a call: the meeting that it was the call of was held, early as it may have begun. Undefined where that is known already,
 * the meeting is cancelled, or further away than an hour. Whoever commits tells of what was closed (`tellOfClosed`).
 */
export async function closeByCall(
  tx: Sql,
  core: Pick<Core, 'clock'>,
  workspaceId: WorkspaceId,
  meetingId: string,
): Promise<LockedMeeting | undefined> {
  const now = core.clock.now()
  const meeting = await lockMeeting(tx, workspaceId, meetingId)
  if (meeting.status === 'CANCELLED' || meeting.status === 'COMPLETED') return undefined
  if (meeting.starts_at.getTime() - EARLY_MS > now.getTime()) return undefined
  await writeOutcome(tx, workspaceId, meeting, { outcome: 'COMPLETED', note: null, by: undefined, now })
  return meeting
}

/** After the commit. */
export function tellOfClosed(
  core: Pick<Core, 'queue' | 'pubsub'>,
  workspaceId: WorkspaceId,
  { id, lead_id: leadId }: LockedMeeting,
): void {
  core.queue.ring('events')
  core.pubsub.publish('meeting.updated', { workspaceId, meetingId: id })
  if (leadId) core.pubsub.publish('lead.updated', { workspaceId, leadId })
}

async function writeOutcome(
  tx: Sql,
  workspaceId: WorkspaceId,
  meeting: LockedMeeting,
  given: { outcome: MeetingOutcome; note: string | null; by: UserId | undefined; now: Date },
): Promise<void> {
  const { outcome, note, by, now } = given
  const { type, activity } = TOLD[outcome]
  const { id, lead_id: leadId } = meeting
  const [row] = await tx.query<{ no_shows: number }>(CLOSE_MEETING, [
    workspaceId,
    id,
    outcome,
    note,
    now,
    newId(),
    activity,
  ])
  const times = { startsAt: meeting.starts_at.toISOString(), endsAt: meeting.ends_at.toISOString() }
  const counted = outcome === 'NO_SHOW' ? { noShows: row!.no_shows } : {}
  const data = { leadId, meetingId: id, ...times, note, ...counted }
  await appendEvent(tx, workspaceId, { type, subjectId: leadId, data, source: 'calendar' }, now)
  // Without the note: an entry of the audit log outlives the person whom a note speaks of
  const entry = { target: `meeting:${id}`, data: { before: meeting.status, after: outcome } }
  await audit(tx, workspaceId, { actor: actorOf(by), action: 'meeting.closed', ...entry }, now)
}

const CLOSE_MEETING = statement(
  'close-meeting',
  `with closed as (
     update meetings set status = $3, outcome_note = $4, closed_at = $5::timestamptz
     where workspace_id = $1 and id = $2::uuid returning id, lead_id, title
   ), history as (
     insert into activities (id, workspace_id, lead_id, kind, summary, data, occurred_at)
     select $6, $1, lead_id, $7, concat_ws(': ', title, $4::text), jsonb_build_object('meetingId', id, 'note', $4::text), $5 from closed where lead_id is not null
   )
   select 1 + (select count(*)::int from meetings m
     where m.workspace_id = $1 and m.lead_id = c.lead_id and m.status = 'NO_SHOW' and m.id <> c.id) as no_shows
   from closed c`,
)
