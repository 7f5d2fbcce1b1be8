import { gql, type TypedDocumentNode } from 'urql'
import type {
  Dashboard,
  Forecast,
  ForecastAge,
  ForecastAmounts,
  ForecastFactor,
  FunnelStep,
  MetricName,
  MetricPoint,
  MetricValue,
  SourceBy,
  SourceFigures,
  StageStay,
  SuggestedDecision,
  Task,
  User,
  UserError,
} from '../../api/schema.ts'

export type SuggestedRow = Omit<SuggestedDecision, 'task'> & { readonly task: Pick<Task, 'id' | 'status'> | null }
export type DashboardFactor = Omit<ForecastFactor, 'owner'> & { readonly owner: Pick<User, 'id' | 'name'> | null }
export type DashboardData = Pick<Dashboard, 'from' | 'to'> & {
  readonly metrics: readonly MetricValue[]
  readonly funnel: readonly FunnelStep[]
  readonly stages: readonly StageStay[]
  readonly sources: readonly SourceFigures[]
  readonly forecast: Omit<Forecast, 'ages' | 'factors' | 'months' | 'totals'> & {
    readonly factors: readonly DashboardFactor[]
    readonly ages: readonly ForecastAge[]
    readonly months: readonly ForecastAmounts[]
    readonly totals: readonly ForecastAmounts[]
  }
  readonly suggestions: readonly SuggestedRow[]
}

export const DASHBOARD: TypedDocumentNode<
  { dashboard: DashboardData },
  { days: number; by: SourceBy; within: number }
> = gql`
  query Dashboard($days: Int!, $by: SourceBy!, $within: Int!) {
    dashboard(days: $days) {
      from
      to
      metrics {
        ...Measured
      }
      funnel {
        reached
        leads
        conversion
        days
      }
      stages {
        stage
        open
        left
        onward
        days
      }
      sources(by: $by) {
        value
        leads
        qualified
        met
        won
        revenue {
          amount
          currency
        }
      }
      forecast(within: $within) {
        within
        enough
        closedNeeded
        won
        lost
        open
        unpriced
        undated
        correction
        ages {
          from
          to
          open
          seen
          won
        }
        factors {
          kind
          of
          owner {
            id
            name
          }
          won
          expected
          times
        }
        totals {
          ...Amounts
        }
        months {
          ...Amounts
        }
      }
      suggestions {
        name
        module
        action
        from
        declined
        because {
          ...Measured
        }
        task {
          id
          status
        }
      }
    }
  }
  fragment Measured on MetricValue {
    metric
    module
    unit
    currency
    value
    before
  }
  fragment Amounts on ForecastAmounts {
    month
    deals
    pipeline {
      amount
      currency
    }
    expected {
      amount
      currency
    }
    low {
      amount
      currency
    }
    median {
      amount
      currency
    }
    high {
      amount
      currency
    }
  }
`

export const HISTORY: TypedDocumentNode<
  { dashboard: { history: readonly MetricPoint[] } },
  { days: number; metrics: readonly MetricName[] }
> = gql`
  query MetricHistory($days: Int!, $metrics: [MetricName!]!) {
    dashboard(days: $days) {
      history(metrics: $metrics) {
        metric
        at
        value
      }
    }
  }
`

/** Says that the figures of the period have changed, at most once a second. */
export const FIGURES_CHANGED: TypedDocumentNode<{ figuresUpdated: { figures: { to: string } } }, { days: number }> =
  gql`
    subscription FiguresChanged($days: Int!) {
      figuresUpdated(days: $days) {
        figures {
          to
        }
      }
    }
  `

export const ANSWER_SUGGESTION: TypedDocumentNode<
  { answer: { userErrors: UserError[] } },
  { input: { name: string; accept: boolean } }
> = gql`
  mutation SuggestionAnswer($input: SuggestionAnswerInput!) {
    answer: suggestionAnswer(input: $input) {
      userErrors {
        code
        message
        field
      }
    }
  }
`
