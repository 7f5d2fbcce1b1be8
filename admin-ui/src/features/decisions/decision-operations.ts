import { gql, type TypedDocumentNode } from 'urql'
import type {
  CalibrationPoint,
  Decision,
  DecisionFilter,
  DecisionHindsight,
  DecisionModel,
  DecisionOption,
  DecisionPolicy,
  Lead,
  ModelOption,
  ModelWeight,
  Run,
  UserError,
} from '../../api/schema.ts'
import type { ListData } from '../../api/use-list.ts'

export type DecisionDetails = Pick<
  Decision,
  | 'id'
  | 'question'
  | 'status'
  | 'type'
  | 'recommended'
  | 'chosen'
  | 'confidence'
  | 'score'
  | 'automatic'
  | 'comment'
  | 'decidedBy'
  | 'reasons'
  | 'outcome'
  | 'createdAt'
  | 'decidedAt'
  | 'dueAt'
> & {
  readonly options: readonly Pick<DecisionOption, 'key' | 'title'>[]
  readonly policy: Pick<DecisionPolicy, 'id' | 'name'>
  readonly lead: Pick<Lead, 'id' | 'name'> | null
  readonly run: Pick<Run, 'id'> | null
}

const DECISION_DETAILS = gql`
  fragment DecisionDetails on Decision {
    id
    question
    status
    type
    recommended
    chosen
    confidence
    score
    automatic
    comment
    decidedBy
    reasons(locale: $locale)
    outcome
    createdAt
    decidedAt
    dueAt
    options {
      key
      title
    }
    policy {
      id
      name
    }
    lead {
      id
      name
    }
    run {
      id
    }
  }
`

export const DECISIONS: TypedDocumentNode<
  ListData<DecisionDetails>,
  { after?: string | null; filter?: DecisionFilter; locale: string }
> = gql`
  query Decisions($after: String, $filter: DecisionFilter, $locale: String) {
    list: decisions(first: 25, after: $after, filter: $filter) {
      edges {
        node {
          ...DecisionDetails
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
  ${DECISION_DETAILS}
`

export const DECISION: TypedDocumentNode<{ decision: DecisionDetails | null }, { id: string; locale: string }> = gql`
  query Decision($id: ID!, $locale: String) {
    decision(id: $id) {
      ...DecisionDetails
    }
  }
  ${DECISION_DETAILS}
`

interface Outcomes {
  readonly tried: number
  readonly successes: number
}

/** An option as step 5 saw it; records of before lack `counted` and `near`. */
export interface OptionSeen extends Outcomes {
  readonly key: string
  readonly chance: number
  readonly best: number
  readonly counted?: Outcomes
  readonly near?: (Outcomes & { readonly share: number }) | null
}

/** The seven steps, which the API answers as JSON. */
export interface DecisionSteps {
  readonly context: Readonly<Record<string, unknown>>
  readonly similar: readonly {
    readonly id: string
    readonly similarity: number
    readonly chosen: string
    readonly outcome: 'success' | 'failure' | null
    readonly at: string
  }[]
  readonly learnt: Readonly<{ outcomes: number; successes: number; options: Readonly<Record<string, Outcomes>> }>
  readonly rules: {
    readonly held: readonly {
      readonly because: string
      readonly points: number | Readonly<Record<string, number>>
      readonly never: readonly string[]
      readonly always: string | null
    }[]
    readonly start: number
    readonly score: number | null
    readonly options: Readonly<Record<string, number>>
  }
  readonly model: {
    readonly probability: number | null
    readonly factors: readonly { readonly field: string; readonly value: number | string; readonly effect: number }[]
    readonly options: readonly OptionSeen[]
  }
  readonly combination: {
    readonly shares: Readonly<Partial<Record<'rules' | 'steady' | 'recent' | 'similar', number>>> | null
    readonly near?: Outcomes | null
    readonly score: number | null
    readonly tried: boolean
  }
  readonly recommendation: { readonly option: string; readonly confidence: number; readonly taken: number }
}

