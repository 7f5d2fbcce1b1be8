import { crashPoint } from '../crash-point.ts'
import type { Core } from '../context.ts'
import type { EventId, PlaybookId, PlaybookVersionId, RunId, WorkspaceId } from '../ids.ts'
import { type Lead, type LeadRow, leadOf } from '../sales/lead.ts'
import { statement } from '../sql.ts'
import { EVENT_FITS } from './event-fits.ts'
import type { JournalEntry, JournalKind, WaitKind } from './journal.ts'
import { unfold } from './large-values.ts'

/** A run in this worker's hands: whoever claims it later gets a higher epoch, and what this one writes is refused. */
export interface Lease {
  readonly runId: RunId
  readonly workspaceId: WorkspaceId
  readonly playbookId: PlaybookId
  readonly versionId: PlaybookVersionId
  readonly subjectId: string | null
  readonly epoch: number
  readonly signals: number
  /** Its last worker died with it, or lost its lease. */
  readonly recovered: boolean
  /** Somebody has asked that it stops. */
  readonly cancelRequested: boolean
  /** It holds one of the places of its playbook's `concurrency`. */
  readonly holdsPlace: boolean
  readonly createdAt: Date
  readonly startedAt: Date
  /** The step that started it. */
  readonly parent: { readonly runId: string; readonly path: string } | null
  /** What it was given at its start. */
  readonly inputs: Readonly<Record<string, unknown>>
  readonly event: { readonly id: EventId; readonly type: string; readonly data: Record<string, unknown> } | null
  /** The lead it is about, as it was at the claim. */
  readonly lead: Lead | null
  /** What is known already; empty for a run that starts. */
  readonly journal: readonly JournalEntry[]
  readonly waits: readonly OpenWait[]
}

export interface OpenWait {
  /** Of the step that waits; for its time limit and its next attempt with `!timeout` and `!retry` after it. */
  readonly path: string
  readonly kind: WaitKind
  readonly dueAt: Date | null
  /** Ended by an event, by its time, or by an answer from elsewhere in the program (`answerWait`). */
  readonly status: 'open' | 'event' | 'due' | 'answered'
  /** Of an answer. */
  readonly result: unknown
  /** The run that is waited for. */
  readonly childRunId?: string | undefined
  readonly event: {
    readonly id: string
    readonly type: string
    readonly data: Record<string, unknown>
    readonly at: Date
    /** Of those that the wait listens for, from 0: which it fits. */
    readonly positions: readonly number[]
  } | null
}

/**
 * Claims runs that are due and in nobody's hands, the longest due first: those of `runIds`, or any but `except`. Renewed
 * leases keep others out for `leaseMs`; a run whose worker died becomes due when its lease ends. `except` are those that
 * the caller is executing: after a jump of the clock their leases are over too, and nobody has died. `gated` are those
 * among `runIds` that need a free place first: `claimGatedRuns` has them.
 */
export async function claimRuns(
  core: Pick<Core, 'sql' | 'clock'>,
  owner: string,
  options: {
    readonly runIds?: readonly string[]
    readonly except?: readonly string[]
    readonly limit: number
    readonly leaseMs: number
  },
): Promise<{ readonly leases: Lease[]; readonly gated: readonly string[] }> {
  if (options.runIds) crashPoint('run.claiming')
  const now = core.clock.now()
  const rows = await core.sql.query<ClaimedRow>(options.runIds ? CLAIM_THESE : CLAIM_DUE, [
    owner,
    now,
    new Date(now.getTime() + options.leaseMs),
    options.limit,
    options.runIds ?? options.except ?? [],
  ])
  const gated = rows.filter(row => row.gated).map(row => row.id)
  return { leases: await leasesOf(core, gated.length === 0 ? rows : rows.filter(row => !row.gated)), gated }
}

