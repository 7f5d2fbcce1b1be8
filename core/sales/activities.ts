import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { newId, type WorkspaceId } from '../ids.ts'
import { decodeCursor, type Page, type PageRequest, pageSize, toPage } from '../page.ts'
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
  'HANDOFF',
  'DEAL',
  'CUSTOMER',
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

/** What happened to a lead, newest first. */
export async function listActivities(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  request: PageRequest & { readonly leadId: string },
): Promise<Page<Activity>> {
  const size = pageSize(request)
  const after = decodeCursor(request.after)
  const rows = await core.sql.query<ActivityRow>(LIST_ACTIVITIES, [
    workspaceId,
    request.leadId,
    after?.at ?? null,
    after?.id ?? null,
    size + 1,
  ])
  return toPage(rows, size, request, row => ({ at: row.occurred_at, id: row.id }), activityOf)
}
const LIST_ACTIVITIES = statement(
  'list-activities',
  `select * from activities
   where workspace_id = $1 and lead_id = $2
     and ($3::timestamptz is null or (occurred_at, id) < ($3::timestamptz, $4::uuid))
   order by occurred_at desc, id desc limit $5`,
)

/** Of each of these leads one page, as `listActivities` has it, in one statement. */
export async function listActivitiesOf(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  leadIds: readonly string[],
  request: PageRequest,
): Promise<Map<string, Page<Activity>>> {
  const size = pageSize(request)
  const after = decodeCursor(request.after)
  const rows = await core.sql.query<ActivityRow>(LIST_ACTIVITIES_OF, [
    workspaceId,
    after?.at ?? null,
    after?.id ?? null,
    size + 1,
    leadIds,
  ])
  const byLead = Map.groupBy(rows, row => row.lead_id!)
  const pageOf = (id: string) =>
    toPage(byLead.get(id) ?? [], size, request, row => ({ at: row.occurred_at, id: row.id }), activityOf)
  return new Map(leadIds.map(id => [id, pageOf(id)]))
}
const LIST_ACTIVITIES_OF = statement(
  'list-activities-of',
  `select one.* from unnest($5::uuid[]) as p(id), lateral (
     select * from activities
     where workspace_id = $1 and lead_id = p.id
       and ($2::timestamptz is null or (occurred_at, id) < ($2::timestamptz, $3::uuid))
     order by occurred_at desc, id desc limit $4
   ) one order by one.occurred_at desc, one.id desc`,
)

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
