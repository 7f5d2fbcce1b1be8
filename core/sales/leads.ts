import { z } from 'zod'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import {
  compared,
  contains,
  leastWithout,
  type Listing,
  type ListRequest,
  oneOf,
  readList,
  searchPattern,
} from '../listing.ts'
import { statement } from '../sql.ts'
import { REACHED, reachedIf, type Reached } from './funnel.ts'
import { type Lead, LEAD_STATUSES, type LeadRow, type LeadStatus, leadOf, scoreFactor } from './lead.ts'

/** The lead; throws `NOT_FOUND`. */
export async function getLead(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  { id }: { id: string },
): Promise<Lead> {
  const [row] = await core.sql.query<LeadRow>(GET_LEAD, [workspaceId, id])
  if (!row) throw new TraeError('NOT_FOUND', `There is no lead ${id} in this workspace.`)
  return leadOf(row)
}
const GET_LEAD = statement('get-lead', `select * from leads where workspace_id = $1 and id = $2`)

/** The leads with these ids, in any order; unknown ids are left out. */
export async function findLeads(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  ids: readonly string[],
): Promise<Lead[]> {
  return (await core.sql.query<LeadRow>(FIND_LEADS, [workspaceId, ids])).map(leadOf)
}
const FIND_LEADS = statement('find-leads', `select * from leads where workspace_id = $1 and id = any($2::uuid[])`)

export const leadPatch = z.strictObject({
  status: z.enum(LEAD_STATUSES).optional(),
  score: z.number().int().min(0).max(100).optional(),
  scoreFactors: z.array(scoreFactor).max(50).optional(),
  company: z.string().max(255).optional(),
  jobTitle: z.string().max(255).optional(),
  phone: z.string().max(40).optional(),
  unsubscribed: z.boolean().optional(),
  data: z.record(z.string(), z.unknown()).optional(),
})

/**
 * Changes a lead; `data` is merged, everything else replaced. Each change of score or status becomes an activity, once
 * per `key`: the same update sent again changes nothing twice. Throws `NOT_FOUND`.
 */
export async function updateLead(
  core: Pick<Core, 'sql' | 'clock' | 'pubsub'>,
  workspaceId: WorkspaceId,
  { id, patch, summary }: { id: string; patch: z.infer<typeof leadPatch>; summary?: string | undefined },
  origin: { readonly key: string; readonly runId: string | null },
): Promise<Lead> {
  const has = (field: keyof typeof patch) => patch[field] !== undefined
  const [row] = await core.sql.query<LeadRow>(UPDATE_LEAD, [
    workspaceId,
    id,
    core.clock.now(),
    patch.status ?? null,
    patch.score ?? null,
    has('scoreFactors') ? JSON.stringify(patch.scoreFactors) : null,
    patch.company ?? null,
    patch.jobTitle ?? null,
    patch.phone ?? null,
    JSON.stringify(patch.data ?? {}),
    patch.unsubscribed ?? null,
    origin.key,
    origin.runId,
    summary ?? '',
  ])
  if (!row) throw new TraeError('NOT_FOUND', `There is no lead ${id} in this workspace.`)
  core.pubsub.publish('lead.updated', { workspaceId, leadId: id })
  return leadOf(row)
}
const UPDATE_LEAD = statement(
  'update-lead',
  `with before as (
     select id, status, score from leads where workspace_id = $1 and id = $2 for update
   ), after as (
     update leads l set
       status = coalesce($4, l.status), score = coalesce($5::int, l.score), score_factors = coalesce($6::jsonb, score_factors),
       company = coalesce($7, company), job_title = coalesce($8, job_title), phone = coalesce($9, phone),
       phone_opted_out_at = case when $9 <> l.phone then null else phone_opted_out_at end, -- the number has said so
       data = data || $10::jsonb,
       unsubscribed_at = case $11::boolean when true then coalesce(unsubscribed_at, $3) when false then null else unsubscribed_at end,
       updated_at = $3
     from before where l.id = before.id -- the lock first: a row updated by this very statement could not be locked
     returning l.*
   ), told as (
     insert into activities (id, workspace_id, lead_id, kind, summary, data, run_id, key, occurred_at)
     select gen_random_uuid(), $1, a.id, c.kind, $14, c.data, $13::uuid, $12 || '#' || c.kind, $3
     from after a join before b on b.id = a.id,
     lateral (values
       ('SCORED', jsonb_build_object('score', a.score, 'before', b.score), $5::int is not null),
       ('STATUS_CHANGED', jsonb_build_object('status', a.status, 'before', b.status), a.status <> b.status)
     ) as c(kind, data, happened)
     where c.happened
     on conflict (workspace_id, key) do nothing
   )
   select * from after`,
)