export const DECISION_WHY: TypedDocumentNode<
  { decision: { readonly id: string; readonly steps: DecisionSteps } | null },
  { id: string }
> = gql`
  query DecisionWhy($id: ID!) {
    decision(id: $id) {
      id
      steps {
        context
        similar
        learnt
        rules
        model
        combination
        recommendation
      }
    }
  }
`

export const DECISION_UPDATED: TypedDocumentNode<
  { decisionUpdated: { decision: Pick<Decision, 'id'> } },
  Record<string, never>
> = gql`
  subscription DecisionUpdated {
    decisionUpdated {
      decision {
        id
      }
    }
  }
`

interface Answer {
  readonly answer: { readonly userErrors: readonly Pick<UserError, 'code' | 'message'>[] }
}

export const DECISION_DECIDE: TypedDocumentNode<
  Answer,
  { decisionId: string; choice: string; comment: string | null }
> = gql`
  mutation DecisionDecide($decisionId: ID!, $choice: String!, $comment: String) {
    answer: decisionDecide(input: { decisionId: $decisionId, choice: $choice, comment: $comment }) {
      userErrors {
        code
        message
      }
    }
  }
`

export const DECISION_OUTCOME: TypedDocumentNode<Answer, { decisionId: string; outcome: 'SUCCESS' | 'FAILURE' }> = gql`
  mutation DecisionRecordOutcome($decisionId: ID!, $outcome: DecisionOutcome!) {
    answer: decisionRecordOutcome(input: { decisionId: $decisionId, outcome: $outcome }) {
      userErrors {
        code
        message
      }
    }
  }
`

export const DECISION_CORRECT: TypedDocumentNode<Answer, { decisionId: string; outcome: 'SUCCESS' | 'FAILURE' }> = gql`
  mutation DecisionCorrectOutcome($decisionId: ID!, $outcome: DecisionOutcome!) {
    answer: decisionCorrectOutcome(input: { decisionId: $decisionId, outcome: $outcome }) {
      userErrors {
        code
        message
      }
    }
  }
`

export const MODEL_RESET: TypedDocumentNode<Answer, { policyId: string }> = gql`
  mutation ModelReset($policyId: ID!) {
    answer: modelReset(input: { policyId: $policyId }) {
      userErrors {
        code
        message
      }
    }
  }
`

export type PolicyDetails = Pick<DecisionPolicy, 'id' | 'slug' | 'name' | 'version'> & {
  readonly model: Pick<
    DecisionModel,
    'outcomes' | 'successes' | 'resetAt' | 'rulesShare' | 'steadyShare' | 'recentShare'
  > & {
    readonly curve: readonly Pick<CalibrationPoint, 'from' | 'count' | 'said' | 'happened'>[]
    readonly weights: readonly Pick<ModelWeight, 'name' | 'weight'>[]
    readonly options: readonly Pick<ModelOption, 'key' | 'title' | 'tried' | 'successes' | 'counted' | 'chance'>[]
  }
  readonly hindsight: readonly Pick<
    DecisionHindsight,
    'decisionId' | 'at' | 'chosenTitle' | 'nowTitle' | 'changed' | 'outcome'
  >[]
}

export const POLICIES: TypedDocumentNode<{ decisionPolicies: readonly PolicyDetails[] }, Record<string, never>> = gql`
  query DecisionPolicies {
    decisionPolicies {
      id
      slug
      name
      version
      model {
        outcomes
        successes
        resetAt
        rulesShare
        steadyShare
        recentShare
        curve {
          from
          count
          said
          happened
        }
        weights {
          name
          weight
        }
        options {
          key
          title
          tried
          successes
          counted
          chance
        }
      }
      hindsight(first: 20) {
        decisionId
        at
        chosenTitle
        nowTitle
        changed
        outcome
      }
    }
  }
`
