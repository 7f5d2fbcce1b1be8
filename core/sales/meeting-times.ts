import type { Core } from '../context.ts'
import type { WorkspaceId } from '../ids.ts'
import { freeTimes, type Span } from './availability.ts'

const MINUTE_MS = 60_000
/** Who gives a meeting another time gives its taker two hours, as a booking does. */
const NOTICE_MS = 120 * MINUTE_MS
const HORIZON_MS = 14 * 24 * 60 * MINUTE_MS
/** All of two weeks and what comes before the meeting, of everybody's half hours. */
const MOST = 2000

/** Between which moments a meeting may be moved to at `now`. */
export function offeredSpan({ startsAt }: { readonly startsAt: Date }, now: Date): { from: Date; to: Date } {
  const from = now.getTime() + NOTICE_MS
  return { from: new Date(from), to: new Date(Math.max(from, startsAt.getTime()) + HORIZON_MS) }
}

/**
 * Other times that a lead may choose for its meeting at `now`, earliest first: of whoever it meets, where they have any; else of anybody. From two hours on,
 * until two weeks after the meeting, or after today where that is later; nobody looks further than 60 days.
 */
export async function otherTimes(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  meeting: Span & { readonly id: string; readonly takerId: string | null },
  now: Date,
): Promise<Span[]> {
  const [start, end] = [meeting.startsAt.getTime(), meeting.endsAt.getTime()]
  const { from, to } = offeredSpan(meeting, now)
  const question = {
    from: from.toISOString(),
    to: to.toISOString(),
    minutes: (end - start) / MINUTE_MS,
    limit: MOST,
    meetingId: meeting.id,
  }
  const read = async (userId?: string) =>
    (await freeTimes(core, workspaceId, { ...question, userId }))
      .map(time => ({ startsAt: new Date(time.startsAt), endsAt: new Date(time.endsAt) }))
      .filter(({ startsAt }) => startsAt.getTime() !== start)
  const theirs = meeting.takerId === null ? [] : await read(meeting.takerId)
  return theirs.length > 0 ? theirs : read()
}
