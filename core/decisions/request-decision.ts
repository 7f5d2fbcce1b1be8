import type { Core } from '../context.ts'
import { crashPoint } from '../crash-point.ts'
import { isId, newId, type WorkspaceId } from '../ids.ts'
import { acceptInputs } from '../playbooks/accept-inputs.ts'
import { type Sql, statement } from '../sql.ts'
import type { Decision } from './decision.ts'
import { MOST_COMPARED } from './learner/similar.ts'
import type { ModelHead } from './models.ts'
import type { Policy } from './policy.ts'
import { type DecisionRow, decisionOfKey, getDecision, toDecision } from './read-decisions.ts'
import { inForceOf, POLICY_COLUMNS, type PolicyInForce, policyInForce, type PolicyRow } from './read-policies.ts'
import { type LastDecisions, similarDecisions } from './similar-decisions.ts'
import { decidesAlone, learnable, weigh, type Weighed } from './weigh.ts'

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
  const known = await readKnown(core, workspaceId, request.policy, request.key)
  if (known.asked !== null) return getDecision(core, workspaceId, known.asked)
  const { policy, stored } = known.inForce
  const inputs = acceptInputs(policy.name, policy.inputs, request.inputs ?? {})
  const id = newId()
  const past = await similarDecisions(core, known, learnable(policy, inputs))
  const { knowledge, generation } = await core.models.of(stored.id, policy.pace, known.head)
  const weighed = weigh(policy, knowledge, inputs, past, id)
  const added = await store(core, workspaceId, { id, generation, inForce: known.inForce, weighed, request })
  crashPoint('decision.stored')
  const decision = added ?? (await decisionOfKey(core, workspaceId, request.key!))!
  core.pubsub.publish('decision.updated', { workspaceId, decisionId: decision.id, requested: decision.id === id })
  return decision
}

/** What a decision would be now; nothing is stored. */
export async function previewDecision(
  core: Pick<Core, 'sql' | 'models'>,
  workspaceId: WorkspaceId,
  { policy, inputs }: Pick<DecisionRequest, 'policy' | 'inputs'>,
): Promise<Weighed> {
  return (await previewDecisions(core, workspaceId, policy, [inputs ?? {}]))[0]!
}

/** The same of many cases, which are then compared: all by what is known at one moment, which is read once. */
export async function previewDecisions(
  core: Pick<Core, 'sql' | 'models'>,
  workspaceId: WorkspaceId,
  slug: string,
  cases: readonly Readonly<Record<string, unknown>>[],
): Promise<Weighed[]> {
  const known = await readKnown(core, workspaceId, slug)
  const { policy, stored } = known.inForce
  const compared = []
  for (const one of cases) {
    const inputs = acceptInputs(policy.name, policy.inputs, one)
    compared.push({ inputs, past: await similarDecisions(core, known, learnable(policy, inputs)) })
  }
  const { knowledge } = await core.models.of(stored.id, policy.pace, known.head)
  return compared.map(({ inputs, past }) => weigh({ ...policy, explore: 0 }, knowledge, inputs, past, newId()))
}

interface KnownBefore {
  readonly inForce: PolicyInForce
  readonly head: ModelHead
  readonly last: LastDecisions
  /** The decision that was asked for with the key. */
  readonly asked: string | null
}

/** All that a decision rests on, in one question to the database. Throws `NOT_FOUND` for the policy. */
async function readKnown(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  slug: string,
  key?: string | null,
): Promise<KnownBefore> {
  const [row] = await core.sql.query<PolicyRow & ModelHead & { last: LastDecisions; asked: string | null }>(
    READ_KNOWN,
    [workspaceId, slug, key ?? null, MOST_COMPARED],
  )
  if (!row) {
    await policyInForce(core, workspaceId, slug) // says what was meant
    return readKnown(core, workspaceId, slug, key) // or it was published this moment
  }
  const { generation, refolds, seq, last, asked } = row
  return { inForce: inForceOf(row), head: { generation, refolds, seq }, last, asked }
}
// One value of JSON is read in a tenth of the time that 200 rows take.
const READ_KNOWN = statement(
  'read-known-of-decision',
  `select ${POLICY_COLUMNS}, m.generation, m.refolds, m.seq,
     (select coalesce(json_agg(json_build_array(d.id, d.chosen, d.outcome)), '[]') from (
        select id, chosen, outcome from decisions where policy_id = p.id and chosen is not null order by id desc limit $4) d) as last,
     (select id from decisions where workspace_id = $1 and request_key = $3) as asked
   from decision_policies p join decision_models m on m.policy_id = p.id
   where p.workspace_id = $1 and p.slug = $2`,
)

