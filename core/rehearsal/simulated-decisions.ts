import type { DecisionAnswer } from '../decisions/decision.ts'
import { PastDecisions } from '../decisions/past-policy.ts'
import { TraeError } from '../errors.ts'
import type { Hold } from '../plugins/hold.ts'
import { sampleId } from '../playbooks/tests/sample-value.ts'
import type { History } from './history.ts'

/** A decision as the simulation came to it. */
export interface TakenDecision {
  readonly leadId: string | null
  readonly path: string
  readonly policy: string
  readonly choice: string
  readonly confidence: number
  readonly asksPerson: boolean
  readonly at: string
}

/** Takes decisions by the policies of a history. What a person would be asked is decided as it would be recommended to them. */
export class SimulatedDecisions {
  readonly taken: TakenDecision[] = []
  /** Policies that were asked before their first version was published. */
  readonly early = new Set<string>()
  readonly #policies: ReadonlyMap<string, PastDecisions>
  readonly #recorded: ReadonlyMap<string, readonly { readonly id: string }[]>
  readonly #count = new Map<string, number>()
  readonly #now: () => Date

  constructor({ policies, decisions }: Pick<History, 'policies' | 'decisions'>, now: () => Date) {
    this.#policies = new Map(policies.map(past => [past.slug, new PastDecisions(past)]))
    this.#recorded = Map.groupBy(decisions, placeOf)
    this.#now = now
  }

  readonly decide: Hold['decide'] = async ({ subjectId: leadId, path, policy, input }) => {
    const decider = this.#policies.get(policy)
    if (!decider) throw new TraeError('NOT_FOUND', `There is no decision policy "${policy}" in this workspace.`)
    const at = this.#now()
    const decisionId = this.#idAt(placeOf({ leadId, path, policy }))
    const { weighed, alone, early } = decider.decide(input, at, decisionId)
    const { option: choice, confidence } = weighed.recommendation
    if (early) this.early.add(policy)
    this.taken.push({ leadId, path, policy, choice, confidence, asksPerson: !alone, at: at.toISOString() })
    const { score } = weighed.combination
    const by = alone ? 'engine' : 'person'
    return { output: { decisionId, choice, score, confidence, recommended: choice, by } satisfies DecisionAnswer }
  }

  /** The id is the chance of what tries something: the same as it was, where this very decision was taken; else the place's own. */
  #idAt(place: string): string {
    const count = this.#count.get(place) ?? 0
    this.#count.set(place, count + 1)
    return this.#recorded.get(place)?.[count]?.id ?? sampleId(`${place} ${count}`)
  }
}

const placeOf = ({ leadId, path, policy }: Pick<TakenDecision, 'leadId' | 'path' | 'policy'>) =>
  `${leadId} ${path} ${policy}`