/** What was claimed, with what is known of it already. */
export async function leasesOf(core: Pick<Core, 'sql'>, rows: readonly ClaimedRow[]): Promise<Lease[]> {
  const begun = rows.filter(row => row.lease_epoch > 1).map(row => row.id)
  const [journal, waits] =
    begun.length === 0 ? [[], []] : await Promise.all([loadJournal(core, begun), loadWaits(core, begun)])
  const entriesOf = Map.groupBy(journal, entry => entry.runId)
  const waitsOf = Map.groupBy(waits, wait => wait.runId)
  return rows.map(row => ({
    runId: row.id,
    workspaceId: row.workspace_id,
    playbookId: row.playbook_id,
    versionId: row.version_id,
    subjectId: row.subject_id,
    epoch: row.lease_epoch,
    signals: row.signals,
    recovered: row.recovered,
    cancelRequested: row.cancel_requested_at !== null,
    holdsPlace: row.holds_place,
    createdAt: row.created_at,
    startedAt: row.started_at,
    parent: row.parent_run_id === null ? null : { runId: row.parent_run_id, path: row.parent_path! },
    inputs: row.inputs ?? {},
    event: row.event_id === null ? null : { id: row.event_id, type: row.event_type, data: row.event_data },
    lead: row.lead === null ? null : leadOf(row.lead),
    journal: entriesOf.get(row.id) ?? [],
    waits: waitsOf.get(row.id) ?? [],
  }))
}

export interface ClaimedRow {
  id: RunId
  gated: boolean
  holds_place: boolean
  workspace_id: WorkspaceId
  playbook_id: PlaybookId
  version_id: PlaybookVersionId
  subject_id: string | null
  lease_epoch: number
  signals: number
  recovered: boolean
  cancel_requested_at: Date | null
  created_at: Date
  started_at: Date
  parent_run_id: string | null
  parent_path: string | null
  inputs: Record<string, unknown> | null
  event_id: EventId | null
  event_type: string
  event_data: Record<string, unknown>
  lead: LeadRow | null
}

/** Claims the rows of `due`: a CTE with id, lease_owner and gated. */
export const claim = (due: string) => `
  with ${due}, claimed as (
    update runs r set
      lease_owner = $1::uuid, lease_epoch = lease_epoch + 1, lease_until = $3, due_at = $3, status = 'running', reason = null,
      started_at = coalesce(started_at, $2), recoveries = recoveries + (due.lease_owner is not null)::int, updated_at = $2
    from due where r.id = due.id and not due.gated
    returning r.*, due.lease_owner is not null as recovered
  )
  select due.id, due.gated, c.concurrency_key is not null as holds_place,
         c.workspace_id, c.playbook_id, c.version_id, c.subject_id, c.lease_epoch, c.signals, c.recovered,
         c.cancel_requested_at, c.created_at, c.started_at, c.inputs, c.parent_run_id, c.parent_path,
         e.id as event_id, e.type as event_type, e.data as event_data, to_jsonb(l) as lead
  from due left join claimed c on c.id = due.id left join events e on e.id = c.event_id
  left join leads l on l.workspace_id = c.workspace_id and l.id = c.subject_id`

const due = (which: string) => `due as (
    select id, lease_owner, concurrency_key is not null and lease_owner is null and cancel_requested_at is null as gated from runs
    where due_at <= $2 and (lease_until is null or lease_until <= $2) and ${which}
    order by due_at limit $4 for update skip locked
  )`

const CLAIM_DUE = statement(
  'claim-due-runs',
  claim(
    due(
      `(concurrency_key is null or lease_owner is not null or cancel_requested_at is not null) and id <> all($5::uuid[])`,
    ),
  ),
)
const CLAIM_THESE = statement('claim-these-runs', claim(due('id = any($5::uuid[])')))

