import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { RunId, WorkspaceId } from '../ids.ts'
import { type Sql, statement } from '../sql.ts'
import type { JournalKind } from './journal.ts'
import type { RunStatus } from './read-runs.ts'

export type OperationCore = Pick<Core, 'sql' | 'clock' | 'queue' | 'pubsub' | 'playbooks'>

/** A run as an operation finds it, with its row locked. */
export interface LockedRun {
  readonly status: RunStatus
  readonly reason: { readonly code?: string; readonly message?: string; readonly runId?: string } | null
  readonly error: Readonly<Record<string, unknown>> | null
  readonly started_at: Date | null
  readonly last_seq: number
}

/** What an operation writes of itself: it is told in the journal, and the run goes on where `resume` says so. */
export interface Operation {
  readonly kind: JournalKind
  readonly path?: string
  readonly data: Readonly<Record<string, unknown>>
  readonly resume: boolean
}

/**
 * Does something to a run that no worker has: decides with its row locked, writes what was decided to the journal, and
 * lets the run go on. One commit, or nothing. Throws `NOT_FOUND`, `CONFLICT` and what `decide` throws.
 */
export async function operateRun(
  core: Pick<OperationCore, 'sql' | 'clock' | 'queue' | 'pubsub'>,
  workspaceId: WorkspaceId,
  runId: string,
  decide: (run: LockedRun, tx: Pick<Sql, 'query'>) => Promise<readonly Operation[]>,
): Promise<void> {
  const now = core.clock.now()
  const { seq, resumed } = await core.sql.transaction(async tx => {
    const [run] = await tx.query<LockedRun>(LOCK_RUN, [workspaceId, runId])
    if (!run) throw new TraeError('NOT_FOUND', `There is no run ${runId} in this workspace.`)
    const operations = await decide(run, tx)
    const entries = operations.map(({ kind, path, data }, index) => ({
      seq: run.last_seq + 1 + index,
      kind,
      path: path ?? null,
      data,
    }))
    await tx.query(WRITE_OPERATIONS, [runId, workspaceId, JSON.stringify(entries), now])
    const resumed = operations.some(operation => operation.resume)
    if (resumed && (await tx.query(RESUME_RUN, [runId, now])).length === 0)
      throw new TraeError(
        'CONFLICT',
        `Run ${runId} cannot go on: the same lead is under way in another run of this playbook. Wait until that is over, or cancel it.`,
      )
    return { seq: run.last_seq + entries.length, resumed }
  })
  core.pubsub.publish('run.appended', { workspaceId, runId, seq })
  core.pubsub.publish('run.updated', { workspaceId, runId })
  if (resumed) core.queue.ring('run', runId as RunId)
}

const LOCK_RUN = statement(
  'lock-run-for-operation',
  `select r.status, r.reason, r.error, r.started_at,
          coalesce((select max(j.seq) from journal j where j.run_id = r.id), 0) as last_seq
   from runs r where r.workspace_id = $1 and r.id = $2 for update of r`,
)

const WRITE_OPERATIONS = statement(
  'write-operations',
  `insert into journal (run_id, seq, workspace_id, kind, path, data, at)
   select $1::uuid, x.seq, $2::uuid, x.kind, x.path, x.data, $4::timestamptz
   from jsonb_to_recordset($3::jsonb) as x(seq int, kind text, path text, data jsonb)`,
)

/** It is read from its journal again, also where it was taken up only once. */
const RESUME_RUN = statement(
  'resume-run',
  `update runs r set status = 'queued', due_at = $2::timestamptz, finished_at = null, updated_at = $2::timestamptz, reason = null, error = null, output = null,
     cancel_requested_at = null, cancel_reason = null, lease_epoch = greatest(lease_epoch, 1), signals = signals + 1
   where id = $1 and (enrollment is null or not exists (
     select from runs o where o.playbook_id = r.playbook_id and o.subject_id = r.subject_id and o.enrollment is not null
       and o.finished_at is null and o.id <> r.id))
   returning id`,
)
