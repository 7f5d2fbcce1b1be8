import type { Core } from '../../context.ts'
import type { WorkspaceId } from '../../ids.ts'
import { decodeCursor, type Page, type PageRequest, pageSize, toPage } from '../../page.ts'
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

/** Newest first. */
export async function listIncidents(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  request: PageRequest & { readonly open?: boolean | null | undefined },
): Promise<Page<Incident>> {
  const size = pageSize(request)
  const after = decodeCursor(request.after)
  const rows = await core.sql.query<Incident>(LIST_INCIDENTS, [
    workspaceId,
    request.open ?? null,
    after?.at ?? null,
    after?.id ?? null,
    size + 1,
  ])
  return toPage(
    rows,
    size,
    request,
    one => ({ at: one.openedAt, id: one.id }),
    one => one,
  )
}

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
const LIST_INCIDENTS = statement(
  'list-incidents',
  `select ${COLUMNS} from incidents i
   where i.workspace_id = $1 and ($2::boolean is null or (i.resolved_at is null) = $2)
     and ($3::timestamptz is null or (i.opened_at, i.id) < ($3, $4::uuid))
   order by i.opened_at desc, i.id desc limit $5`,
)
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
