import { gql, type TypedDocumentNode } from 'urql'
import type { Deal, DealFilter, DealStage, Lead, Money, StageSummary, UserError } from '../../api/schema.ts'
import type { ListData } from '../../api/use-list.ts'

export type DealRow = Pick<
  Deal,
  | 'id'
  | 'title'
  | 'stage'
  | 'value'
  | 'probability'
  | 'createdAt'
  | 'expectedCloseOn'
  | 'closedAt'
  | 'lostReason'
  | 'updatedAt'
> & { readonly lead: Pick<Lead, 'id' | 'name' | 'company'> }

/** Stages in which something is still to be done, in their order. */
export const OPEN_STAGES = ['PROSPECTING', 'QUALIFICATION', 'PROPOSAL', 'NEGOTIATION'] as const satisfies DealStage[]
export const CLOSED_STAGES = ['WON', 'LOST'] as const satisfies DealStage[]
export const STAGES: readonly DealStage[] = [...OPEN_STAGES, ...CLOSED_STAGES]

const DEAL_ROW = gql`
  fragment DealRow on Deal {
    id
    title
    stage
    value {
      amount
      currency
    }
    probability
    createdAt
    expectedCloseOn
    closedAt
    lostReason
    updatedAt
    lead {
      id
      name
      company
    }
  }
`

export const DEALS: TypedDocumentNode<ListData<DealRow>, { after?: string | null; filter?: DealFilter }> = gql`
  query Deals($after: String, $filter: DealFilter) {
    list: deals(first: 50, after: $after, filter: $filter) {
      edges {
        node {
          ...DealRow
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
  ${DEAL_ROW}
`

export const PIPELINE: TypedDocumentNode<{ pipeline: StageSummary[] }, Record<string, never>> = gql`
  query Pipeline {
    pipeline(days: 30) {
      stage
      count
      values {
        total {
          amount
          currency
        }
        weighted {
          amount
          currency
        }
      }
    }
  }
`

export const ANY_DEAL_UPDATED: TypedDocumentNode<{ dealUpdated: { deal: DealRow } }, Record<string, never>> = gql`
  subscription AnyDealUpdated {
    dealUpdated {
      deal {
        ...DealRow
      }
    }
  }
  ${DEAL_ROW}
`

interface DealPayload {
  readonly deal: DealRow | null
  readonly userErrors: readonly UserError[]
}

export const MOVE_DEAL: TypedDocumentNode<
  { dealMoveStage: DealPayload },
  { input: { dealId: string; stage: DealStage; lostReason?: string } }
> = gql`
  mutation DealMoveStage($input: DealMoveStageInput!) {
    dealMoveStage(input: $input) {
      deal {
        ...DealRow
      }
      userErrors {
        message
        code
        field
      }
    }
  }
  ${DEAL_ROW}
`

export const UPDATE_DEAL: TypedDocumentNode<
  { dealUpdate: DealPayload },
  { input: { dealId: string; patch: { title: string; value: Money | null; expectedCloseOn: string | null } } }
> = gql`
  mutation DealUpdate($input: DealUpdateInput!) {
    dealUpdate(input: $input) {
      deal {
        ...DealRow
      }
      userErrors {
        message
        code
        field
      }
    }
  }
  ${DEAL_ROW}
`

export const OPEN_DEAL: TypedDocumentNode<
  { dealOpen: DealPayload },
  { input: { leadId: string; title: string; value?: Money; idempotencyKey: string } }
> = gql`
  mutation DealOpen($input: DealOpenInput!) {
    dealOpen(input: $input) {
      deal {
        ...DealRow
      }
      userErrors {
        message
        code
        field
      }
    }
  }
  ${DEAL_ROW}
`
