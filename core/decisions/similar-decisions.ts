import type { Core } from '../context.ts'
import { statement } from '../sql.ts'
import { LEAST_SIMILARITY, likeness, MOST_COMPARED, MOST_SIMILAR, type Words, wordsOf } from './learner/similar.ts'
import type { Policy } from './policy.ts'
import type { PolicyInForce } from './read-policies.ts'
import { learnable, type PastDecision } from './weigh.ts'

/** What a decision was given never changes, so it is read and cut into words once in a process. */
interface Known {
  readonly words: Words
  readonly at: string
}

const MOST_POLICIES = 200

/** The words of the last decisions of each policy, as this process has met them. What became of them is asked every time. */
export class RecentDecisions {
  readonly #policies = new Map<string, { readonly hash: string; readonly known: Map<string, Known> }>()

  /** Of a policy, by decision. A text that learns from other inputs has other words. */
  of(policyId: string, { hash }: Pick<Policy, 'hash'>): Map<string, Known> {
    const before = this.#policies.get(policyId)
    if (before?.hash === hash) return before.known
    if (this.#policies.size >= MOST_POLICIES) this.#policies.clear()
    const known = new Map<string, Known>()
    this.#policies.set(policyId, { hash, known })
    return known
  }

  /** A decision that was just stored. */
  add(policyId: string, policy: Policy, { id, context, at }: { id: string; context: Inputs; at: Date }): void {
    this.of(policyId, policy).set(id, { words: wordsOf(learnable(policy, context)), at: at.toISOString() })
  }
}

type Inputs = Readonly<Record<string, unknown>>

/** The last decisions of a policy that were taken, newest first: id, what was chosen, and what became of it by now. */
export type LastDecisions = readonly (readonly [id: string, chosen: string, outcome: string | null])[]

/** Those of the last decisions that are most like a context, the likest first. */
export async function similarDecisions(
  core: Pick<Core, 'sql' | 'models'>,
  { inForce: { policy, stored }, last }: { readonly inForce: PolicyInForce; readonly last: LastDecisions },
  context: Inputs,
): Promise<PastDecision[]> {
  const known = core.models.recent.of(stored.id, policy)
  const missing = last.flatMap(([id]) => (known.has(id) ? [] : [id]))
  if (missing.length > 0)
    for (const { id, context, created_at: at } of await core.sql.query<ContextRow>(CONTEXTS, [stored.id, missing]))
      core.models.recent.add(stored.id, policy, { id, context, at })
  if (known.size > 2 * MOST_COMPARED) {
    const ids = new Set(last.map(([id]) => id))
    for (const id of known.keys()) if (!ids.has(id)) known.delete(id)
  }
  const alikeTo = likeness(wordsOf(context))
  const found: PastDecision[] = []
  for (const [id, chosen, outcome] of last) {
    const past = known.get(id)
    if (!past) continue // erased meanwhile
    const similarity = alikeTo(past.words)
    if (similarity >= LEAST_SIMILARITY) found.push({ id, similarity, chosen, outcome, at: past.at })
  }
  return found.sort((a, b) => b.similarity - a.similarity || (a.id < b.id ? 1 : -1)).slice(0, MOST_SIMILAR)
}

interface ContextRow {
  readonly id: string
  readonly context: Inputs
  readonly created_at: Date
}

const CONTEXTS = statement(
  'contexts-of-decisions',
  `select id, context, created_at from decisions where policy_id = $1 and id = any($2::uuid[])`,
)
