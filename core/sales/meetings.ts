import { getWorkspace } from '../access/workspace.ts'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { newId, type WorkspaceId } from '../ids.ts'
import { compared, contains, type Listing, type ListRequest, oneOf, readList, readListOf } from '../listing.ts'
import type { Page } from '../page.ts'
import { statement } from '../sql.ts'
import { chooseTaker, lockCalendar } from './availability.ts'

export interface Meeting {
  readonly id: string
  readonly leadId: string | null
  /** Who of the team takes it; null: nobody in particular. */
  readonly ownerId: string | null
  readonly title: string
  readonly status: 'SCHEDULED' | 'COMPLETED' | 'CANCELLED' | 'NO_SHOW'
  readonly startsAt: string
  readonly endsAt: string
  readonly attendees: readonly { readonly name: string; readonly email: string }[]
  readonly location: string | null
  readonly briefing: unknown
  readonly runId: string | null
  readonly createdAt: string
  /** Of the lead, to the invitation of the time that holds now; null while there is none. */
  readonly answer: 'accepted' | 'declined' | 'tentative' | null
  readonly answerNote: string | null
  readonly answeredAt: string | null
  /** What was said beside the outcome, and when that was said; null while nobody has. */
  readonly outcomeNote: string | null
  readonly closedAt: string | null
}

interface MeetingRow {
  id: string
  lead_id: string | null
  owner_id: string | null
  title: string
  status: Meeting['status']
  starts_at: Date
  ends_at: Date
  attendees: Meeting['attendees']
  location: string | null
  briefing: unknown
  run_id: string | null
  created_at: Date
  answer: Meeting['answer']
  answer_note: string | null
  answered_at: Date | null
  outcome_note: string | null
  closed_at: Date | null
}

const meetingOf = (row: MeetingRow): Meeting => ({
  id: row.id,
  leadId: row.lead_id,
  ownerId: row.owner_id,
  title: row.title,
  status: row.status,
  startsAt: row.starts_at.toISOString(),
  endsAt: row.ends_at.toISOString(),
  attendees: row.attendees,
  location: row.location,
  briefing: row.briefing,
  runId: row.run_id,
  createdAt: row.created_at.toISOString(),
  answer: row.answer,
  answerNote: row.answer_note,
  answeredAt: row.answered_at?.toISOString() ?? null,
  outcomeNote: row.outcome_note,
  closedAt: row.closed_at?.toISOString() ?? null,
})

/**
 * Books a meeting on the built-in calendar, with whoever of the team `chooseTaker` finds, once per `key`: a repeat answers with the first one.
 * Throws `CONFLICT` when nobody is free at that time, `NOT_FOUND` for a lead that this workspace does not have.
 */
export async function scheduleMeeting(
  core: Pick<Core, 'sql' | 'clock' | 'pubsub'>,
  workspaceId: WorkspaceId,
  meeting: {
    leadId: string
    title: string
    startsAt: string
    endsAt: string
    attendees: readonly { name: string; email: string }[]
    location?: string | undefined
  },
  origin: { readonly key: string; readonly runId: string | null },
): Promise<{ id: string; startsAt: string; endsAt: string }> {
  if (!(new Date(meeting.endsAt) > new Date(meeting.startsAt)))
    throw new TraeError(
      'BAD_USER_INPUT',
      `A meeting must end after it starts; found ${meeting.startsAt} to ${meeting.endsAt}.`,
    )
  const workspace = await getWorkspace(core, workspaceId) // before the transaction: it asks the database once a process
  const row = await core.sql.transaction(async tx => {
    await lockCalendar(tx, workspaceId)
    const [earlier] = await tx.query<MeetingRow>(FIND_BY_KEY, [workspaceId, origin.key])
    if (earlier) return earlier
    const wanted = { leadId: meeting.leadId, startsAt: new Date(meeting.startsAt), endsAt: new Date(meeting.endsAt) }
    const ownerId = await chooseTaker(tx, workspace, wanted)
    const [created] = await tx.query<MeetingRow>(SCHEDULE_MEETING, [
      newId(),
      workspaceId,
      meeting.leadId,
      meeting.title,
      meeting.startsAt,
      meeting.endsAt,
      JSON.stringify(meeting.attendees),
      meeting.location ?? null,
      origin.runId,
      origin.key,
      core.clock.now(),
      ownerId,
    ])
    if (!created) throw new TraeError('NOT_FOUND', `There is no lead ${meeting.leadId} in this workspace.`)
    return created
  })
  core.pubsub.publish('meeting.updated', { workspaceId, meetingId: row.id })
  core.pubsub.publish('lead.updated', { workspaceId, leadId: meeting.leadId })
  return { id: row.id, startsAt: row.starts_at.toISOString(), endsAt: row.ends_at.toISOString() }
}
const FIND_BY_KEY = statement('find-meeting-by-key', `select * from meetings where workspace_id = $1 and key = $2`)
const SCHEDULE_MEETING = statement(
  'schedule-meeting',
  `with meeting as (
     insert into meetings (id, workspace_id, lead_id, title, status, starts_at, ends_at, attendees, location, run_id, key, created_at, owner_id)
     select $1, $2, id, $4, 'SCHEDULED', $5::timestamptz, $6::timestamptz, $7::jsonb, $8, $9::uuid, $10, $11, $12::uuid
     from leads where workspace_id = $2 and id = $3
     returning *
   ), told as (
     insert into activities (id, workspace_id, lead_id, kind, summary, data, run_id, key, occurred_at)
     select id, workspace_id, lead_id, 'MEETING', title, jsonb_build_object('meetingId', id, 'startsAt', starts_at), run_id, key || '#MEETING', created_at
     from meeting
   )
   select * from meeting`,
)

