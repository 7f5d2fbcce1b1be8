import type { Core } from '../context.ts'
import { type ErrorRecord, TraeError } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import { decodeCursor, type Page, type PageRequest, pageSize, toPage } from '../page.ts'
import { statement } from '../sql.ts'
import type { JournalEntry, JournalKind } from './journal.ts'
import { unfold } from './large-values.ts'
import { type QueuedRow, queueReason, queueTables } from './queue-reason.ts'
import type { Reason } from './reason.ts'
import { filtered, type RunFilter } from './run-filter.ts'
import { type SlaState, slaStateSql } from './sla.ts'

export const RUN_STATUSES = [
  'queued',
  'running',
  'waiting',
  'retrying',
  'completed',
  'failed',
  'cancelled',
  'quarantined',
] as const
export type RunStatus = (typeof RUN_STATUSES)[number]

/** A run as it is read; times are ISO 8601. `reason` says why it stands where it stands and what would move it on. */
export interface RunRecord {
  readonly id: string
  readonly playbookId: string
  readonly versionId: string
  readonly eventId: string | null
  readonly subjectId: string | null
  /** What it was given at its start; null where its playbook takes nothing. */
  readonly inputs: Readonly<Record<string, unknown>> | null
  /** The run that started it. */
  readonly parentRunId: string | null
  /** Of a replay: the run that it replays, and the first step that it computes anew. */
  readonly originRunId: string | null
  readonly originPath: string | null
  readonly status: RunStatus
  readonly reason: Reason | null
  readonly output: unknown
  readonly error: (ErrorRecord & { readonly path: string | null }) | null
  /** Until when it should be over, or should have been; null where its playbook promises nothing. */
  readonly slaDueAt: string | null
  readonly slaBreached: boolean
  readonly slaState: SlaState | null
  /** Of a run that is to stop, or was stopped: who asked and why. */
  readonly cancellation: Cancellation | null
  readonly recoveries: number
  readonly createdAt: string
  readonly startedAt: string | null
  readonly finishedAt: string | null
  readonly updatedAt: string
}

/** `by`: the id of a user, or what in the engine asked: `sla`, `concurrency`, `publishing`, `run:<id>`. */
export interface Cancellation {
  readonly by: string
  readonly reason: string | null
  /** ISO 8601. */
  readonly requestedAt: string
}

interface RunRow extends QueuedRow {
  id: string
  playbook_id: string
  version_id: string
  event_id: string | null
  subject_id: string | null
  inputs: Record<string, unknown> | null
  parent_run_id: string | null
  origin_run_id: string | null
  origin_path: string | null
  status: RunStatus
  reason: RunRecord['reason']
  output: unknown
  error: RunRecord['error']
  sla_due_at: Date | null
  sla_standing: SlaState | null
  cancel_requested_at: Date | null
  cancel_reason: { by?: string; reason?: string } | null
  recoveries: number
  created_at: Date
  started_at: Date | null
  finished_at: Date | null
  updated_at: Date
}

const runOf = (row: RunRow): RunRecord => ({
  id: row.id,
  playbookId: row.playbook_id,
  versionId: row.version_id,
  eventId: row.event_id,
  subjectId: row.subject_id,
  inputs: row.inputs,
  parentRunId: row.parent_run_id,
  originRunId: row.origin_run_id,
  originPath: row.origin_path,
  status: row.status,
  reason: queueReason(row) ?? row.reason,
  output: row.output,
  error: row.error,
  slaDueAt: row.sla_due_at?.toISOString() ?? null,
  slaBreached: row.sla_standing === 'breached',
  slaState: row.sla_standing,
  cancellation:
    row.cancel_requested_at && row.cancel_reason?.by
      ? {
          by: row.cancel_reason.by,
          reason: row.cancel_reason.reason ?? null,
          requestedAt: row.cancel_requested_at.toISOString(),
        }
      : null,
  recoveries: row.recoveries,
  createdAt: row.created_at.toISOString(),
  startedAt: row.started_at?.toISOString() ?? null,
  finishedAt: row.finished_at?.toISOString() ?? null,
  updatedAt: row.updated_at.toISOString(),
})

const columns = (now: string) => `r.*, g.gate, c.queue_code, ${slaStateSql(now)} as sla_standing`

/** Newest first. */
export async function listRuns(
  core: Pick<Core, 'sql' | 'clock'>,
  workspaceId: WorkspaceId,
  request: PageRequest & { readonly filter?: RunFilter | null | undefined },
): Promise<Page<RunRecord>> {
  const size = pageSize(request)
  const after = decodeCursor(request.after)
  const now = core.clock.now()
  const list = filtered('list-runs', request.filter, now, '$6', LIST_RUNS)
  const rows = await core.sql.query<RunRow>(list.statement, [
    workspaceId,
    after?.at ?? null,
    after?.id ?? null,
    size + 1,
    now,
    list.json,
  ])
  return toPage(rows, size, request, row => ({ at: row.created_at, id: row.id }), runOf)
}
const LIST_RUNS = (conditions: string) => `
   select ${columns('$5::timestamptz')} from runs r, ${queueTables('$5::timestamptz')}
   where r.workspace_id = $1
     and ($2::timestamptz is null or (r.created_at, r.id) < ($2::timestamptz, $3::uuid))
     and ${conditions}
   order by r.created_at desc, r.id desc limit $4`

