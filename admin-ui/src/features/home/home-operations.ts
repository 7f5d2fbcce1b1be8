import { gql, type TypedDocumentNode } from 'urql'
import type { Connection } from '../../api/connection.ts'
import type {
  Customer,
  Deal,
  Figures,
  Lead,
  Meeting,
  Message,
  Run,
  SampleLeadCreateInput,
  UserError,
} from '../../api/schema.ts'
import type { LeadRow } from '../leads/lead-operations.ts'
import { RUN_ROW, type RunRow } from '../runs/run-operations.ts'

export interface HomeData {
  readonly leads: Connection<LeadRow & Pick<Lead, 'source'>>
  /** The sample lead, where there is one. */
  readonly samples: Connection<Pick<Lead, 'id'>>
  readonly runs: Connection<RunRow>
  readonly messages: Connection<Pick<Message, 'id' | 'direction'> & { readonly lead: Pick<Lead, 'id'> | null }>
  readonly meetings: Connection<Pick<Meeting, 'id' | 'title' | 'startsAt'>>
  readonly won: Connection<Pick<Deal, 'id'>>
  readonly customers: Connection<Pick<Customer, 'id' | 'health'>>
}

export const HOME: TypedDocumentNode<HomeData, Record<string, never>> = gql`
  query Home {
    leads(first: 6) {
      edges {
        node {
          id
          name
          email
          company
          jobTitle
          status
          score
          source
          createdAt
          updatedAt
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
    samples: leads(first: 1, filter: { sources: [SAMPLE] }) {
      edges {
        node {
          id
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
    runs(first: 6) {
      edges {
        node {
          ...RunRow
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
    messages(first: 30) {
      edges {
        node {
          id
          direction
          lead {
            id
          }
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
    won: deals(first: 1, filter: { stages: [WON] }) {
      edges {
        node {
          id
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
    customers(first: 1, sort: { by: HEALTH }) {
      edges {
        node {
          id
          health {
            score
          }
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
    meetings(first: 3) {
      edges {
        node {
          id
          title
          startsAt
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
  ${RUN_ROW}
`

/** Of the last 30 days; at once as they are, then whenever they change. */
export type HomeFigures = Pick<
  Figures,
  'leadsProcessed' | 'runsCompleted' | 'runsOpen' | 'runsFailed' | 'messagesSent' | 'meetingsScheduled'
>
export const FIGURES_UPDATED: TypedDocumentNode<
  { figuresUpdated: { figures: HomeFigures } },
  Record<string, never>
> = gql`
  subscription FiguresUpdated {
    figuresUpdated(days: 30) {
      figures {
        leadsProcessed
        runsCompleted
        runsOpen
        runsFailed
        messagesSent
        meetingsScheduled
      }
    }
  }
`

type Answer<Fields> = { answer: Fields & { userErrors: Pick<UserError, 'code' | 'message'>[] } }
export const CREATE_SAMPLE: TypedDocumentNode<
  Answer<{ lead: Pick<Lead, 'id'> | null }>,
  { input: SampleLeadCreateInput }
> = gql`
  mutation CreateSample($input: SampleLeadCreateInput!) {
    answer: sampleLeadCreate(input: $input) {
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
export const REMOVE_SAMPLE: TypedDocumentNode<Answer<{ lead: Pick<Lead, 'id'> | null }>, Record<string, never>> = gql`
  mutation RemoveSample {
    answer: sampleLeadRemove {
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

export interface Progress {
  readonly form: boolean
  readonly run: boolean
  readonly reply: boolean
  readonly meeting: boolean
  readonly deal: boolean
  /** Somebody has said how a customer is doing. */
  readonly customer: boolean
  /** Where each step leads: to the very run and thread of the newest lead. */
  readonly newestRun: Pick<Run, 'id'> | undefined
  readonly newestThread: string | undefined
  readonly sample: Pick<Lead, 'id'> | undefined
}

/** What of the first steps has really happened. */
export function progressOf(data: HomeData): Progress {
  const runs = data.runs.edges.map(edge => edge.node)
  const letters = data.messages.edges.map(edge => edge.node)
  return {
    form: data.leads.edges.length > 0,
    run: runs.some(run => run.startedAt !== null),
    reply: letters.some(letter => letter.direction === 'IN'),
    meeting: data.meetings.edges.length > 0,
    deal: data.won.edges.length > 0,
    customer: data.customers.edges.some(({ node }) => node.health !== null),
    newestRun: runs[0],
    newestThread: letters.find(letter => letter.lead)?.lead?.id,
    sample: data.samples.edges[0]?.node,
  }
}
