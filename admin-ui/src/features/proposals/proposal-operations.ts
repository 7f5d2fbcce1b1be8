import { gql, type TypedDocumentNode } from 'urql'
import type { Lead, Proposal, ProposalStatus, ProposalTextInput, UserError } from '../../api/schema.ts'
import type { ListData } from '../../api/use-list.ts'

export type ProposalRow = Pick<
  Proposal,
  'id' | 'number' | 'status' | 'title' | 'currency' | 'totalPrice' | 'validUntil' | 'createdAt' | 'seenAt' | 'decidedAt'
> & { readonly lead: Pick<Lead, 'id' | 'name' | 'company'> | null }

export type ProposalDetails = ProposalRow &
  Pick<
    Proposal,
    | 'introduction'
    | 'items'
    | 'terms'
    | 'revision'
    | 'pdfUrl'
    | 'url'
    | 'sentAt'
    | 'decidedBy'
    | 'decisionNote'
    | 'updatedAt'
  > & { readonly run: { readonly id: string } | null }

const PROPOSAL_ROW = gql`
  fragment ProposalRow on Proposal {
    id
    number
    status
    title
    currency
    totalPrice
    validUntil
    createdAt
    seenAt
    decidedAt
    lead {
      id
      name
      company
    }
  }
`
const PROPOSAL_DETAILS = gql`
  fragment ProposalDetails on Proposal {
    ...ProposalRow
    introduction
    items {
      description
      quantity
      unitAmount
      unitPrice
      price
    }
    terms
    revision
    url
    pdfUrl
    sentAt
    decidedBy
    decisionNote
    updatedAt
    run {
      id
    }
  }
  ${PROPOSAL_ROW}
`

export const PROPOSALS: TypedDocumentNode<
  ListData<ProposalRow>,
  { after?: string | null; filter?: { statuses?: ProposalStatus[]; search?: string } }
> = gql`
  query Proposals($after: String, $filter: ProposalFilter) {
    list: proposals(first: 25, after: $after, filter: $filter) {
      edges {
        node {
          ...ProposalRow
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
  ${PROPOSAL_ROW}
`
export const ANY_PROPOSAL_UPDATED: TypedDocumentNode<
  { proposalUpdated: { proposal: ProposalRow } },
  Record<string, never>
> = gql`
  subscription AnyProposalUpdated {
    proposalUpdated {
      proposal {
        ...ProposalRow
      }
    }
  }
  ${PROPOSAL_ROW}
`
export const PROPOSAL: TypedDocumentNode<{ node: ProposalDetails | null }, { id: string }> = gql`
  query Proposal($id: ID!) {
    node(id: $id) {
      ...ProposalDetails
    }
  }
  ${PROPOSAL_DETAILS}
`
export const PROPOSAL_UPDATED: TypedDocumentNode<{ proposalUpdated: { proposal: ProposalDetails } }, { id: string }> =
  gql`
    subscription ProposalUpdated($id: ID!) {
      proposalUpdated(proposalId: $id) {
        proposal {
          ...ProposalDetails
        }
      }
    }
    ${PROPOSAL_DETAILS}
  `

export interface ProposalPayload {
  readonly proposal: ProposalDetails | null
  readonly userErrors: readonly UserError[]
}
export const CREATE_PROPOSAL: TypedDocumentNode<
  { proposalCreate: ProposalPayload },
  { input: { leadId: string; text: ProposalTextInput; idempotencyKey: string } }
> = gql`
  mutation ProposalCreate($input: ProposalCreateInput!) {
    proposalCreate(input: $input) {
      proposal {
        ...ProposalDetails
      }
      userErrors {
        message
        code
        field
      }
    }
  }
  ${PROPOSAL_DETAILS}
`
export const UPDATE_PROPOSAL: TypedDocumentNode<
  { proposalUpdate: ProposalPayload },
  { input: { proposalId: string; revision: number; text: ProposalTextInput } }
> = gql`
  mutation ProposalUpdate($input: ProposalUpdateInput!) {
    proposalUpdate(input: $input) {
      proposal {
        ...ProposalDetails
      }
      userErrors {
        message
        code
        field
      }
    }
  }
  ${PROPOSAL_DETAILS}
`
export const SET_PROPOSAL_STATUS: TypedDocumentNode<
  { proposalSetStatus: ProposalPayload },
  { input: { proposalId: string; status: ProposalStatus } }
> = gql`
  mutation ProposalSetStatus($input: ProposalSetStatusInput!) {
    proposalSetStatus(input: $input) {
      proposal {
        ...ProposalDetails
      }
      userErrors {
        message
        code
        field
      }
    }
  }
  ${PROPOSAL_DETAILS}
`
/** Whom a proposal can be for: the leads that fit what was typed. */
export const LEADS_TO_CHOOSE: TypedDocumentNode<
  { leads: { edges: readonly { node: Pick<Lead, 'id' | 'name' | 'company' | 'email'> }[] } },
  { search: string }
> = gql`
  query LeadsToChoose($search: String) {
    leads(first: 8, filter: { search: $search }) {
      edges {
        node {
          id
          name
          company
          email
        }
      }
    }
  }
`
