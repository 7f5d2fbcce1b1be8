import type { ErrorRecord } from '../errors.ts'
import { type Sql, statement } from '../sql.ts'

/** What a step that waits for a run is told at its end; why it ended so, it reads from the run's row. */
export interface ChildEnd {
  readonly runId: string
  /** `refused`: there is no such run, and there will be none. */
  readonly status: 'completed' | 'failed' | 'cancelled' | 'quarantined' | 'refused'
  /** Of a run that is completed. */
  readonly output?: unknown
  /** Why it was refused. */
  readonly error?: ErrorRecord | null
}

/** A run that is over, or will never be, and the step that waits for it. */
export interface EndedChild {
  readonly parent: { readonly runId: string; readonly path: string }
  readonly end: ChildEnd
}

/**
 * Locks runs whose steps wait for others, before anything is done to those: who locks both takes the parent first.
 * Answers those that are there.
 */
export async function lockParents(tx: Pick<Sql, 'query'>, runIds: readonly string[]): Promise<string[]> {
  if (runIds.length === 0) return []
  return (await tx.query<{ id: string }>(LOCK_PARENTS, [runIds])).map(row => row.id)
}
const LOCK_PARENTS = statement('lock-parents', `select id from runs where id = any($1::uuid[]) order by id for update`)

/** Of these runs, those that a step waits for now. */
export async function awaitedRuns(tx: Pick<Sql, 'query'>, runIds: readonly string[]): Promise<ReadonlySet<string>> {
  if (runIds.length === 0) return new Set()
  return new Set((await tx.query<{ id: string }>(AWAITED_RUNS, [runIds])).map(row => row.id))
}
const AWAITED_RUNS = statement(
  'awaited-runs',
  `select child_run_id as id from waits where child_run_id = any($1::uuid[]) and status = 'open'`,
)

/**
 * Tells waiting steps of runs that ended without a worker, in the transaction of that end and with the parents locked.
 * Answers the parents; ring the `run` bell for them after the commit.
 */
export async function answerParents(
  tx: Pick<Sql, 'query'>,
  ended: readonly EndedChild[],
  now: Date,
): Promise<string[]> {
  if (ended.length === 0) return []
  const rows = ended.map(({ parent, end }) => ({
    child: end.runId,
    run_id: parent.runId,
    path: parent.path,
    result: end,
  }))
  return (await tx.query<{ id: string }>(ANSWER_PARENTS, [JSON.stringify(rows), now])).map(row => row.id)
}
const ANSWER_PARENTS = statement(
  'answer-parents',
  `with answered as (
     update waits w set status = 'answered', result = x.result
     from jsonb_to_recordset($1::jsonb) as x(child uuid, run_id uuid, path text, result jsonb)
     where w.run_id = x.run_id and w.path = x.path and w.child_run_id = x.child and w.status = 'open'
     returning w.run_id
   )
   update runs set due_at = $2, signals = signals + 1
   where id in (select run_id from answered) and finished_at is null and status <> 'quarantined'
   returning id`,
)
