import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { appendEvent } from '../events/append-event.ts'
import type { WorkspaceId } from '../ids.ts'
import { type Sql, statement } from '../sql.ts'

type MeetingCore = Pick<Core, 'sql' | 'clock' | 'pubsub'>
interface Times {
  readonly id: string
  readonly startsAt: string
  readonly endsAt: string
}

/**
 * Gives a meeting of the built-in calendar another time; it stays as long as it was. The same time again changes nothing.
 * Throws `NOT_FOUND`, `CONFLICT` when that time is taken, or the meeting is cancelled or over.
 */
export async function moveMeeting(
  core: MeetingCore,
  workspaceId: WorkspaceId,
  { id, startsAt }: { id: string; startsAt: string },
): Promise<Times> {
  const start = new Date(startsAt)
  const { row, changed } = await core.sql.transaction(async tx => {
    const before = await lockMeeting(tx, workspaceId, id)
    if (before.status !== 'SCHEDULED')
      throw new TraeError('CONFLICT', `The meeting ${id} is ${before.status}; book another one.`)
    if (before.starts_at.getTime() === start.getTime()) return { row: before, changed: false }
    const end = new Date(start.getTime() + before.ends_at.getTime() - before.starts_at.getTime())
    const [taken] = await tx.query(OTHER_AT, [workspaceId, id, start, end])
    if (taken) throw new TraeError('CONFLICT', `The calendar is taken at ${start.toISOString()}; choose another time.`)
    const [row] = await tx.query<Row>(MOVE_MEETING, [id, start, end, core.clock.now()])
    await tell(tx, core, workspaceId, row!, 'meeting.moved')
    return { row: row!, changed: true }
  })
  if (changed) core.pubsub.publish('meeting.updated', { workspaceId, meetingId: row.id })
  if (changed && row.lead_id) core.pubsub.publish('lead.updated', { workspaceId, leadId: row.lead_id })
  return { id: row.id, startsAt: row.starts_at.toISOString(), endsAt: row.ends_at.toISOString() }
}

/** Cancels a meeting of the built-in calendar; one that is cancelled stays so. Throws `NOT_FOUND`, `CONFLICT` for one that is over. */
export async function cancelMeeting(
  core: MeetingCore,
  workspaceId: WorkspaceId,
  { id, reason }: { id: string; reason?: string | undefined },
): Promise<{ id: string; cancelled: true }> {
  const cancelled = await core.sql.transaction(async tx => {
    const before = await lockMeeting(tx, workspaceId, id)
    if (before.status === 'CANCELLED') return null
    if (before.status !== 'SCHEDULED') throw new TraeError('CONFLICT', `The meeting ${id} is ${before.status} already.`)
    await tx.query(CANCEL_MEETING, [id, core.clock.now()])
    await tell(tx, core, workspaceId, before, 'meeting.cancelled', reason)
    return before
  })
  if (cancelled) core.pubsub.publish('meeting.updated', { workspaceId, meetingId: id })
  if (cancelled?.lead_id) core.pubsub.publish('lead.updated', { workspaceId, leadId: cancelled.lead_id })
  return { id, cancelled: true }
}

/** With the calendar held, so that two bookings never cross. */
async function lockMeeting(tx: Sql, workspaceId: WorkspaceId, id: string): Promise<Row> {
  await tx.query(LOCK_CALENDAR, [workspaceId])
  const [row] = await tx.query<Row>(FIND_MEETING, [workspaceId, id])
  if (row) return row
  throw new TraeError('NOT_FOUND', `There is no meeting ${id} in this workspace.`)
}

async function tell(
  tx: Sql,
  { clock }: Pick<Core, 'clock'>,
  workspaceId: WorkspaceId,
  row: Row,
  type: 'meeting.moved' | 'meeting.cancelled',
  reason?: string,
): Promise<void> {
  const data = { leadId: row.lead_id, meetingId: row.id, startsAt: row.starts_at.toISOString(), reason: reason ?? null }
  await appendEvent(tx, workspaceId, { type, subjectId: row.lead_id, data, source: 'calendar' }, clock.now())
}

interface Row {
  id: string
  lead_id: string | null
  status: 'SCHEDULED' | 'COMPLETED' | 'CANCELLED' | 'NO_SHOW'
  starts_at: Date
  ends_at: Date
}
const LOCK_CALENDAR = statement('hold-calendar', `select id from workspaces where id = $1 for update`)
const FIND_MEETING = statement(
  'find-meeting',
  `select id, lead_id, status, starts_at, ends_at from meetings where workspace_id = $1 and id::text = $2`,
)
const OTHER_AT = statement(
  'other-meeting-at',
  `select id from meetings where workspace_id = $1 and id::text <> $2 and status = 'SCHEDULED' and starts_at < $4 and ends_at > $3 limit 1`,
)
const MOVE_MEETING = statement(
  'move-meeting',
  `update meetings set starts_at = $2, ends_at = $3, sequence = sequence + 1, changed_at = $4,
     answer = null, answer_note = null, answer_stamp = null, answered_at = null
   where id = $1::uuid returning id, lead_id, status, starts_at, ends_at`,
)
const CANCEL_MEETING = statement(
  'cancel-meeting',
  `update meetings set status = 'CANCELLED', sequence = sequence + 1, changed_at = $2 where id = $1::uuid`,
)
