import type { ModuleKey } from '../playbooks/playbook.ts'
import type { Expression, Template } from '../playbooks/expressions/expression.ts'
import type { Inputs } from '../playbooks/inputs.ts'
import type { Pace } from './learner/learner.ts'

/** Of the long, the middle and the short term. */
export const DECISION_TYPES = ['STRATEGIC', 'TACTICAL', 'OPERATIONAL'] as const
export type DecisionType = (typeof DECISION_TYPES)[number]

/** How a kind of decision is taken: checked, every expression compiled. Made by `compilePolicy` alone. */
export interface Policy {
  readonly id: string
  readonly name: string
  readonly description?: string | undefined
  readonly module: ModuleKey
  readonly type: DecisionType
  /** What people are asked. */
  readonly question: string
  /** What a decision is given; expressions read it as `inputs`. */
  readonly inputs: Inputs
  /**
   * `score`: a chance of success, 0 to 100, and the option whose `from` it reaches. `choose`: the option that succeeds most
   * often.
   */
  readonly kind: 'score' | 'choose'
  /** In the order of the file; of a score, from the highest `from` down. */
  readonly options: readonly Option[]
  /** Of a score: where it begins before rules, 0 to 100, from the inputs. */
  readonly prior?: Expression | undefined
  readonly rules: readonly Rule[]
  /** Inputs that the model may learn from. */
  readonly learnsFrom: readonly string[]
  readonly pace: Pace
  readonly outcome: OutcomeRule
  /** 0 to 100: with less confidence a person decides. */
  readonly threshold: number
  /** May it be done without a person? */
  readonly auto: boolean
  /** 0 to 1: the share of decisions that may try what is not the best. */
  readonly explore: number
  /** SHA-256 (hexadecimal) of the content. */
  readonly hash: string
}

export interface Option {
  readonly key: string
  readonly title: string
  /** Of a score: the lowest that leads here, 0 to 100. */
  readonly from?: number | undefined
  /** Of a choice: how often it is thought to succeed before anything is known, 0 to 100. */
  readonly chance: number
}

/** What a rule says where its condition is true. */
export interface Rule {
  readonly if: Expression
  /** Added to the score, or to the chance of single options. */
  readonly points: number | Readonly<Record<string, number>>
  /** Options that are out. */
  readonly never: readonly string[]
  /** The option that it must be. */
  readonly always?: string | undefined
  /** For people. */
  readonly because: string
  readonly line: number
}

/** What tells how a decision went. */
export interface OutcomeRule {
  readonly success?: OutcomeEvent | undefined
  readonly failure?: OutcomeEvent | undefined
  /** Milliseconds after which nothing heard is a failure; with `failure` alone, a success. */
  readonly withinMs?: number | undefined
}

export interface OutcomeEvent {
  readonly event: string
  /** An object: keys of the event and the values that they must have; sees the inputs. */
  readonly correlate: Template
}
