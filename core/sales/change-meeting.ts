import { getWorkspace } from '../access/workspace.ts'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { appendEvent } from '../events/append-event.ts'
import type { WorkspaceId } from '../ids.ts'
import { type Sql, statement } from '../sql.ts'
import { chooseTaker, lockCalendar } from './availability.ts'
import { tellTaker } from './tell-taker.ts'

type MeetingCore = Pick<Core, 'sql' | 'clock' | 'pubsub'>
interface Times {
  readonly id: string
  readonly startsAt: string
  readonly endsAt: string
}

/**
 * Gives a meeting of the built-in calendar another time; it stays as long as it was. The same time again changes nothing. Whoever has it keeps
 * it where they can; else a colleague who is free gets it (`chooseTaker`) and a notice. Throws `NOT_FOUND`, `CONFLICT` when nobody is free at
 * that time, or the meeting is cancelled or over.
 */
export async function moveMeeting(
  core: MeetingCore,
  workspaceId: WorkspaceId,
  { id, startsAt }: { id: string; startsAt: string },
): Promise<Times> {
  const start = new Date(startsAt)
  const workspace = await getWorkspace(core, workspaceId)
  const { row, changed, handedOn } = await core.sql.transaction(async tx => {
    const before = await lockMeeting(tx, workspaceId, id)
    if (before.status !== 'SCHEDULED')
      throw new TraeError('CONFLICT', `The meeting ${id} is ${before.status}; book another one.`)
    if (before.starts_at.getTime() === start.getTime()) return { row: before, changed: false, handedOn: false }
    const end = new Date(start.getTime() + before.ends_at.getTime() - before.starts_at.getTime())
    const wanted = {
      startsAt: start,
      endsAt: end,
      leadId: before.lead_id,
      meetingId: before.id,
      keeper: before.taker_id,
    }
    const owner = await chooseTaker(tx, workspace, wanted)
    const [row] = await tx.query<LockedMeeting>(MOVE_MEETING, [id, start, end, core.clock.now(), owner])
    const handedOn = before.taker_id !== null && owner !== null && owner !== before.taker_id
    if (handedOn) await tellTaker(tx, core, workspace, row!)
    await tell(tx, core, workspaceId, row!, 'meeting.moved')
    return { row: row!, changed: true, handedOn }
  })
  if (handedOn) core.pubsub.publish('notice.added', { workspaceId })
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
export async function lockMeeting(tx: Sql, workspaceId: WorkspaceId, id: string): Promise<LockedMeeting> {
  await lockCalendar(tx, workspaceId)
  const [row] = await tx.query<LockedMeeting>(FIND_MEETING, [workspaceId, id])
  if (row) return row
  throw new TraeError('NOT_FOUND', `There is no meeting ${id} in this workspace.`)
}

async function tell(
  tx: Sql,
  { clock }: Pick<Core, 'clock'>,
  workspaceId: WorkspaceId,
  row: LockedMeeting,
  type: 'meeting.moved' | 'meeting.cancelled',
  reason?: string,
): Promise<void> {
  const times = { startsAt: row.starts_at.toISOString(), endsAt: row.ends_at.toISOString() }
  const data = { leadId: row.lead_id, meetingId: row.id, ...times, reason: reason ?? null }
  await appendEvent(tx, workspaceId, { type, subjectId: row.lead_id, data, source: 'calendar' }, clock.now())
}

export interface LockedMeeting {
  id: string
  title: string
  owner_id: string | null
  /** Who has it: its owner, else the lead's. */
  taker_id: string | null
  lead_id: string | null
  status: 'SCHEDULED' | 'COMPLETED' | 'CANCELLED' | 'NO_SHOW'
  starts_at: Date
  ends_at: Date
}
const FIND_MEETING = statement(
  'find-meeting',
  `select m.id, m.title, m.owner_id, coalesce(m.owner_id, l.owner_id) as taker_id, m.lead_id, m.status, m.starts_at, m.ends_at
   from meetings m left join leads l on l.id = m.lead_id where m.workspace_id = $1 and m.id::text = $2`,
)
const MOVE_MEETING = statement(
  'move-meeting',
  `update meetings set starts_at = $2, ends_at = $3, owner_id = $5::uuid, sequence = sequence + 1, changed_at = $4,
     answer = null, answer_note = null, answer_stamp = null, answered_at = null
   where id = $1::uuid returning id, title, owner_id, owner_id as taker_id, lead_id, status, starts_at, ends_at`,
)
const CANCEL_MEETING = statement(
  'cancel-meeting',
  `update meetings set status = 'CANCELLED', sequence = sequence + 1, changed_at = $2 where id = $1::uuid`,
)