/** Lays the closer's briefing beside the meeting. Throws `NOT_FOUND`. */
export async function attachBriefing(
  core: Pick<Core, 'sql' | 'pubsub'>,
  workspaceId: WorkspaceId,
  { id, briefing }: { id: string; briefing: unknown },
): Promise<{ id: string }> {
  const [row] = await core.sql.query<{ id: string; lead_id: string | null }>(ATTACH_BRIEFING, [
    workspaceId,
    id,
    JSON.stringify(briefing),
  ])
  if (!row) throw new TraeError('NOT_FOUND', `There is no meeting ${id} in this workspace.`)
  core.pubsub.publish('meeting.updated', { workspaceId, meetingId: row.id })
  if (row.lead_id) core.pubsub.publish('lead.updated', { workspaceId, leadId: row.lead_id })
  return { id: row.id }
}
const ATTACH_BRIEFING = statement(
  'attach-briefing',
  `update meetings set briefing = $3::jsonb where workspace_id = $1 and id = $2 returning id, lead_id`,
)

export interface MeetingFilter {
  readonly leadId?: string | null | undefined
  readonly statuses?: readonly Meeting['status'][] | null | undefined
  readonly startsAfter?: Date | null | undefined
  readonly startsBefore?: Date | null | undefined
  /** True: with a briefing. */
  readonly hasBriefing?: boolean | null | undefined
  /** Found anywhere in the title or the place. */
  readonly search?: string | null | undefined
}
export type MeetingSortBy = 'startsAt' | 'createdAt'

/** The latest start first, unless another order is asked for. */
export const listMeetings = (
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  request: ListRequest<MeetingFilter, MeetingSortBy>,
): Promise<Page<Meeting>> => readList(core.sql, MEETINGS, workspaceId, request, meetingOf)

/** Of each of these leads one page, as `listMeetings` has it, in one statement. */
export const listMeetingsOf = (
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  ids: readonly string[],
  request: ListRequest<MeetingFilter, MeetingSortBy>,
): Promise<Map<string, Page<Meeting>>> =>
  readListOf(core.sql, MEETINGS, workspaceId, { column: 'm.lead_id', ids }, request, meetingOf)
const MEETINGS: Listing<MeetingFilter, MeetingSortBy> = {
  name: 'list-meetings',
  columns: 'm.*',
  from: 'meetings m',
  of: 'm.workspace_id = $1',
  id: 'm.id',
  conditions: {
    leadId: compared('m.lead_id', '=', 'uuid'),
    statuses: oneOf('m.status'),
    startsAfter: compared('m.starts_at', '>=', 'timestamptz'),
    startsBefore: compared('m.starts_at', '<', 'timestamptz'),
    hasBriefing: compared('(m.briefing is not null)', '=', 'boolean'),
    search: contains('m.title', 'm.location'),
  },
  orders: {
    startsAt: { by: 'm.starts_at', type: 'timestamptz' },
    createdAt: { by: 'm.created_at', type: 'timestamptz' },
  },
  usual: { by: 'startsAt' },
}

/** The meetings with these ids, in any order; unknown ids are left out. */
export async function findMeetings(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  ids: readonly string[],
): Promise<Meeting[]> {
  return (await core.sql.query<MeetingRow>(FIND_MEETINGS, [workspaceId, ids])).map(meetingOf)
}
const FIND_MEETINGS = statement(
  'find-meetings',
  `select * from meetings where workspace_id = $1 and id = any($2::uuid[])`,
)
