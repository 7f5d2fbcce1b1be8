import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { newId, type WorkspaceId } from '../ids.ts'
import { compared, contains, type Listing, type ListRequest, oneOf, readList, readListOf } from '../listing.ts'
import type { Page } from '../page.ts'
import { statement } from '../sql.ts'

export const ACTIVITY_KINDS = [
  'CAPTURED',
  'ENRICHED',
  'SCORED',
  'STATUS_CHANGED',
  'EMAIL_SENT',
  'EMAIL_RECEIVED',
  'EMAIL_BOUNCED',
  'MESSAGE_SENT',
  'MESSAGE_RECEIVED',
  'MEETING',
  'MEETING_ANSWERED',
  'MEETING_MOVED',
  'MEETING_CANCELLED',
  'MEETING_HELD',
  'MEETING_MISSED',
  'HANDOFF',
  'DEAL',
  'CUSTOMER',
  'MERGED',
  'NOTE',
] as const
export type ActivityKind = (typeof ACTIVITY_KINDS)[number]

/** One thing that happened to a lead, told to people. */
export interface Activity {
  readonly id: string
  readonly leadId: string
  readonly kind: ActivityKind
  readonly summary: string
  readonly data: Readonly<Record<string, unknown>>
  readonly runId: string | null
  readonly occurredAt: string
}

interface ActivityRow {
  id: string
  lead_id: string
  kind: ActivityKind
  summary: string
  data: Record<string, unknown>
  run_id: string | null
  occurred_at: Date
}

const activityOf = (row: ActivityRow): Activity => ({
  id: row.id,
  leadId: row.lead_id,
  kind: row.kind,
  summary: row.summary,
  data: row.data,
  runId: row.run_id,
  occurredAt: row.occurred_at.toISOString(),
})

/** Writes an activity, once per `key` and kind. Throws `NOT_FOUND` for a lead that this workspace does not have. */
export async function addActivity(
  core: Pick<Core, 'sql' | 'clock' | 'pubsub'>,
  workspaceId: WorkspaceId,
  activity: { leadId: string; kind: ActivityKind; summary: string; data?: Record<string, unknown> | undefined },
  origin: { readonly key: string; readonly runId: string | null },
): Promise<{ id: string }> {
  const [row] = await core.sql.query<{ id: string }>(ADD_ACTIVITY, [
    newId(),
    workspaceId,
    activity.leadId,
    activity.kind,
    activity.summary,
    JSON.stringify(activity.data ?? {}),
    origin.runId,
    `${origin.key}#${activity.kind}`,
    core.clock.now(),
  ])
  if (!row) throw new TraeError('NOT_FOUND', `There is no lead ${activity.leadId} in this workspace.`)
  core.pubsub.publish('lead.updated', { workspaceId, leadId: activity.leadId })
  return row
}
const ADD_ACTIVITY = statement(
  'add-activity',
  `insert into activities (id, workspace_id, lead_id, kind, summary, data, run_id, key, occurred_at)
   select $1, $2, id, $4, $5, $6::jsonb, $7::uuid, $8, $9 from leads where workspace_id = $2 and id = $3
   on conflict (workspace_id, key) do update set key = excluded.key
   returning id`,
)

export interface ActivityFilter {
  readonly leadId?: string | null | undefined
  readonly kinds?: readonly ActivityKind[] | null | undefined
  /** Found anywhere in the summary. */
  readonly search?: string | null | undefined
  readonly occurredAfter?: Date | null | undefined
  readonly occurredBefore?: Date | null | undefined
}
export type ActivitySortBy = 'occurredAt'

/** What happened to leads, newest first, unless the other way is asked for. */
export const listActivities = (
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  request: ListRequest<ActivityFilter, ActivitySortBy>,
): Promise<Page<Activity>> => readList(core.sql, ACTIVITIES, workspaceId, request, activityOf)

/** Of each of these leads one page, as `listActivities` has it, in one statement. */
export const listActivitiesOf = (
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  ids: readonly string[],
  request: ListRequest<ActivityFilter, ActivitySortBy>,
): Promise<Map<string, Page<Activity>>> =>
  readListOf(core.sql, ACTIVITIES, workspaceId, { column: 'a.lead_id', ids }, request, activityOf)
const ACTIVITIES: Listing<ActivityFilter, ActivitySortBy> = {
  name: 'list-activities',
  columns: 'a.*',
  from: 'activities a',
  of: 'a.workspace_id = $1',
  id: 'a.id',
  conditions: {
    leadId: compared('a.lead_id', '=', 'uuid'),
    kinds: oneOf('a.kind'),
    search: contains('a.summary'),
    occurredAfter: compared('a.occurred_at', '>=', 'timestamptz'),
    occurredBefore: compared('a.occurred_at', '<', 'timestamptz'),
  },
  orders: { occurredAt: { by: 'a.occurred_at', type: 'timestamptz' } },
  usual: { by: 'occurredAt' },
}

/** The activities with these ids, in any order; unknown ids are left out. */
export async function findActivities(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  ids: readonly string[],
): Promise<Activity[]> {
  return (await core.sql.query<ActivityRow>(FIND_ACTIVITIES, [workspaceId, ids])).map(activityOf)
}
const FIND_ACTIVITIES = statement(
  'find-activities',
  `select * from activities where workspace_id = $1 and id = any($2::uuid[])`,
)
