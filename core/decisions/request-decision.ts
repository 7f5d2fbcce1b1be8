import type { Core } from '../context.ts'
import { crashPoint } from '../crash-point.ts'
import { isId, newId, type WorkspaceId } from '../ids.ts'
import { acceptInputs } from '../playbooks/accept-inputs.ts'
import { type Sql, statement } from '../sql.ts'
import type { Decision } from './decision.ts'
import type { Policy } from './policy.ts'
import { decisionOfKey, getDecision } from './read-decisions.ts'
import { type PolicyInForce, policyInForce } from './read-policies.ts'
import { similarity, wordsOf } from './similar.ts'
import { decidesAlone, learnable, type PastDecision, weigh, type Weighed } from './weigh.ts'

export interface DecisionRequest {
  /** The policy's own name: `first-contact`. */
  readonly policy: string
  readonly inputs?: Readonly<Record<string, unknown>> | null | undefined
  /** The lead that it is about; without it `inputs.leadId`. */
  readonly subjectId?: string | null | undefined
  /** Asking again with the same key answers the same decision. */
  readonly key?: string | null | undefined
  /** The step that asks; `dueAt`: a person is waited for until then. */
  readonly run?: { readonly id: string; readonly path: string; readonly attempt: number; readonly dueAt: Date | null }
}

type DecideCore = Pick<Core, 'sql' | 'clock' | 'pubsub' | 'models'>

/**
 * Takes a decision in seven steps: context, similar decisions, what was learnt, rules, model, combination, recommendation.
 * Where the policy allows it and the confidence reaches its threshold it is decided, else it is pending until a person does.
 * All of it is stored before anybody acts on it. Throws `NOT_FOUND` for the policy, `VALIDATION` for the inputs, `EXPRESSION`.
 */
export async function requestDecision(
  core: DecideCore,
  workspaceId: WorkspaceId,
  request: DecisionRequest,
): Promise<Decision> {
  const asked = request.key ? await decisionOfKey(core, workspaceId, request.key) : undefined
  if (asked) return asked
  const inForce = await policyInForce(core, workspaceId, request.policy)
  const { policy, stored } = inForce
  const inputs = acceptInputs(policy.name, policy.inputs, request.inputs ?? {})
  const id = newId()
  const { knowledge, generation } = await core.models.of(stored.id, policy.pace)
  const past = await similarDecisions(core, stored.id, learnable(policy, inputs))
  const weighed = weigh(policy, knowledge, inputs, past, id)
  await store(core, workspaceId, { id, generation, inForce, weighed, request })
  crashPoint('decision.stored')
  const decision = request.key
    ? (await decisionOfKey(core, workspaceId, request.key))!
    : await getDecision(core, workspaceId, id)
  core.pubsub.publish('decision.updated', { workspaceId, decisionId: decision.id, requested: decision.id === id })
  return decision
}

/** What a decision would be now; nothing is stored. */
export async function previewDecision(
  core: Pick<Core, 'sql' | 'models'>,
  workspaceId: WorkspaceId,
  request: Pick<DecisionRequest, 'policy' | 'inputs'>,
): Promise<Weighed> {
  const { policy, stored } = await policyInForce(core, workspaceId, request.policy)
  const inputs = acceptInputs(policy.name, policy.inputs, request.inputs ?? {})
  const past = await similarDecisions(core, stored.id, learnable(policy, inputs))
  const { knowledge } = await core.models.of(stored.id, policy.pace)
  return weigh({ ...policy, explore: 0 }, knowledge, inputs, past, newId())
}

const MOST_SIMILAR = 5
const LEAST_SIMILARITY = 0.3

