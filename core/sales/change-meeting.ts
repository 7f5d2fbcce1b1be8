import { getWorkspace, type Workspace } from '../access/workspace.ts'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { appendEvent } from '../events/append-event.ts'
import { newId, type WorkspaceId } from '../ids.ts'
import { type Sql, statement } from '../sql.ts'
import { chooseTaker, localMoment, lockCalendar } from './availability.ts'
import { tellTaker } from './tell-taker.ts'

type MeetingCore = Pick<Core, 'sql' | 'clock' | 'pubsub'>
interface Times {
  readonly id: string
  readonly startsAt: string
  readonly endsAt: string
}
/** Who gave a meeting another time, or called it off. */
export type ChangedBy = 'lead' | 'team' | 'playbook'

/**
 * Gives a meeting of the built-in calendar another time; it stays as long as it was. The same time again changes nothing. Whoever has it keeps
 * it where they can; else a colleague who is free gets it (`chooseTaker`) and a notice. Throws `NOT_FOUND`, `CONFLICT` when nobody is free at
 * that time, or the meeting is cancelled or over.
 */
export async function moveMeeting(
  core: MeetingCore,
  workspaceId: WorkspaceId,
  { id, startsAt, by = 'team' }: { id: string; startsAt: string; by?: ChangedBy },
): Promise<Times> {
  const start = new Date(startsAt)
  const workspace = await getWorkspace(core, workspaceId)
  const moved = await core.sql.transaction(async tx => {
    const before = await lockMeeting(tx, workspaceId, id)
    if (before.status !== 'SCHEDULED')
      throw new TraeError('CONFLICT', `The meeting ${id} is ${before.status}; book another one.`)
    return moveLocked(tx, core, workspace, before, { start, by })
  })
  tellOfMoved(core, workspaceId, moved)
  const { row } = moved
  return { id: row.id, startsAt: row.starts_at.toISOString(), endsAt: row.ends_at.toISOString() }
}

export interface Moved {
  readonly row: LockedMeeting
  /** False: it had that time already. */
  readonly changed: boolean
  /** Somebody else takes it now. */
  readonly handedOn: boolean
}

/** In the transaction that has locked a meeting that is to come; whoever commits tells of it (`tellOfMoved`). Throws `CONFLICT` when nobody is free. */
export async function moveLocked(
  tx: Sql,
  core: Pick<Core, 'clock'>,
  workspace: Workspace,
  before: LockedMeeting,
  { start, by }: { start: Date; by: ChangedBy },
): Promise<Moved> {
  if (before.starts_at.getTime() === start.getTime()) return { row: before, changed: false, handedOn: false }
  const end = new Date(start.getTime() + before.ends_at.getTime() - before.starts_at.getTime())
  const wanted = { startsAt: start, endsAt: end, leadId: before.lead_id, meetingId: before.id, keeper: before.taker_id }
  const owner = await chooseTaker(tx, workspace, wanted)
  const [row] = await tx.query<LockedMeeting>(MOVE_MEETING, [before.id, start, end, core.clock.now(), owner])
  const handedOn = before.taker_id !== null && owner !== null && owner !== before.taker_id
  if (handedOn) await tellTaker(tx, core, workspace, row!)
  await tellChange(tx, core, workspace, row!, { type: 'meeting.moved', by })
  return { row: row!, changed: true, handedOn }
}

/** After the commit. */
export function tellOfMoved(
  core: Pick<Core, 'pubsub'>,
  workspaceId: WorkspaceId,
  { row, changed, handedOn }: Moved,
): void {
  if (handedOn) core.pubsub.publish('notice.added', { workspaceId })
  if (changed) tellOfChanged(core, workspaceId, row)
}

/** Cancels a meeting of the built-in calendar; one that is cancelled stays so. Throws `NOT_FOUND`, `CONFLICT` for one that is over. */
export async function cancelMeeting(
  core: MeetingCore,
  workspaceId: WorkspaceId,
  { id, reason, by = 'team' }: { id: string; reason?: string | undefined; by?: ChangedBy },
): Promise<{ id: string; cancelled: true }> {
  const workspace = await getWorkspace(core, workspaceId)
  const cancelled = await core.sql.transaction(async tx => {
    const before = await lockMeeting(tx, workspaceId, id)
    if (before.status === 'CANCELLED') return null
    if (before.status !== 'SCHEDULED') throw new TraeError('CONFLICT', `The meeting ${id} is ${before.status} already.`)
    await cancelLocked(tx, core, workspace, before, { reason: reason ?? null, by })
    return before
  })
  if (cancelled) tellOfChanged(core, workspaceId, cancelled)
  return { id, cancelled: true }
}