async function loadJournal(
  core: Pick<Core, 'sql'>,
  runIds: readonly string[],
): Promise<(JournalEntry & { runId: string })[]> {
  const rows = await core.sql.query<{
    run_id: string
    seq: number
    kind: JournalKind
    path: string | null
    attempt: number | null
    data: Record<string, unknown> | null
    at: Date
  }>(LOAD_JOURNAL, [runIds])
  return rows.map(row => ({
    runId: row.run_id,
    seq: row.seq,
    kind: row.kind,
    path: row.path,
    attempt: row.attempt,
    data: unfold(row.data),
    at: row.at,
  }))
}
const LOAD_JOURNAL = statement(
  'load-journal',
  `select run_id, seq, kind, path, attempt, data, at from journal where run_id = any(array(select unnest($1::uuid[]))) order by run_id, seq`,
)

/** The waits of these runs, with the event that ended each. */
export async function loadWaits(
  core: Pick<Core, 'sql'>,
  runIds: readonly string[],
): Promise<(OpenWait & { runId: string })[]> {
  const rows = await core.sql.query<{
    run_id: string
    path: string
    kind: OpenWait['kind']
    due_at: Date | null
    status: OpenWait['status']
    result: unknown
    child_run_id: string | null
    event_id: string | null
    type: string
    data: Record<string, unknown>
    created_at: Date
    positions: number[]
  }>(LOAD_WAITS, [runIds])
  return rows.map(row => ({
    runId: row.run_id,
    path: row.path,
    kind: row.kind,
    dueAt: row.due_at,
    status: row.status,
    result: row.result,
    childRunId: row.child_run_id ?? undefined,
    event:
      row.event_id === null
        ? null
        : { id: row.event_id, type: row.type, data: row.data, at: row.created_at, positions: row.positions },
  }))
}
const LOAD_WAITS = statement(
  'load-waits',
  `select w.run_id, w.path, w.kind, w.due_at, w.status, w.result, w.child_run_id, w.event_id, e.type, e.data, e.created_at,
     case when e.id is not null then (
       select coalesce(jsonb_agg(we.position order by we.position), '[]') from wait_events we
       where we.run_id = w.run_id and we.path = w.path and ${EVENT_FITS}) end as positions
   from waits w left join events e on e.id = w.event_id where w.run_id = any(array(select unnest($1::uuid[]))) and w.status <> 'over'`,
)

/** Keeps the leases of these runs; answers those that are still ours, and whether each is asked to stop. */
export async function renewLeases(
  core: Pick<Core, 'sql' | 'clock'>,
  owner: string,
  runIds: readonly string[],
  leaseMs: number,
): Promise<ReadonlyMap<string, boolean>> {
  const until = new Date(core.clock.now().getTime() + leaseMs)
  const rows = await core.sql.query<{ id: string; cancelled: boolean }>(RENEW_LEASES, [owner, runIds, until])
  return new Map(rows.map(row => [row.id, row.cancelled]))
}
const RENEW_LEASES = statement(
  'renew-leases',
  `with mine as (
     select id from runs where lease_owner = $1::uuid and id = any($2::uuid[]) and finished_at is null order by id for update
   )
   update runs set lease_until = $3, due_at = $3 from mine where runs.id = mine.id
   returning runs.id, cancel_requested_at is not null as cancelled`,
)

/** Ends every lease: for the embedded database at start, which no other living process can hold. */
export async function endAllLeases(core: Pick<Core, 'sql' | 'clock'>): Promise<void> {
  await core.sql.query(END_ALL_LEASES, [core.clock.now()])
}
const END_ALL_LEASES = statement(
  'end-all-leases',
  `update runs set lease_until = $1, due_at = $1 where lease_owner is not null and finished_at is null`,
)

/** Gives back every lease of a worker that stops: its runs are due at once, and nothing it still writes is taken. */
export async function releaseLeases(core: Pick<Core, 'sql' | 'clock'>, owner: string): Promise<void> {
  await core.sql.query(RELEASE_LEASES, [owner, core.clock.now()])
}
const RELEASE_LEASES = statement(
  'release-leases',
  `update runs set lease_owner = null, lease_until = null, due_at = $2, status = 'queued'
   where lease_owner = $1::uuid and finished_at is null`,
)