/** The most similar of the policy's last decisions, the likest first. */
async function similarDecisions(
  core: Pick<Core, 'sql'>,
  policyId: string,
  context: Readonly<Record<string, unknown>>,
): Promise<PastDecision[]> {
  const rows = await core.sql.query<{
    id: string
    context: Record<string, unknown>
    chosen: string
    outcome: string | null
    created_at: Date
  }>(LAST_DECISIONS, [policyId])
  const words = wordsOf(context)
  const names = Object.keys(context)
  return rows
    .map(row => ({
      id: row.id,
      similarity: similarity(words, wordsOf(Object.fromEntries(names.map(name => [name, row.context[name] ?? null])))),
      chosen: row.chosen,
      outcome: row.outcome,
      at: row.created_at.toISOString(),
    }))
    .filter(past => past.similarity >= LEAST_SIMILARITY)
    .sort((a, b) => b.similarity - a.similarity || (a.id < b.id ? 1 : -1))
    .slice(0, MOST_SIMILAR)
}
const LAST_DECISIONS = statement(
  'last-decisions',
  `select id, context, chosen, outcome, created_at from decisions
   where policy_id = $1 and chosen is not null order by id desc limit 200`,
)

interface NewDecision {
  readonly id: string
  readonly generation: number
  readonly inForce: PolicyInForce
  readonly weighed: Weighed
  readonly request: DecisionRequest
}

async function store(core: DecideCore, workspaceId: WorkspaceId, decision: NewDecision): Promise<void> {
  const { id, generation, inForce, weighed, request } = decision
  const { policy, stored } = inForce
  const { option, confidence } = weighed.recommendation
  const automatic = decidesAlone(policy, weighed)
  const now = core.clock.now()
  const subject = request.subjectId ?? weighed.context['leadId']
  const titles = Object.fromEntries(policy.options.map(({ key, title }) => [key, title]))
  await core.sql.transaction(async tx => {
    const added = await tx.query(ADD_DECISION, [
      id,
      workspaceId,
      policy.module,
      JSON.stringify(weighed.context),
      JSON.stringify({ ...weighed, titles }),
      now,
      stored.id,
      stored.version,
      generation,
      policy.type,
      policy.question,
      automatic ? 'decided' : 'pending',
      option,
      automatic ? option : null,
      confidence,
      weighed.combination.score,
      automatic,
      isId(subject) ? subject : null,
      request.run?.id ?? null,
      request.run?.path ?? null,
      request.run?.attempt ?? null,
      request.key ?? null,
      request.run?.dueAt ?? null,
    ])
    if (added.length > 0 && automatic) await listen(tx, workspaceId, { id, policy, inputs: weighed.context }, now)
  })
}

/** From now on what happens is held against what the policy calls a success or a failure. */
export async function listen(
  tx: Pick<Sql, 'query'>,
  workspaceId: WorkspaceId,
  {
    id,
    policy,
    inputs,
  }: { readonly id: string; readonly policy: Policy; readonly inputs: Readonly<Record<string, unknown>> },
  now: Date,
): Promise<void> {
  const { success, failure, withinMs } = policy.outcome
  const listens = [
    { of: success, isSuccess: true },
    { of: failure, isSuccess: false },
  ].flatMap(({ of, isSuccess }) =>
    of ? [{ success: isSuccess, type: of.event, correlate: of.correlate.evaluate({ inputs }) }] : [],
  )
  const due = withinMs !== undefined && listens.length > 0 ? new Date(now.getTime() + withinMs) : null
  await tx.query(LISTEN, [id, workspaceId, JSON.stringify(listens), due])
}
const LISTEN = statement(
  'listen-for-outcome',
  `with listens as (
     insert into decision_listens (decision_id, success, workspace_id, type, correlate)
     select $1, x.success, $2, x.type, coalesce(x.correlate, '{}')
     from jsonb_to_recordset($3::jsonb) as x(success boolean, type text, correlate jsonb)
     on conflict do nothing
   )
   update decisions set outcome_due_at = $4 where id = $1 and outcome is null`,
)

/** The row of a decision that is asked for; nothing where the key is known. */
const ADD_DECISION = statement(
  'add-decision',
  `insert into decisions (id, workspace_id, module, context, decision, created_at, policy_id, policy_version, generation, type, question, status,
     recommended, chosen, confidence, score, automatic, subject_id, run_id, path, attempt, request_key, due_at, decided_at)
   values ($1, $2, $3, $4::jsonb, $5::jsonb, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,
     case when $14::text is null then null else $6::timestamptz end)
   on conflict (workspace_id, request_key) do nothing
   returning id`,
)