interface NewDecision {
  readonly id: string
  readonly generation: number
  readonly inForce: PolicyInForce
  readonly weighed: Weighed
  readonly request: DecisionRequest
}

/** Stores it, with what it listens for where it is decided, in one statement; undefined where its key is known. */
async function store(core: DecideCore, workspaceId: WorkspaceId, decision: NewDecision): Promise<Decision | undefined> {
  const { id, generation, inForce, weighed, request } = decision
  const { policy, stored } = inForce
  const { option, confidence } = weighed.recommendation
  const automatic = decidesAlone(policy, weighed)
  const now = core.clock.now()
  const subject = request.subjectId ?? weighed.context['leadId']
  const titles = Object.fromEntries(policy.options.map(({ key, title }) => [key, title]))
  const order = policy.options.map(({ key }) => key)
  const { listens, due } = automatic ? listensOf(policy, weighed.context, now) : { listens: [], due: null }
  const row = {
    id,
    policy_id: stored.id,
    policy_version: stored.version,
    module: policy.module,
    type: policy.type,
    question: policy.question,
    status: automatic ? 'decided' : 'pending',
    decision: { ...weighed, titles, order },
    recommended: option,
    chosen: automatic ? option : null,
    confidence,
    score: weighed.combination.score,
    automatic,
    decided_by: null,
    comment: null,
    created_at: now,
    decided_at: automatic ? now : null,
    due_at: request.run?.dueAt ?? null,
    subject_id: isId(subject) ? subject : null,
    run_id: request.run?.id ?? null,
    path: request.run?.path ?? null,
    outcome: null,
    outcome_at: null,
    outcome_source: null,
  } satisfies DecisionRow
  const added = await core.sql.query(ADD_DECISION, [
    id,
    workspaceId,
    row.module,
    JSON.stringify(weighed.context),
    JSON.stringify(row.decision),
    now,
    row.policy_id,
    row.policy_version,
    generation,
    row.type,
    row.question,
    row.status,
    row.recommended,
    row.chosen,
    confidence,
    row.score,
    automatic,
    row.subject_id,
    row.run_id,
    row.path,
    request.run?.attempt ?? null,
    request.key ?? null,
    row.due_at,
    row.decided_at,
    due,
    JSON.stringify(listens),
  ])
  if (added.length === 0) return undefined
  core.models.recent.add(stored.id, policy, { id, context: weighed.context, at: now })
  return toDecision(row)
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
  const { listens, due } = listensOf(policy, inputs, now)
  await tx.query(LISTEN, [id, workspaceId, JSON.stringify(listens), due])
}

/** What tells how a decision of now went, and until when that is waited for. */
function listensOf({ outcome }: Policy, inputs: Readonly<Record<string, unknown>>, now: Date) {
  const { success, failure, withinMs } = outcome
  const listens = [
    { of: success, isSuccess: true },
    { of: failure, isSuccess: false },
  ].flatMap(({ of, isSuccess }) =>
    of ? [{ success: isSuccess, type: of.event, correlate: of.correlate.evaluate({ inputs }) }] : [],
  )
  return { listens, due: withinMs !== undefined && listens.length > 0 ? new Date(now.getTime() + withinMs) : null }
}

const LISTENS = (
  id: string,
  list: string,
  from = '',
) => `insert into decision_listens (decision_id, success, workspace_id, type, correlate)
     select ${id}, x.success, $2, x.type, coalesce(x.correlate, '{}')
     from ${from}jsonb_to_recordset(${list}::jsonb) as x(success boolean, type text, correlate jsonb)
     on conflict do nothing`
const LISTEN = statement(
  'listen-for-outcome',
  `with listens as (
     ${LISTENS('$1', '$3')}
   )
   update decisions set outcome_due_at = $4 where id = $1 and outcome is null`,
)

/** The row of a decision that is asked for; nothing where the key is known. */
const ADD_DECISION = statement(
  'add-decision',
  `with added as (
     insert into decisions (id, workspace_id, module, context, decision, created_at, policy_id, policy_version, generation, type, question, status,
       recommended, chosen, confidence, score, automatic, subject_id, run_id, path, attempt, request_key, due_at, decided_at, outcome_due_at)
     values ($1, $2, $3, $4::jsonb, $5::jsonb, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25)
     on conflict (workspace_id, request_key) do nothing
     returning id
   ), listens as (
     ${LISTENS('added.id', '$26', 'added, ')}
   )
   select id from added`,
)