/** Of each of these leads one page of the runs about it, newest first, in one statement. */
export async function listRunsOf(
  core: Pick<Core, 'sql' | 'clock'>,
  workspaceId: WorkspaceId,
  leadIds: readonly string[],
  request: PageRequest,
): Promise<Map<string, Page<RunRecord>>> {
  const size = pageSize(request)
  const after = decodeCursor(request.after)
  const rows = await core.sql.query<RunRow>(LIST_RUNS_OF, [
    workspaceId,
    after?.at ?? null,
    after?.id ?? null,
    size + 1,
    core.clock.now(),
    leadIds,
  ])
  const byLead = Map.groupBy(rows, row => row.subject_id!)
  const pageOf = (id: string) =>
    toPage(byLead.get(id) ?? [], size, request, row => ({ at: row.created_at, id: row.id }), runOf)
  return new Map(leadIds.map(id => [id, pageOf(id)]))
}
const LIST_RUNS_OF = statement(
  'list-runs-of',
  `select ${columns('$5::timestamptz')} from unnest($6::uuid[]) as p(id), lateral (
     select * from runs own where own.workspace_id = $1 and own.subject_id = p.id
       and ($2::timestamptz is null or (own.created_at, own.id) < ($2::timestamptz, $3::uuid))
     order by own.created_at desc, own.id desc limit $4
   ) r, ${queueTables('$5::timestamptz')} order by r.created_at desc, r.id desc`,
)

/** The run; throws `NOT_FOUND`. */
export async function getRun(
  core: Pick<Core, 'sql' | 'clock'>,
  workspaceId: WorkspaceId,
  id: string,
): Promise<RunRecord> {
  const [run] = await findRuns(core, workspaceId, [id])
  if (!run) throw new TraeError('NOT_FOUND', `There is no run ${id} in this workspace.`)
  return run
}

/** The runs with these ids, in any order; unknown ids are left out. */
export async function findRuns(
  core: Pick<Core, 'sql' | 'clock'>,
  workspaceId: WorkspaceId,
  ids: readonly string[],
): Promise<RunRecord[]> {
  return (await core.sql.query<RunRow>(FIND_RUNS, [workspaceId, ids, core.clock.now()])).map(runOf)
}
const FIND_RUNS = statement(
  'find-runs',
  `select ${columns('$3::timestamptz')} from runs r, ${queueTables('$3::timestamptz')} where r.workspace_id = $1 and r.id = any($2::uuid[])`,
)

/** Runs that steps of these runs have started, the first hundred of each in the order of their start. */
export async function findChildren(
  core: Pick<Core, 'sql' | 'clock'>,
  workspaceId: WorkspaceId,
  parentIds: readonly string[],
): Promise<RunRecord[]> {
  return (await core.sql.query<RunRow>(FIND_CHILDREN, [workspaceId, parentIds, core.clock.now()])).map(runOf)
}
const FIND_CHILDREN = statement(
  'find-children',
  `select ${columns('$3::timestamptz')} from unnest($2::uuid[]) as p(id), lateral (
     select * from runs own where own.workspace_id = $1 and own.parent_run_id = p.id order by own.created_at, own.id limit 100
   ) r, ${queueTables('$3::timestamptz')}`,
)

/** What the journal says of a run after entry `after`, in order; a `LargeValue` where one is. */
export async function listJournal(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  runId: string,
  { after = 0, first }: { readonly after?: number | undefined; readonly first: number },
): Promise<JournalEntry[]> {
  const rows = await core.sql.query<JournalEntry & { kind: JournalKind }>(LIST_JOURNAL, [
    workspaceId,
    runId,
    after,
    first,
  ])
  return rows.map(row => ({ ...row, data: unfold(row.data) }))
}
const LIST_JOURNAL = statement(
  'list-journal',
  `select seq, kind, path, attempt, data, at from journal
   where workspace_id = $1 and run_id = $2 and seq > $3 order by seq limit $4`,
)

/** The whole journals of these runs, each in order, in one statement. */
export async function findJournals(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  runIds: readonly string[],
): Promise<Map<string, JournalEntry[]>> {
  const rows = await core.sql.query<JournalEntry & { run_id: string }>(FIND_JOURNALS, [workspaceId, runIds])
  const entries = rows.map(({ run_id, ...entry }) => ({ runId: run_id, entry: { ...entry, data: unfold(entry.data) } }))
  const byRun = Map.groupBy(entries, ({ runId }) => runId)
  return new Map(runIds.map(id => [id, (byRun.get(id) ?? []).map(({ entry }) => entry)]))
}
const FIND_JOURNALS = statement(
  'find-journals',
  `select run_id, seq, kind, path, attempt, data, at from journal
   where workspace_id = $1 and run_id = any($2::uuid[]) order by run_id, seq`,
)

export interface EventRecord {
  readonly id: string
  readonly type: string
  readonly data: Readonly<Record<string, unknown>>
  readonly source: string
  readonly createdAt: string
}

/** The events with these ids, in any order; unknown ids are left out. */
export async function findEvents(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  ids: readonly string[],
): Promise<EventRecord[]> {
  const rows = await core.sql.query<Omit<EventRecord, 'createdAt'> & { created_at: Date }>(FIND_EVENTS, [
    workspaceId,
    ids,
  ])
  return rows.map(({ created_at, ...event }) => ({ ...event, createdAt: created_at.toISOString() }))
}
const FIND_EVENTS = statement(
  'find-events',
  `select id, type, data, source, created_at from events where workspace_id = $1 and id = any($2::uuid[])`,
)
