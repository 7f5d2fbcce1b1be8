import type { Core } from '../context.ts'
import { crashPoint } from '../crash-point.ts'
import { TraeError } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import { type Sql, statement } from '../sql.ts'
import type { DecisionOutcome } from './decision.ts'
import { getDecision } from './read-decisions.ts'
import { compiled } from './read-policies.ts'
import { learnable, type Weighed } from './weigh.ts'

export interface RecordOutcome {
  readonly decisionId: string
  readonly outcome: DecisionOutcome
  /** `event:<id>`, `time`, `user:<id>`: who or what told. */
  readonly source: string
}

/**
 * Says how a decision went, once: only a person corrects it afterwards (`correctOutcome`). The model learns from it in the same commit. Whoever else says it, also at the
 * same moment in another process, changes nothing. Answers whether this was the first to say so. Throws `NOT_FOUND`,
 * `CONFLICT` for a decision that nobody has taken.
 */
export async function recordOutcome(
  core: Pick<Core, 'sql' | 'clock' | 'pubsub'>,
  workspaceId: WorkspaceId,
  { decisionId, outcome, source }: RecordOutcome,
): Promise<boolean> {
  const now = core.clock.now()
  const recorded = await core.sql.transaction(async tx => {
    const [row] = await tx.query<TakenRow>(SET_OUTCOME, [workspaceId, decisionId, outcome, now, source])
    if (!row) return false
    crashPoint('outcome.set')
    await learn(tx, workspaceId, row, outcome === 'success', now)
    return true
  })
  crashPoint('outcome.committed')
  if (recorded) core.pubsub.publish('decision.updated', { workspaceId, decisionId, requested: false })
  else {
    const decision = await getDecision(core, workspaceId, decisionId)
    if (decision.outcome === null)
      throw new TraeError(
        'CONFLICT',
        `Decision ${decisionId} is ${decision.status}: what nobody has decided has no outcome.`,
      )
  }
  return recorded
}

interface TakenRow {
  readonly id: string
  readonly policy_id: string
  readonly chosen: string
  readonly decision: Weighed
  readonly generation: number
  readonly slug: string
  readonly source: string
  readonly hash: string
}

/** The model's row is locked from the count on to the end of the commit, so examples become visible in their order. */
async function learn(tx: Sql, workspaceId: WorkspaceId, row: TakenRow, success: boolean, now: Date): Promise<void> {
  const policy = compiled(row)
  const { decision, chosen } = row
  const prior = (decision.rules.score ?? decision.rules.options[chosen] ?? 50) / 100
  const [model] = await tx.query<{ seq: string; generation: number }>(NEXT_EXAMPLE, [row.policy_id, workspaceId])
  if (model!.generation !== row.generation) return // what was decided by a model that was reset teaches the new one nothing
  await tx.query(ADD_EXAMPLE, [
    row.policy_id,
    model!.seq,
    row.id,
    chosen,
    JSON.stringify(learnable(policy, decision.context)),
    prior,
    success,
    now,
  ])
}

const SET_OUTCOME = statement(
  'set-outcome',
  `with heard as ( -- whoever tells, nothing is listened for any more
     delete from decision_listens where workspace_id = $1 and decision_id = $2
   )
   update decisions d set outcome = $3, outcome_at = $4, outcome_source = $5, outcome_due_at = null
   from decision_policies p
   where p.id = d.policy_id and d.workspace_id = $1 and d.id = $2 and d.outcome is null and d.status = 'decided'
   returning d.id, d.policy_id, d.chosen, d.decision, d.generation, p.slug, p.source, p.hash`,
)
const NEXT_EXAMPLE = statement(
  'next-example',
  `update decision_models set seq = seq + 1 where policy_id = $1 and workspace_id = $2 returning seq, generation`,
)
const ADD_EXAMPLE = statement(
  'add-example',
  `insert into decision_examples (policy_id, seq, decision_id, option, context, prior, success, created_at)
   values ($1, $2, $3, $4, $5::jsonb, $6, $7, $8)`,
)

/** Records what events have told and what time has: outcomes that are due. Any number of processes may do it at once. */
export async function recordDueOutcomes(core: Pick<Core, 'sql' | 'clock' | 'pubsub'>): Promise<void> {
  const rows = await core.sql.query<{
    decision_id: string
    workspace_id: WorkspaceId
    success: boolean
    event_id: string | null
  }>(DUE_OUTCOMES, [core.clock.now()])
  for (const row of rows) {
    const source = row.event_id === null ? 'time' : `event:${row.event_id}`
    await recordOutcome(core, row.workspace_id, {
      decisionId: row.decision_id,
      outcome: row.success ? 'success' : 'failure',
      source,
    })
  }
}

// The first of two events that came tells. Where only a failure has a name, silence is a success.
const DUE_OUTCOMES = statement(
  'due-outcomes',
  `(select distinct on (l.decision_id) l.decision_id, l.workspace_id, l.success, l.event_id
    from decision_listens l where l.event_id is not null order by l.decision_id, l.event_id limit 200)
   union all
   (select d.id, d.workspace_id, not exists (select from decision_listens l where l.decision_id = d.id and l.success), null
    from decisions d where d.outcome is null and d.outcome_due_at <= $1
      and not exists (select from decision_listens l where l.decision_id = d.id and l.event_id is not null) limit 200)`,
)
