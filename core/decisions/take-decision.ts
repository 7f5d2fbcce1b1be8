import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { UserId, WorkspaceId } from '../ids.ts'
import { type Sql, statement } from '../sql.ts'
import type { Decision, DecisionAnswer } from './decision.ts'
import { getDecision } from './read-decisions.ts'
import { compiled } from './read-policies.ts'
import { listen } from './request-decision.ts'

/** What a decision that is taken answers. */
export function answerOf(decision: Decision): DecisionAnswer {
  return {
    decisionId: decision.id,
    choice: decision.chosen!,
    score: decision.score,
    confidence: decision.confidence,
    recommended: decision.recommended,
    by: decision.decidedBy !== null ? 'person' : decision.automatic ? 'engine' : 'time',
  }
}

export interface TakeDecision {
  readonly decisionId: string
  /** The key of an option. */
  readonly choice: string
  readonly comment?: string | null | undefined
  /** Null: time was up. */
  readonly by: UserId | null
}

/** Takes a decision that is pending, in the transaction given; false where it is not pending any more. Throws `BAD_USER_INPUT` for the option. */
export async function takeDecision(
  tx: Pick<Sql, 'query'>,
  workspaceId: WorkspaceId,
  { decisionId, choice, comment, by }: TakeDecision,
  now: Date,
): Promise<boolean> {
  const decision = await getDecision({ sql: tx }, workspaceId, decisionId)
  const known = decision.options.map(({ key }) => key)
  if (!known.includes(choice))
    throw new TraeError(
      'BAD_USER_INPUT',
      `"${decision.question}" has no option "${choice}"; it has ${known.join(', ')}.`,
    )
  const [row] = await tx.query<{ slug: string; source: string; hash: string; context: Record<string, unknown> }>(TAKE, [
    workspaceId,
    decisionId,
    choice,
    comment ?? null,
    by,
    now,
  ])
  if (!row) return false
  await listen(tx, workspaceId, { id: decisionId, policy: compiled(row), inputs: row.context }, now)
  return true
}
const TAKE = statement(
  'take-decision',
  `update decisions d set status = 'decided', chosen = $3, comment = $4, decided_by = $5, decided_at = $6
   from decision_policies p
   where p.id = d.policy_id and d.workspace_id = $1 and d.id = $2 and d.status = 'pending'
   returning p.slug, p.source, p.hash, d.context`,
)

/** Takes what was recommended, where nobody has decided. */
export async function decideByTime(
  core: Pick<Core, 'sql' | 'clock' | 'pubsub'>,
  workspaceId: WorkspaceId,
  decisionId: string,
): Promise<DecisionAnswer> {
  const { recommended: choice } = await getDecision(core, workspaceId, decisionId)
  const now = core.clock.now()
  await core.sql.transaction(tx => takeDecision(tx, workspaceId, { decisionId, choice, by: null }, now))
  core.pubsub.publish('decision.updated', { workspaceId, decisionId, requested: false })
  return answerOf(await getDecision(core, workspaceId, decisionId))
}

/** Nobody needs it any more. */
export async function withdrawDecision(
  core: Pick<Core, 'sql' | 'pubsub'>,
  workspaceId: WorkspaceId,
  decisionId: string,
): Promise<void> {
  await core.sql.query(WITHDRAW, [workspaceId, decisionId])
  core.pubsub.publish('decision.updated', { workspaceId, decisionId, requested: false })
}
/** Decisions that nobody acts on any more, pending or decided: they get no outcome. In the transaction given. */
export async function dropDecisions(
  tx: Pick<Sql, 'query'>,
  workspaceId: WorkspaceId,
  ids: readonly string[],
): Promise<void> {
  if (ids.length > 0) await tx.query(DROP, [workspaceId, ids])
}
const DROP = statement(
  'drop-decisions',
  `with heard as (delete from decision_listens where workspace_id = $1 and decision_id = any($2::uuid[]))
   update decisions set status = 'withdrawn', request_key = null, outcome_due_at = null
   where workspace_id = $1 and id = any($2::uuid[]) and outcome is null`,
)
const WITHDRAW = statement(
  'withdraw-decision',
  `update decisions set status = 'withdrawn', request_key = null where workspace_id = $1 and id = $2 and status = 'pending'`,
)
