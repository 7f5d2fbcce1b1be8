import { type Arm, draw, normalBelow, PRIOR_STRENGTH } from './learner/arms.ts'
import { chanceOf } from './learner/chance.ts'
import type { Factor, Voice } from './learner/learner.ts'
import { withNeighbours } from './learner/neighbours.ts'
import { type Knowledge, type OptionView, viewOptions } from './knowledge.ts'
import type { Option, Policy, Rule } from './policy.ts'

/** A decision of before whose inputs were like these. */
export interface PastDecision {
  readonly id: string
  /** 0 to 1. */
  readonly similarity: number
  readonly chosen: string
  readonly outcome: string | null
  readonly at: string
}

/** The seven steps of a decision, each as it went: what people are shown, and what is stored. */
export interface Weighed {
  /** 1: what it was given. */
  readonly context: Readonly<Record<string, unknown>>
  /** 2: decisions that were like it. */
  readonly similar: readonly PastDecision[]
  /** 3: what outcomes have taught so far. */
  readonly learnt: {
    readonly outcomes: number
    readonly successes: number
    readonly options: Readonly<Record<string, { readonly tried: number; readonly successes: number }>>
    /** Of the similar ones. */
    readonly similarSuccesses: number
    readonly similarOutcomes: number
  }
  /** 4: rules that hold, and what they come to, 0 to 100. */
  readonly rules: {
    readonly held: readonly {
      readonly because: string
      readonly points: Rule['points']
      readonly never: readonly string[]
      readonly always: string | null
    }[]
    readonly start: number
    readonly score: number | null
    readonly options: Readonly<Record<string, number>>
  }
  /** 5: what the model says, 0 to 1. */
  readonly model: {
    readonly probability: number | null
    readonly factors: readonly Factor[]
    readonly options: readonly OptionView[]
  }
  /** 6: how much rules, model and similar decisions count; of a choice each option has its own (`near`). */
  readonly combination: {
    readonly shares: Readonly<Record<Voice | 'similar', number>> | null
    /** What the similar decisions are that count in a score: outcomes, and how many went well. */
    readonly near: Arm | null
    /** What comes of all of them: the chance of success of what is recommended, 0 to 1. */
    readonly probability: number
    /** The same of a score, 0 to 100. */
    readonly score: number | null
    readonly tried: boolean
  }
  /** 7: what is recommended, and how sure that is, 0 to 100. */
  readonly recommendation: {
    readonly option: string
    readonly confidence: number
    /** The chance with which it was drawn, where something may be tried. */
    readonly taken: number
  }
}

/** The model's share of what is uncertain: outcomes that count as one, as a weight needs several. */
const OUTCOMES_PER_WEIGHT = 20

/**
 * Weighs a decision. Pure: the same policy, knowledge, inputs and id give the same answer; the id is the chance where
 * something may be tried. Throws `EXPRESSION` where a rule cannot be evaluated.
 */
export function weigh(
  policy: Policy,
  knowledge: Pick<Knowledge, 'learner' | 'arm' | 'counting' | 'near'>,
  inputs: Readonly<Record<string, unknown>>,
  past: readonly PastDecision[],
  id: string,
): Weighed {
  const held = policy.rules.filter(rule => rule.if.evaluate({ inputs }) === true)
  const always = held.find(rule => rule.always !== undefined)?.always
  const never = new Set(held.flatMap(rule => rule.never))
  const left = policy.options.filter(option => (always === undefined ? !never.has(option.key) : option.key === always))
  const allowed = left.length > 0 ? left : policy.options
  const judged =
    policy.kind === 'score'
      ? weighScore(policy, knowledge, { inputs, held, allowed })
      : weighChoice(policy, knowledge, { inputs, held, allowed, id })
  const known = past.filter(decision => decision.outcome !== null)
  return {
    context: inputs,
    similar: past,
    learnt: {
      outcomes: knowledge.learner.outcomes,
      successes: knowledge.learner.successes,
      options: Object.fromEntries(policy.options.map(({ key }) => [key, knowledge.arm(key)])),
      similarSuccesses: known.filter(decision => decision.outcome === 'success').length,
      similarOutcomes: known.length,
    },
    ...judged,
    rules: {
      held: held.map(({ because, points, never: out, always: must }) => ({
        because,
        points,
        never: out,
        always: must ?? null,
      })),
      ...judged.rules,
    },
    recommendation: always === undefined ? judged.recommendation : { option: always, confidence: 100, taken: 1 },
  }
}

