import type { Core } from '../../context.ts'
import type { WorkspaceId } from '../../ids.ts'
import { compared, contains, type Listing, type ListRequest, oneOf, readList } from '../../listing.ts'
import type { Page } from '../../page.ts'
import type { ModuleKey } from '../../playbooks/playbook.ts'
import { type Sql, statement } from '../../sql.ts'

/**
 * State machine: `restarting` (seen; its isolates go, its failed runs are tried again) → `watching` (does it fail again?) →
 * `resolved` (it did not), or `escalated` (it did: a person has it) → `resolved` (handed back).
 */
export type IncidentStatus = 'restarting' | 'watching' | 'escalated' | 'resolved'

export const ENTRY_KINDS = [
  'opened',
  'restarted',
  'watching',
  'failedAgain',
  'escalated',
  'handedBack',
  'recovered',
] as const
export type EntryKind = (typeof ENTRY_KINDS)[number]

export interface IncidentEntry {
  readonly at: string
  readonly kind: EntryKind
  readonly data: Readonly<Record<string, unknown>>
}

export interface Incident {
  readonly id: string
  readonly module: ModuleKey
  readonly status: IncidentStatus
  /** What failed most. */
  readonly summary: string
  readonly failures: number
  readonly restarted: number
  readonly openedAt: Date
  readonly escalatedAt: Date | null
  readonly resolvedAt: Date | null
  readonly resolvedBy: string | null
  readonly timeline: readonly IncidentEntry[]
}

export interface IncidentFilter {
  /** True: not over. */
  readonly open?: boolean | null | undefined
  readonly statuses?: readonly IncidentStatus[] | null | undefined
  readonly modules?: readonly string[] | null | undefined
  readonly openedAfter?: Date | null | undefined
  readonly openedBefore?: Date | null | undefined
  /** Found anywhere in the summary. */
  readonly search?: string | null | undefined
}
export type IncidentSortBy = 'openedAt' | 'failures'

/** Newest first, unless another order is asked for. */
export const listIncidents = (
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  request: ListRequest<IncidentFilter, IncidentSortBy>,
): Promise<Page<Incident>> => readList(core.sql, INCIDENTS, workspaceId, request, (one: Incident) => one)

/** In any order; unknown ids are left out. */
export function findIncidents(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  ids: readonly string[],
): Promise<Incident[]> {
  return core.sql.query<Incident>(FIND_INCIDENTS, [workspaceId, ids])
}

/** Ends the open incident of a module, where there is one; in the caller's transaction. */
export async function resolveIncident(
  tx: Pick<Sql, 'query'>,
  workspaceId: WorkspaceId,
  module: ModuleKey,
  end: { readonly kind: 'handedBack' | 'recovered'; readonly by: string },
  now: Date,
): Promise<void> {
  const [row] = await tx.query<{ id: string }>(RESOLVE, [workspaceId, module, end.by, now])
  if (row) await note(tx, row.id, end.kind, { by: end.by }, now)
}

/** A line of its timeline. */
export async function note(
  tx: Pick<Sql, 'query'>,
  incidentId: string,
  kind: EntryKind,
  data: Readonly<Record<string, unknown>>,
  now: Date,
): Promise<void> {
  await tx.query(NOTE, [incidentId, kind, JSON.stringify(data), now])
}

const COLUMNS = `i.id, i.module, i.status, i.summary, i.failures, i.restarted, i.opened_at as "openedAt", i.escalated_at as "escalatedAt",
  i.resolved_at as "resolvedAt", i.resolved_by as "resolvedBy",
  coalesce((select jsonb_agg(jsonb_build_object('at', e.at, 'kind', e.kind, 'data', e.data) order by e.seq) from incident_entries e
    where e.incident_id = i.id), '[]'::jsonb) as timeline`
const INCIDENTS: Listing<IncidentFilter, IncidentSortBy> = {
  name: 'list-incidents',
  columns: COLUMNS,
  from: 'incidents i',
  of: 'i.workspace_id = $1',
  id: 'i.id',
  conditions: {
    open: compared('(i.resolved_at is null)', '=', 'boolean'),
    statuses: oneOf('i.status'),
    modules: oneOf('i.module'),
    openedAfter: compared('i.opened_at', '>=', 'timestamptz'),
    openedBefore: compared('i.opened_at', '<', 'timestamptz'),
    search: contains('i.summary'),
  },
  orders: { openedAt: { by: 'i.opened_at', type: 'timestamptz' }, failures: { by: 'i.failures', type: 'int' } },
  usual: { by: 'openedAt' },
}
const FIND_INCIDENTS = statement(
  'find-incidents',
  `select ${COLUMNS} from incidents i where i.workspace_id = $1 and i.id = any($2::uuid[])`,
)
const RESOLVE = statement(
  'resolve-incident',
  `update incidents set status = 'resolved', resolved_at = $4, resolved_by = $3, updated_at = $4
   where workspace_id = $1 and module = $2 and resolved_at is null returning id`,
)
const NOTE = statement(
  'note-incident',
  `insert into incident_entries (incident_id, seq, kind, data, at)
   select $1, coalesce(max(seq), 0) + 1, $2, $3::jsonb, $4 from incident_entries where incident_id = $1`,
)