/** In the transaction that has locked a meeting that is to come; whoever commits tells of it (`tellOfChanged`). */
export async function cancelLocked(
  tx: Sql,
  core: Pick<Core, 'clock'>,
  workspace: Workspace,
  before: LockedMeeting,
  { reason, by }: { reason: string | null; by: ChangedBy },
): Promise<void> {
  await tx.query(CANCEL_MEETING, [before.id, core.clock.now()])
  await tellChange(tx, core, workspace, before, { type: 'meeting.cancelled', by, reason })
}

/** After the commit. */
export function tellOfChanged(
  core: Pick<Core, 'pubsub'>,
  workspaceId: WorkspaceId,
  { id, lead_id: leadId }: LockedMeeting,
): void {
  core.pubsub.publish('meeting.updated', { workspaceId, meetingId: id })
  if (leadId) core.pubsub.publish('lead.updated', { workspaceId, leadId })
}

/** With the calendar held, so that two bookings never cross. */
export async function lockMeeting(tx: Sql, workspaceId: WorkspaceId, id: string): Promise<LockedMeeting> {
  await lockCalendar(tx, workspaceId)
  const [row] = await tx.query<LockedMeeting>(FIND_MEETING, [workspaceId, id])
  if (row) return row
  throw new TraeError('NOT_FOUND', `There is no meeting ${id} in this workspace.`)
}

const ACTIVITIES = { 'meeting.moved': 'MEETING_MOVED', 'meeting.cancelled': 'MEETING_CANCELLED' } as const
const BY_LEAD = { en: 'by the lead', 'pt-BR': 'pelo lead' } as const

/** The event that playbooks hear, and the entry in the history of the lead. `id`: by which playbooks know the meeting. */
export async function tellChange(
  tx: Sql,
  { clock }: Pick<Core, 'clock'>,
  workspace: Workspace,
  row: Pick<LockedMeeting, 'id' | 'title' | 'lead_id' | 'starts_at' | 'ends_at'>,
  change: { readonly by: ChangedBy } & (
    { readonly type: 'meeting.moved' } | { readonly type: 'meeting.cancelled'; readonly reason: string | null }
  ),
): Promise<void> {
  const { type, by } = change
  const reason = type === 'meeting.cancelled' ? change.reason : null
  const times = { startsAt: row.starts_at.toISOString(), endsAt: row.ends_at.toISOString() }
  const data = { leadId: row.lead_id, meetingId: row.id, ...times, reason, by }
  const now = clock.now()
  await appendEvent(tx, workspace.id, { type, subjectId: row.lead_id, data, source: 'calendar' }, now)
  if (row.lead_id === null) return
  const who = by === 'lead' ? ` (${BY_LEAD[workspace.locale === 'pt-BR' ? 'pt-BR' : 'en']})` : ''
  const said = type === 'meeting.moved' ? localMoment(row.starts_at, workspace) : reason
  const summary = `${row.title}${who}${said === null ? '' : `: ${said}`}`
  const facts = JSON.stringify({ meetingId: row.id, startsAt: times.startsAt, reason, by })
  await tx.query(TELL_HISTORY, [newId(), workspace.id, row.lead_id, ACTIVITIES[type], summary, facts, now])
}
const TELL_HISTORY = statement(
  'tell-history-of-meeting',
  `insert into activities (id, workspace_id, lead_id, kind, summary, data, occurred_at) values ($1, $2, $3, $4, $5, $6::jsonb, $7)`,
)

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
  /** Grows with every new time, and when it is cancelled. */
  sequence: number
}
const FIND_MEETING = statement(
  'find-meeting',
  `select m.id, m.title, m.owner_id, coalesce(m.owner_id, l.owner_id) as taker_id, m.lead_id, m.status, m.starts_at, m.ends_at, m.sequence
   from meetings m left join leads l on l.id = m.lead_id where m.workspace_id = $1 and m.id::text = $2`,
)
const MOVE_MEETING = statement(
  'move-meeting',
  `update meetings set starts_at = $2, ends_at = $3, owner_id = $5::uuid, sequence = sequence + 1, changed_at = $4,
     answer = null, answer_note = null, answer_stamp = null, answered_at = null
   where id = $1::uuid returning id, title, owner_id, owner_id as taker_id, lead_id, status, starts_at, ends_at, sequence`,
)
const CANCEL_MEETING = statement(
  'cancel-meeting',
  `update meetings set status = 'CANCELLED', sequence = sequence + 1, changed_at = $2 where id = $1::uuid`,
)
