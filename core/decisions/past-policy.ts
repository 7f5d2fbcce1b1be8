import { acceptInputs } from '../playbooks/accept-inputs.ts'
import { type Example, Knowledge, type KnowledgeState } from './knowledge.ts'
import type { Policy } from './policy.ts'
import { compiled } from './read-policies.ts'
import { decidesAlone, weigh, type Weighed } from './weigh.ts'

/** A decision policy over a time that has passed, as JSON: its texts, and what outcomes taught its model. Times are ISO 8601. */
export interface PastPolicy {
  readonly slug: string
  /** In order; each was in force from its moment on. */
  readonly versions: readonly { readonly at: string; readonly source: string; readonly hash: string }[]
  /** What the model knew when the time begins. */
  readonly knowledge: KnowledgeState
  /** What happened to the model later, in order. */
  readonly learnt: readonly Lesson[]
  /** From here on what outcomes taught is left out, as there was too much; null where all of it is here. */
  readonly learntUntil: string | null
}

/** An outcome, or a reset. */
export type Lesson = { readonly at: string } & ({ readonly example: Example } | { readonly reset: true })

export interface PolicyAnswer {
  readonly weighed: Weighed
  /** False: a person would be asked. */
  readonly alone: boolean
}

/**
 * What a policy answers with what it knows, stored nowhere. `id` is the chance, where something may be tried. The decisions of step 2
 * are for people to look at and left out; outcomes of similar ones weigh as they do in the engine. Throws `VALIDATION` for the inputs, `EXPRESSION`.
 */
export function answerBy(policy: Policy, knowledge: Knowledge, inputs: unknown, id: string): PolicyAnswer {
  const accepted = acceptInputs(policy.name, policy.inputs, inputs ?? {})
  const weighed = weigh(policy, knowledge, accepted, [], id)
  return { weighed, alone: decidesAlone(policy, weighed) }
}

export interface PastAnswer extends PolicyAnswer {
  /** The policy was not published yet: its first version answers. */
  readonly early: boolean
}

/**
 * Takes decisions as the engine would have, moment after moment, with the text that was in force and what outcomes had taught by
 * then. Nothing is stored, and what is decided here teaches nothing. Moments only go forward.
 */
export class PastDecisions {
  readonly #past: PastPolicy
  #knowledge: Knowledge | undefined
  #pace: Policy['pace'] | undefined
  #lessons = 0

  constructor(past: PastPolicy) {
    this.#past = past
  }

  /** `id` as in `answerBy`, and so is what it throws. */
  decide(inputs: unknown, moment: Date, id: string): PastAnswer {
    const { slug, versions } = this.#past
    const version = versions.findLast(({ at }) => Date.parse(at) <= moment.getTime())
    const policy = compiled({ slug, ...(version ?? versions[0]!) })
    return { ...answerBy(policy, this.#knownAt(moment, policy.pace), inputs, id), early: !version }
  }

  #knownAt(moment: Date, pace: Policy['pace']): Knowledge {
    const { knowledge, learnt } = this.#past
    if (!this.#knowledge || this.#pace !== pace)
      this.#knowledge = new Knowledge((this.#pace = pace), this.#knowledge?.state() ?? knowledge)
    for (; this.#lessons < learnt.length; this.#lessons++) {
      const lesson = learnt[this.#lessons]!
      if (Date.parse(lesson.at) > moment.getTime()) break
      if ('example' in lesson) this.#knowledge.learn(lesson.example)
      else this.#knowledge = new Knowledge(pace)
    }
    return this.#knowledge
  }
}
