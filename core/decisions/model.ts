import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'
import { type OptionView, viewOptions } from './knowledge.ts'
import type { Voice } from './learner/learner.ts'
import type { CurvePoint } from './learner/state.ts'
import type { Policy } from './policy.ts'
import { policyInForce } from './read-policies.ts'
import { weigh } from './weigh.ts'

/** What is to be seen of the model of a policy. */
export interface ModelView {
  readonly outcomes: number
  readonly successes: number
  /** Counts resets, from 1. */
  readonly generation: number
  readonly resetAt: string | null
  /** How much each voice counts now; together 1. Null of a choice, which is made by how each option went. */
  readonly shares: Readonly<Record<Voice, number>> | null
  /** Ten parts of 0 to 1: what was said before the outcome, and what then happened. None of a choice. */
  readonly curve: readonly CurvePoint[]
  /** Log-odds; what counts most first. None of a choice. */
  readonly weights: readonly { readonly name: string; readonly weight: number }[]
  /** Of a choice. */
  readonly options: readonly (OptionView & { readonly title: string })[]
}

const MOST_WEIGHTS = 50

/** Throws `NOT_FOUND` for the policy. */
export async function inspectModel(
  core: Pick<Core, 'sql' | 'models'>,
  workspaceId: WorkspaceId,
  slug: string,
): Promise<ModelView> {
  const { policy, stored } = await policyInForce(core, workspaceId, slug)
  const [row] = await core.sql.query<{ reset_at: Date | null }>(RESET_OF, [stored.id])
  const { knowledge, generation } = await core.models.of(stored.id, policy.pace)
  const { learner } = knowledge
  const isScore = policy.kind === 'score'
  return {
    outcomes: learner.outcomes,
    successes: learner.successes,
    generation,
    resetAt: row?.reset_at?.toISOString() ?? null,
    shares: isScore ? learner.shares : null,
    curve: isScore ? structuredClone(learner.curve) : [],
    weights: isScore ? learner.weights(MOST_WEIGHTS) : [],
    options: !isScore
      ? viewOptions(
          knowledge,
          policy.options.map(({ key, chance }) => ({ key, prior: chance / 100 })),
          { explore: policy.explore },
        ).map(view => ({ ...view, title: titleOf(policy, view.key) }))
      : [],
  }
}
const RESET_OF = statement('reset-of-model', `select reset_at from decision_models where policy_id = $1`)

/** Forgets all that was learnt: the next decision is what the rules say. Decisions and their outcomes stay. Throws `NOT_FOUND`. */
export async function resetModel(
  core: Pick<Core, 'sql' | 'clock'>,
  workspaceId: WorkspaceId,
  policyId: string,
): Promise<void> {
  const rows = await core.sql.query(RESET_MODEL, [policyId, core.clock.now(), workspaceId])
  if (rows.length === 0) throw new TraeError('NOT_FOUND', `There is no decision policy ${policyId} in this workspace.`)
}
const RESET_MODEL = statement(
  'reset-model',
  `update decision_models set generation = generation + 1, snapshot = null, snapshot_seq = seq, first_seq = seq, reset_at = $2 where policy_id = $1 and workspace_id = $3 returning policy_id`,
)

/** One of the decisions that were taken, and what would be decided in its place today. */
export interface Hindsight {
  readonly decisionId: string
  readonly at: string
  readonly chosen: string
  readonly now: string
  /** The titles of both, as the policy in force has them; the key of an option that it has no more. */
  readonly chosenTitle: string
  readonly nowTitle: string
  readonly score: number | null
  readonly confidence: number
  readonly outcome: string | null
}

/** What the policy in force, knowing all that it knows now, would have decided: of the last decisions, newest first. At most 100. */
export async function hindsight(
  core: Pick<Core, 'sql' | 'models'>,
  workspaceId: WorkspaceId,
  slug: string,
  first = 20,
): Promise<Hindsight[]> {
  if (!Number.isInteger(first) || first < 1 || first > 100)
    throw new TraeError('BAD_USER_INPUT', `first must be a whole number from 1 to 100, found ${first}.`)
  const { policy, stored } = await policyInForce(core, workspaceId, slug)
  const rows = await core.sql.query<{
    id: string
    context: Record<string, unknown>
    chosen: string
    outcome: string | null
    created_at: Date
  }>(DECIDED, [stored.id, first])
  const { knowledge } = await core.models.of(stored.id, policy.pace)
  const inForce = { ...policy, explore: 0 }
  return rows.map(row => {
    const { recommendation, combination } = weigh(inForce, knowledge, row.context, [], row.id)
    return {
      decisionId: row.id,
      at: row.created_at.toISOString(),
      chosen: row.chosen,
      now: recommendation.option,
      chosenTitle: titleOf(policy, row.chosen),
      nowTitle: titleOf(policy, recommendation.option),
      score: combination.score,
      confidence: recommendation.confidence,
      outcome: row.outcome,
    }
  })
}
const titleOf = ({ options }: Policy, key: string) => options.find(option => option.key === key)?.title ?? key

const DECIDED = statement(
  'decided-of-policy',
  `select id, context, chosen, outcome, created_at from decisions
   where policy_id = $1 and status = 'decided' order by id desc limit $2`,
)
