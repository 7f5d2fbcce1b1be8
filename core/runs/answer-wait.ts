import { type Sql, statement } from '../sql.ts'

/**
 * Ends an open wait of a run with a result, and makes the run due, in one statement; false where something else has
 * ended it. Give it the transaction of what the answer rests on, with the run's row locked before any other, and ring the
 * queue's `run` bell for the run once that is committed.
 */
export async function answerWait(
  tx: Pick<Sql, 'query'>,
  answer: { readonly runId: string; readonly path: string; readonly result: unknown },
  now: Date,
): Promise<boolean> {
  const { runId, path, result } = answer
  const rows = await tx.query(ANSWER_WAIT, [runId, path, JSON.stringify(result ?? null), now])
  return rows.length > 0
}
const ANSWER_WAIT = statement(
  'answer-wait',
  `with locked as (
     select id from runs where id = $1 and finished_at is null for update
   ), ended as (
     update waits set status = 'answered', result = $3::jsonb from locked
     where waits.run_id = locked.id and waits.path = $2 and waits.status = 'open'
     returning waits.run_id
   ), woken as (
     update runs set due_at = $4, signals = signals + 1 where id in (select run_id from ended) and status <> 'quarantined'
   )
   select run_id from ended`,
)
