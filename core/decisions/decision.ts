import type { DecisionType } from './policy.ts'
import type { Weighed } from './weigh.ts'

export const DECISION_STATUSES = ['pending', 'decided', 'withdrawn'] as const
/** `pending`: a person is asked. `withdrawn`: the run needs it no longer. */
export type DecisionStatus = (typeof DECISION_STATUSES)[number]

export const DECISION_OUTCOMES = ['success', 'failure'] as const
export type DecisionOutcome = (typeof DECISION_OUTCOMES)[number]

/** One decision. Times are ISO 8601. */
export interface Decision {
  readonly id: string
  readonly policyId: string
  readonly policyVersion: number
  readonly module: string
  readonly type: DecisionType
  readonly question: string
  readonly status: DecisionStatus
  /** The seven steps as they went. */
  readonly steps: Weighed
  /** The key of an option. */
  readonly recommended: string
  readonly chosen: string | null
  /** Key and title of what could be chosen then. */
  readonly options: readonly { readonly key: string; readonly title: string }[]
  /** 0 to 100. */
  readonly confidence: number
  readonly score: number | null
  readonly automatic: boolean
  readonly decidedBy: string | null
  readonly comment: string | null
  readonly createdAt: string
  readonly decidedAt: string | null
  readonly dueAt: string | null
  readonly subjectId: string | null
  readonly runId: string | null
  readonly path: string | null
  readonly outcome: DecisionOutcome | null
  readonly outcomeAt: string | null
  readonly outcomeSource: string | null
}

/** What a `decide` step answers, and whoever asks for a decision that is taken. */
export interface DecisionAnswer {
  readonly decisionId: string
  readonly choice: string
  readonly score: number | null
  readonly confidence: number
  readonly recommended: string
  readonly by: 'engine' | 'person' | 'time'
}
