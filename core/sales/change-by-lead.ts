/**
 * What a lead does to its own meeting, on the page that its letters name. It may choose a time that the page offers, as long as the meeting is not about to begin,
 * and cancel until it begins. All is asked again with the calendar held: two who choose the same time get it once, and who read an old page is told so.
 */
import { getWorkspace } from '../access/workspace.ts'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import {
  cancelLocked,
  type LockedMeeting,
  lockMeeting,
  moveLocked,
  tellOfChanged,
  tellOfMoved,
} from './change-meeting.ts'
import { otherTimes } from './meeting-times.ts'

type ChangeCore = Pick<Core, 'sql' | 'clock' | 'queue' | 'pubsub'>
/** Why a change is refused: `CONFLICT` has it as `details.reason`. */
export const REFUSALS = ['over', 'cancelled', 'changed', 'late', 'taken', 'pending'] as const
export type Refusal = (typeof REFUSALS)[number]

/** Whoever takes a meeting is on their way to it by then: a new time would find them waiting. The last reminder goes out before. */
const LATEST_MS = 15 * 60_000

/** Until when a lead may choose another time. */
export const movableUntil = (startsAt: Date) => new Date(startsAt.getTime() - LATEST_MS)

/**
 * Gives the meeting the time that was chosen, and tells it as any move. The time that it has already changes nothing. Throws `NOT_FOUND`, and `CONFLICT`
 * with a `Refusal`: `changed` where `sequence` is not that of the meeting, `taken` for a time that is offered no more.
 */
export async function moveByLead(
  core: ChangeCore,
  workspaceId: WorkspaceId,
  { id, startsAt, sequence }: { id: string; startsAt: Date; sequence: number },
): Promise<void> {
  const now = core.clock.now()
  const workspace = await getWorkspace(core, workspaceId)
  const moved = await core.sql.transaction(async tx => {
    const before = await lockMeeting(tx, workspaceId, id)
    demandToCome(before, now)
    if (before.starts_at.getTime() === startsAt.getTime())
      return moveLocked(tx, core, workspace, before, { start: startsAt, by: 'lead' })
    demandSeen(before, sequence)
    if (now > movableUntil(before.starts_at)) throw refusal('late', before)
    const meeting = { id, takerId: before.taker_id, startsAt: before.starts_at, endsAt: before.ends_at }
    const offered = await otherTimes({ sql: tx }, workspaceId, meeting, now)
    if (!offered.some(time => time.startsAt.getTime() === startsAt.getTime())) throw refusal('taken', before)
    return moveLocked(tx, core, workspace, before, { start: startsAt, by: 'lead' })
  })
  if (moved.changed) core.queue.ring('events')
  tellOfMoved(core, workspaceId, moved)
}

/** Calls the meeting off, and tells it as any cancellation; one that is cancelled stays so. Throws as `moveByLead`. */
export async function cancelByLead(
  core: ChangeCore,
  workspaceId: WorkspaceId,
  { id, reason, sequence }: { id: string; reason: string | null; sequence: number },
): Promise<void> {
  const workspace = await getWorkspace(core, workspaceId)
  const cancelled = await core.sql.transaction(async tx => {
    const before = await lockMeeting(tx, workspaceId, id)
    if (before.status === 'CANCELLED') return null
    demandToCome(before, core.clock.now())
    demandSeen(before, sequence)
    await cancelLocked(tx, core, workspace, before, { reason, by: 'lead' })
    return before
  })
  if (!cancelled) return
  core.queue.ring('events')
  tellOfChanged(core, workspaceId, cancelled)
}

function demandToCome(meeting: LockedMeeting, now: Date): void {
  if (meeting.status === 'CANCELLED') throw refusal('cancelled', meeting)
  if (meeting.status !== 'SCHEDULED' || meeting.starts_at <= now) throw refusal('over', meeting)
}

function demandSeen(meeting: LockedMeeting, sequence: number): void {
  if (meeting.sequence !== sequence) throw refusal('changed', meeting)
}

const MESSAGES: Readonly<Record<Refusal, (meeting: Pick<LockedMeeting, 'starts_at'>) => string>> = {
  over: ({ starts_at: at }) => `The meeting began at ${at.toISOString()}.`,
  cancelled: () => 'The meeting is cancelled. Book another one.',
  changed: ({ starts_at: at }) => `The meeting was changed meanwhile: it begins at ${at.toISOString()}. Look again.`,
  late: ({ starts_at: at }) => `The meeting begins at ${at.toISOString()}: it is too late to move it. Write or call.`,
  taken: () => 'That time is offered no more; choose another one.',
  pending: () => 'What was asked for before is still on its way to the calendar. Look again in a moment.',
}
export const refusal = (reason: Refusal, meeting: Pick<LockedMeeting, 'starts_at'>) =>
  new TraeError('CONFLICT', MESSAGES[reason](meeting), { details: { reason } })
