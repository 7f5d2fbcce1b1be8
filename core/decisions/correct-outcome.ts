import { actorOf, audit } from '../access/audit.ts'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { UserId, WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'
import type { DecisionOutcome } from './decision.ts'
import { getDecision } from './read-decisions.ts'

/**
 * A person says that a decision went otherwise than was recorded. Its example is changed in the same commit, and what the policy has
 * learnt since its last reset is folded again by whoever asks next, in every process: the model is what it would be, had the right
 * outcome been told at first. The same outcome said again changes nothing. Throws `NOT_FOUND`, and `CONFLICT` where no outcome is known yet.
 */
export async function correctOutcome(
  core: Pick<Core, 'sql' | 'clock' | 'pubsub'>,
  workspaceId: WorkspaceId,
  { decisionId, outcome, by }: { decisionId: string; outcome: DecisionOutcome; by: UserId | undefined },
): Promise<void> {
  const now = core.clock.now()
  const corrected = await core.sql.transaction(async tx => {
    const [row] = await tx.query<{ policy_id: string; generation: number; before: DecisionOutcome }>(CORRECT_OUTCOME, [
      workspaceId,
      decisionId,
      outcome,
      now,
      actorOf(by),
    ])
    if (!row) return false
    // Its row first, as whoever records an outcome does: examples and folds keep their order
    await tx.query(FOLD_AGAIN, [row.policy_id, workspaceId, row.generation])
    await tx.query(CHANGE_EXAMPLE, [row.policy_id, decisionId, outcome === 'success'])
    const target = `decision:${decisionId}`
    const data = { before: row.before, after: outcome }
    await audit(tx, workspaceId, { actor: actorOf(by), action: 'decision.outcome-corrected', target, data }, now)
    return true
  })
  if (corrected) core.pubsub.publish('decision.updated', { workspaceId, decisionId, requested: false })
  else if ((await getDecision(core, workspaceId, decisionId)).outcome === null)
    throw new TraeError(
      'CONFLICT',
      `Nobody has said yet how decision ${decisionId} went: say it with decisionRecordOutcome.`,
    )
}

const CORRECT_OUTCOME = statement(
  'correct-outcome',
  `update decisions d set outcome = $3, outcome_at = $4, outcome_source = $5
   from (select id, outcome from decisions where workspace_id = $1 and id = $2 for update) old
   where d.id = old.id and d.workspace_id = $1 and old.outcome is not null and old.outcome <> $3
   returning d.policy_id, d.generation, old.outcome as before`,
)
/** What was decided by a model that was reset has taught the new one nothing, and does not now. */
const FOLD_AGAIN = statement(
  'fold-decisions-again',
  `update decision_models set refolds = refolds + 1, snapshot = null, snapshot_seq = first_seq
   where policy_id = $1 and workspace_id = $2 and generation = $3`,
)
const CHANGE_EXAMPLE = statement(
  'change-decision-example',
  `update decision_examples set success = $3 where policy_id = $1 and decision_id = $2`,
)