/** May it be done without a person? */
export const decidesAlone = (policy: Pick<Policy, 'auto' | 'threshold'>, { recommendation }: Weighed): boolean =>
  policy.auto && recommendation.confidence >= policy.threshold

interface Judged extends Pick<Weighed, 'model' | 'combination' | 'recommendation'> {
  readonly rules: Omit<Weighed['rules'], 'held'>
}

function weighScore(
  policy: Policy,
  knowledge: Pick<Knowledge, 'learner' | 'near'>,
  {
    inputs,
    held,
    allowed,
  }: { inputs: Readonly<Record<string, unknown>>; held: readonly Rule[]; allowed: readonly Option[] },
): Judged {
  const { start, score: ruled } = ruleScore(policy, inputs, held)
  const context = learnable(policy, inputs)
  const { probability: said, voices, factors } = knowledge.learner.estimate(context, ruled / 100)
  const near = knowledge.near(context)
  const { chance: probability, share } = withNeighbours(said, near, knowledge.learner.outcomes)
  const ofLearner = (voice: Voice) => voices[voice].share * (1 - share)
  const option = allowed.find(({ from }) => probability * 100 >= from!) ?? allowed.at(-1)!
  const above = policy.options[policy.options.indexOf(option) - 1]
  const deviation = Math.sqrt(
    (probability * (1 - probability)) / (PRIOR_STRENGTH + knowledge.learner.outcomes / OUTCOMES_PER_WEIGHT),
  )
  const below = (border: number) => normalBelow((border / 100 - probability) / Math.max(1e-6, deviation))
  const inside = (above ? below(above.from!) : 1) - (option.from! > 0 ? below(option.from!) : 0)
  return {
    rules: { start, score: ruled, options: {} },
    model: { probability: said, factors: factors.slice(0, 20), options: [] },
    combination: {
      shares: {
        rules: ofLearner('rules'),
        steady: ofLearner('steady'),
        recent: ofLearner('recent'),
        similar: share,
      },
      near: near ? { tried: near.tried, successes: near.successes } : null,
      probability,
      score: Math.round(probability * 100),
      tried: false,
    },
    recommendation: { option: option.key, confidence: allowed.length === 1 ? 100 : percent(inside), taken: 1 },
  }
}

/** What rules alone say, 0 to 100. */
export function ruleScore(
  policy: Policy,
  inputs: Readonly<Record<string, unknown>>,
  held: readonly Rule[] = policy.rules.filter(rule => rule.if.evaluate({ inputs }) === true),
): { start: number; score: number } {
  const given = policy.prior?.evaluate({ inputs })
  const start = typeof given === 'number' && Number.isFinite(given) ? bound(given) : 50
  const points = held.reduce((sum, rule) => sum + (typeof rule.points === 'number' ? rule.points : 0), 0)
  return { start, score: Math.min(98, Math.max(2, start + points)) }
}

function weighChoice(
  policy: Policy,
  knowledge: Pick<Knowledge, 'arm' | 'counting' | 'near'>,
  {
    inputs,
    held,
    allowed,
    id,
  }: {
    inputs: Readonly<Record<string, unknown>>
    held: readonly Rule[]
    allowed: readonly Option[]
    id: string
  },
): Judged {
  const priors = allowed.map(({ key, chance }) => ({
    key,
    prior: Math.min(98, Math.max(2, chance + sumOf(held, key))) / 100,
  }))
  const options = viewOptions(knowledge, priors, { explore: policy.explore, context: learnable(policy, inputs) })
  const best = options.reduce((top, option) => (option.chance > top.chance ? option : top))
  const taken =
    options[
      draw(
        options.map(option => option.taken),
        chanceOf(id),
      )
    ]!
  return {
    rules: {
      start: 0,
      score: null,
      options: Object.fromEntries(priors.map(({ key, prior }) => [key, percent(prior)])),
    },
    model: { probability: taken.chance, factors: [], options },
    combination: { shares: null, near: null, probability: taken.chance, score: null, tried: taken !== best },
    // What is tried is tried on purpose: how sure the best is says whether anything may be done without a person
    recommendation: { option: taken.key, confidence: percent(best.best), taken: taken.taken },
  }
}

const sumOf = (rules: readonly Rule[], key: string) =>
  rules.reduce((sum, { points }) => sum + (typeof points === 'object' ? (points[key] ?? 0) : 0), 0)

/** What the model may know of the inputs. */
export function learnable(policy: Policy, inputs: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(policy.learnsFrom.map(name => [name, inputs[name] ?? null]))
}

const bound = (score: number) => Math.min(100, Math.max(0, score))
const percent = (share: number) => Math.round(Math.min(1, Math.max(0, share)) * 100)
