import { gql, type TypedDocumentNode } from 'urql'
import type { Connection } from '../../api/connection.ts'
import type {
  Activity,
  Consent,
  Lead,
  LeadFilter,
  LeadMergeInput,
  LeadStatus,
  Meeting,
  Message,
  PossibleDuplicate,
  Run,
  UserError,
} from '../../api/schema.ts'
import type { ListData } from '../../api/use-list.ts'

export type LeadRow = Pick<
  Lead,
  'id' | 'name' | 'email' | 'company' | 'jobTitle' | 'status' | 'score' | 'createdAt' | 'updatedAt'
>

const LEAD_ROW = gql`
  fragment LeadRow on Lead {
    id
    name
    email
    company
    jobTitle
    status
    score
    createdAt
    updatedAt
  }
`

export const LEADS: TypedDocumentNode<ListData<LeadRow>, { after?: string | null; filter?: LeadFilter }> = gql`
  query Leads($after: String, $filter: LeadFilter) {
    list: leads(first: 25, after: $after, filter: $filter) {
      edges {
        node {
          ...LeadRow
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
      totalCount
    }
  }
  ${LEAD_ROW}
`

export const ANY_LEAD_UPDATED: TypedDocumentNode<{ leadUpdated: { lead: LeadRow } }, Record<string, never>> = gql`
  subscription AnyLeadUpdated {
    leadUpdated {
      lead {
        ...LeadRow
      }
    }
  }
  ${LEAD_ROW}
`

/** What the host would say to the same filter, for a lead that arrives while the list is open. */
export function fitsFilter(lead: LeadRow, status: LeadStatus | '', search: string): boolean {
  if (status && lead.status !== status) return false
  const words = search.toLowerCase()
  return !words || [lead.name, lead.email, lead.company].some(text => text?.toLowerCase().includes(words))
}

export type LeadActivity = Pick<Activity, 'id' | 'kind' | 'summary' | 'data' | 'occurredAt'> & {
  readonly run: Pick<Run, 'id'> | null
}
export type LeadMessage = Pick<Message, 'id' | 'direction' | 'subject' | 'body' | 'createdAt'>
export type LeadMeeting = Pick<Meeting, 'id' | 'title' | 'status' | 'startsAt' | 'endsAt'>
export type LeadRun = Pick<Run, 'id' | 'status' | 'createdAt'> & { readonly playbook: { readonly name: string } }

export type LeadTwin = Pick<
  Lead,
  'id' | 'name' | 'email' | 'phone' | 'company' | 'jobTitle' | 'locale' | 'status' | 'createdAt'
>
export interface LeadDuplicate extends Pick<PossibleDuplicate, 'alike'> {
  readonly lead: LeadTwin
}

export interface LeadDetails
  extends LeadRow, Pick<Lead, 'phone' | 'source' | 'locale' | 'scoreFactors' | 'data' | 'utm' | 'unsubscribedAt'> {
  readonly consent: Consent | null
  readonly possibleDuplicates: readonly LeadDuplicate[]
  readonly activities: Connection<LeadActivity>
  readonly messages: Connection<LeadMessage>
  readonly meetings: Connection<LeadMeeting>
  readonly runs: Connection<LeadRun>
}

const LEAD_DETAILS = gql`
  fragment LeadDetails on Lead {
    ...LeadRow
    phone
    source
    locale
    scoreFactors {
      name
      points
      value
      reason
      source
      from
    }
    data
    utm
    unsubscribedAt
    consent {
      basis
      grantedAt
      withdrawnAt
      text
    }
    possibleDuplicates {
      alike
      lead {
        id
        name
        email
        phone
        company
        jobTitle
        locale
        status
        createdAt
      }
    }
    activities(first: 50) {
      edges {
        node {
          id
          kind
          summary
          data
          occurredAt
          run {
            id
          }
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
    messages(first: 5) {
      edges {
        node {
          id
          direction
          subject
          body
          createdAt
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
    meetings(first: 5) {
      edges {
        node {
          id
          title
          status
          startsAt
          endsAt
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
    runs(first: 10) {
      edges {
        node {
          id
          status
          createdAt
          playbook {
            name
          }
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
  ${LEAD_ROW}
`

export const LEAD: TypedDocumentNode<
  { node: ({ readonly __typename: 'Lead' } & LeadDetails) | { readonly __typename: string } | null },
  { id: string }
> = gql`
  query Lead($id: ID!) {
    node(id: $id) {
      __typename
      ...LeadDetails
    }
  }
  ${LEAD_DETAILS}
`

export const LEAD_UPDATED: TypedDocumentNode<{ leadUpdated: { lead: LeadDetails } }, { id: string }> = gql`
  subscription LeadUpdated($id: ID!) {
    leadUpdated(leadId: $id) {
      lead {
        ...LeadDetails
      }
    }
  }
  ${LEAD_DETAILS}
`

export const MERGE_LEADS: TypedDocumentNode<
  { answer: { lead: { id: string } | null; userErrors: Pick<UserError, 'code' | 'message'>[] } },
  { input: LeadMergeInput }
> = gql`
  mutation MergeLeads($input: LeadMergeInput!) {
    answer: leadMerge(input: $input) {
      lead {
        id
      }
      userErrors {
        code
        message
      }
    }
  }
`
