import type { Core } from '../context.ts'
import { crashPoint } from '../crash-point.ts'
import type { Decision } from '../decisions/decision.ts'
import { getDecision } from '../decisions/read-decisions.ts'
import { answerOf, type TakeDecision, takeDecision } from '../decisions/take-decision.ts'
import { TraeError } from '../errors.ts'
import type { UserId, WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'
import { answerWait } from './answer-wait.ts'

const MAX_COMMENT = 2000

/**
 * A person decides what is pending; a step that waits for it goes on, in the same commit. Exactly one of two people, or of a
 * person and the time, decides. Throws `NOT_FOUND`, `CONFLICT` for what is decided or needed no longer, `BAD_USER_INPUT`.
 */
export async function decideDecision(
  core: Pick<Core, 'sql' | 'clock' | 'queue' | 'pubsub'>,
  workspaceId: WorkspaceId,
  taken: Omit<TakeDecision, 'by'> & { readonly by: UserId },
): Promise<Decision> {
  const comment = taken.comment?.trim() || null
  if (comment !== null && comment.length > MAX_COMMENT)
    throw new TraeError('BAD_USER_INPUT', `A comment may have ${MAX_COMMENT} characters, found ${comment.length}.`)
  const { decisionId } = taken
  const now = core.clock.now()
  const { decision, woken } = await core.sql.transaction(async tx => {
    await tx.query(LOCK_RUN, [workspaceId, decisionId])
    const isTaken = await takeDecision(tx, workspaceId, { ...taken, comment }, now)
    const after = await getDecision({ sql: tx }, workspaceId, decisionId)
    if (!isTaken || after.status !== 'decided')
      throw new TraeError(
        'CONFLICT',
        `"${after.question}" is ${after.status === 'decided' ? `decided: ${after.chosen} at ${after.decidedAt}` : 'not waited for any more'}.`,
      )
    if (after.runId === null) return { decision: after, woken: false }
    const waits = await tx.query<{ status: string }>(WAIT_OF, [after.runId, after.path])
    if (waits.length === 0) return { decision: after, woken: false } // the step is about to wait, and will find it decided
    const ended = await answerWait(tx, { runId: after.runId, path: after.path!, result: answerOf(after) }, now)
    if (!ended) throw new TraeError('CONFLICT', `"${after.question}" is not waited for any more.`)
    return { decision: after, woken: true }
  })
  crashPoint('decision.taken')
  if (woken) core.queue.ring('run', decision.runId!)
  core.pubsub.publish('decision.updated', { workspaceId, decisionId, requested: false })
  return decision
}
const LOCK_RUN = statement(
  'lock-run-of-decision',
  `select r.id from runs r where r.id = (select run_id from decisions where workspace_id = $1 and id = $2) for update`,
)
const WAIT_OF = statement('wait-of-decision', `select status from waits where run_id = $1 and path = $2`)