export interface LeadFilter {
  readonly statuses?: readonly LeadStatus[] | null | undefined
  readonly sources?: readonly string[] | null | undefined
  readonly scoreMin?: number | null | undefined
  readonly scoreMax?: number | null | undefined
  /** True: asked not to be written to. */
  readonly unsubscribed?: boolean | null | undefined
  readonly createdAfter?: Date | null | undefined
  readonly createdBefore?: Date | null | undefined
  /** Got so far, as the figures count it. */
  readonly reached?: Reached | null | undefined
  /** Found anywhere in name, e-mail or company. */
  readonly search?: string | null | undefined
}
export type LeadSortBy = 'createdAt' | 'score' | 'name'

/** Newest first, unless another order is asked for. */
export async function listLeads(
  core: Pick<Core, 'sql' | 'clock'>,
  workspaceId: WorkspaceId,
  request: ListRequest<LeadFilter, LeadSortBy>,
) {
  const pattern = searchPattern(request.filter?.search)
  const [found] = pattern ? await core.sql.query<{ ids: string[] | null }>(FIND_FEW, [pattern, workspaceId]) : []
  const ids = found?.ids?.length === 0 ? [NOBODY] : found?.ids
  const filter = { ...request.filter, ids }
  return readList(core.sql, LEADS, workspaceId, { ...request, filter }, leadOf, { now: core.clock.now() })
}
const FIND_FEW = statement('find-few-leads', 'select leads_found($1, $2, 1000) as ids')

/** For a listing an empty list is no condition. */
const NOBODY = '00000000-0000-0000-0000-000000000000'

const REACHED_BY_NOW = reachedIf(`($2::jsonb ->> 'now')::timestamptz`)

/** `ids`: of the few that are known to fit the search, where they are few. */
const LEADS: Listing<LeadFilter & { readonly ids?: readonly string[] | null | undefined }, LeadSortBy> = {
  name: 'list-leads',
  columns: 'l.*',
  from: 'leads l',
  of: 'l.workspace_id = $1',
  id: 'l.id',
  conditions: {
    statuses: oneOf('l.status'),
    sources: oneOf('l.source'),
    scoreMin: compared('l.score', '>=', 'int'),
    scoreMax: compared('l.score', '<=', 'int'),
    unsubscribed: compared('(l.unsubscribed_at is not null)', '=', 'boolean'),
    createdAfter: compared('l.created_at', '>=', 'timestamptz'),
    createdBefore: compared('l.created_at', '<', 'timestamptz'),
    reached: (filter, key) =>
      `(case ${filter} ->> '${key}' ${REACHED.map(step => `when '${step}' then ${REACHED_BY_NOW[step]}`).join(' ')} end)`,
    search: contains('l.name', 'l.email', 'l.company'),
    ids: oneOf('l.id', 'uuid'),
  },
  orders: {
    createdAt: { by: 'l.created_at', type: 'timestamptz' },
    score: { by: leastWithout('l.score', '-1'), type: 'int' },
    name: { by: 'l.name_order', type: 'text' },
  },
  usual: { by: 'createdAt' },
}

/** How many leads fit the filter. */
export async function countLeads(core: Pick<Core, 'sql'>, workspaceId: WorkspaceId): Promise<number> {
  const [row] = await core.sql.query<{ count: number }>(COUNT_LEADS, [workspaceId])
  return row!.count
}
const COUNT_LEADS = statement('count-leads', `select count(*)::int as count from leads where workspace_id = $1`)
