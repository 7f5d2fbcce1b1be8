import type { Core } from '../context.ts'
import { type ErrorRecord, TraeError } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import { type Listing, type ListRequest, readList, readListOf } from '../listing.ts'
import type { Page } from '../page.ts'
import { statement } from '../sql.ts'
import type { JournalEntry, JournalKind } from './journal.ts'
import { unfold } from './large-values.ts'
import { type QueuedRow, queueReason, queueTables } from './queue-reason.ts'
import type { Reason } from './reason.ts'
import { fewRuns, RUN_CONDITIONS, type RunFilter } from './run-filter.ts'
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

export type RunSortBy = 'createdAt' | 'finishedAt' | 'slaDueAt'

/** Newest first, unless another order is asked for. */
export const listRuns = (
  core: Pick<Core, 'sql' | 'clock'>,
  workspaceId: WorkspaceId,
  request: ListRequest<RunFilter, RunSortBy>,
): Promise<Page<RunRecord>> => readList(core.sql, RUNS, workspaceId, request, runOf, { now: core.clock.now() })

/** Of each of these leads one page of the runs about it, as `listRuns` has it, in one statement. */
export const listRunsOf = (
  core: Pick<Core, 'sql' | 'clock'>,
  workspaceId: WorkspaceId,
  ids: readonly string[],
  request: ListRequest<RunFilter, RunSortBy>,
): Promise<Map<string, Page<RunRecord>>> => runsOf(core, workspaceId, { column: 'r.subject_id', ids }, request)

/** The same, of playbooks. */
export const listRunsOfPlaybooks = (
  core: Pick<Core, 'sql' | 'clock'>,
  workspaceId: WorkspaceId,
  ids: readonly string[],
  request: ListRequest<RunFilter, RunSortBy>,
): Promise<Map<string, Page<RunRecord>>> => runsOf(core, workspaceId, { column: 'r.playbook_id', ids }, request)

/** The same, of runs: their replays. */
export const listReplaysOf = (
  core: Pick<Core, 'sql' | 'clock'>,
  workspaceId: WorkspaceId,
  ids: readonly string[],
  request: ListRequest<RunFilter, RunSortBy>,
): Promise<Map<string, Page<RunRecord>>> => runsOf(core, workspaceId, { column: 'r.origin_run_id', ids }, request)

const runsOf = (
  core: Pick<Core, 'sql' | 'clock'>,
  workspaceId: WorkspaceId,
  parents: { readonly column: string; readonly ids: readonly string[] },
  request: ListRequest<RunFilter, RunSortBy>,
) => readListOf(core.sql, RUNS, workspaceId, parents, request, runOf, { now: core.clock.now() })

const NOW = `($2::jsonb ->> 'now')::timestamptz`
const RUNS: Listing<RunFilter, RunSortBy> = {
  name: 'list-runs',
  columns: 'r.*',
  from: 'runs r',
  of: 'r.workspace_id = $1',
  id: 'r.id',
  conditions: RUN_CONDITIONS,
  orders: {
    createdAt: { by: 'r.created_at', type: 'timestamptz' },
    // not by updated_at: an index on it would be written by everything that a run does
    finishedAt: { by: 'r.finished_at', type: 'timestamptz', only: 'r.finished_at is not null' },
    slaDueAt: { by: 'r.sla_due_at', type: 'timestamptz', only: 'r.sla_due_at is not null' },
  },
  usual: { by: 'createdAt' },
  joins: { reasonCodes: queueTables(NOW) },
  few: fewRuns,
  around: { columns: columns(NOW), from: queueTables(NOW) }, // of the page only
}

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

/** What the journal says of each of these runs after entry `after`, in order, in one statement. */
export async function listJournalsOf(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  runIds: readonly string[],
  { after, first }: { readonly after: number; readonly first: number },
): Promise<Map<string, readonly JournalEntry[]>> {
  const rows = await core.sql.query<JournalEntry & { run_id: string }>(LIST_JOURNALS_OF, [
    workspaceId,
    runIds,
    after,
    first,
  ])
  return byRunOf(runIds, rows)
}
const LIST_JOURNALS_OF = statement(
  'list-journals-of',
  `select j.* from unnest($2::uuid[]) as p(id), lateral (
     select run_id, seq, kind, path, attempt, data, at from journal
     where workspace_id = $1 and run_id = p.id and seq > $3 order by seq limit $4
   ) j order by j.run_id, j.seq`,
)

/** The whole journals of these runs, each in order, in one statement. */
export async function findJournals(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  runIds: readonly string[],
): Promise<Map<string, JournalEntry[]>> {
  const rows = await core.sql.query<JournalEntry & { run_id: string }>(FIND_JOURNALS, [workspaceId, runIds])
  return byRunOf(runIds, rows)
}
const byRunOf = (runIds: readonly string[], rows: readonly (JournalEntry & { run_id: string })[]) => {
  const byRun = Map.groupBy(rows, row => row.run_id)
  const entryOf = ({ run_id: _run, ...entry }: JournalEntry & { run_id: string }): JournalEntry => ({
    ...entry,
    data: unfold(entry.data),
  })
  return new Map(runIds.map(id => [id, (byRun.get(id) ?? []).map(entryOf)]))
}
const FIND_JOURNALS = statement(
  'find-journals',
  `select run_id, seq, kind, path, attempt, data, at from journal
   where workspace_id = $1 and run_id = any($2::uuid[]) order by run_id, seq`,
)
