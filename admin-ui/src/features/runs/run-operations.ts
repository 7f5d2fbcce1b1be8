import { gql, type TypedDocumentNode } from 'urql'
import type { Connection } from '../../api/connection.ts'
import type {
  Event,
  Lead,
  Playbook,
  Run,
  RunCancellation,
  RunEvent,
  RunFilter,
  RunStep,
  User,
} from '../../api/schema.ts'
import type { ListData } from '../../api/use-list.ts'

export type RunRow = Pick<
  Run,
  'id' | 'status' | 'reason' | 'slaState' | 'createdAt' | 'startedAt' | 'finishedAt' | 'updatedAt'
> & {
  readonly playbook: Pick<Playbook, 'name' | 'slug'>
  readonly lead: Pick<Lead, 'id' | 'name' | 'company'> | null
}

/** A run as lists show it. */
export const RUN_ROW = gql`
  fragment RunRow on Run {
    id
    status
    reason {
      code
      message
      until
      nextAction
      concurrency {
        key
        executing
        limit
        position
      }
    }
    slaState
    createdAt
    startedAt
    finishedAt
    updatedAt
    playbook {
      name
      slug
    }
    lead {
      id
      name
      company
    }
  }
`

export const RUNS: TypedDocumentNode<
  ListData<RunRow>,
  { after?: string | null; filter?: RunFilter; first?: number }
> = gql`
  query Runs($after: String, $filter: RunFilter, $first: Int = 20) {
    list: runs(first: $first, after: $after, filter: $filter) {
      edges {
        node {
          ...RunRow
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
      totalCount
    }
  }
  ${RUN_ROW}
`

export const ANY_RUN_UPDATED: TypedDocumentNode<{ runUpdated: { run: RunRow } }, Record<string, never>> = gql`
  subscription AnyRunUpdated {
    runUpdated {
      run {
        ...RunRow
      }
    }
  }
  ${RUN_ROW}
`

export interface RunDetails
  extends
    RunRow,
    Pick<Run, 'inputs' | 'output' | 'error' | 'recoveries' | 'timing' | 'originPath' | 'slaDueAt' | 'slaBreached'> {
  readonly origin: Pick<Run, 'id' | 'createdAt'> | null
  readonly replays: Connection<Pick<Run, 'id' | 'createdAt'>>
  readonly cancellation:
    (Pick<RunCancellation, 'cause' | 'reason' | 'requestedAt'> & { readonly by: Pick<User, 'name'> | null }) | null
  readonly version: { readonly number: number }
  readonly event: Pick<Event, 'type' | 'source'> | null
  readonly steps: readonly RunStep[]
  readonly parent: { readonly id: string; readonly playbook: Pick<Playbook, 'name'> } | null
  /** Runs that its steps have started. */
  readonly children: readonly RunRow[]
}

const RUN_DETAILS = gql`
  fragment RunDetails on Run {
    ...RunRow
    inputs
    origin {
      id
      createdAt
    }
    originPath
    replays(first: 10) {
      edges {
        node {
          id
          createdAt
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
    output
    error {
      code
      message
      retryable
      path
    }
    recoveries
    timing {
      totalMs
      queueMs
      startMs
      executeMs
      persistMs
      waitMs
    }
    slaDueAt
    slaBreached
    cancellation {
      cause
      reason
      requestedAt
      by {
        name
      }
    }
    version {
      number
    }
    event {
      type
      source
    }
    parent {
      id
      playbook {
        name
      }
    }
    children {
      ...RunRow
    }
    steps {
      path
      title
      kind
      uses
      account
      status
      attempt
      depth
      output
      error {
        code
        message
        retryable
        path
      }
      reason {
        code
        message
        until
        nextAction
        concurrency {
          key
          executing
          limit
          position
        }
      }
      effectKey
      progress {
        done
        total
      }
      startedAt
      finishedAt
    }
  }
  ${RUN_ROW}
`

export const RUN: TypedDocumentNode<
  { node: ({ readonly __typename: 'Run' } & RunDetails) | { readonly __typename: string } | null },
  { id: string }
> = gql`
  query Run($id: ID!) {
    node(id: $id) {
      __typename
      ...RunDetails
    }
  }
  ${RUN_DETAILS}
`

export const RUN_UPDATED: TypedDocumentNode<{ runUpdated: { run: RunDetails } }, { id: string }> = gql`
  subscription RunUpdated($id: ID!) {
    runUpdated(runId: $id) {
      run {
        ...RunDetails
      }
    }
  }
  ${RUN_DETAILS}
`

export type JournalLine = Pick<RunEvent, 'id' | 'seq' | 'kind' | 'path' | 'attempt' | 'message' | 'data' | 'occurredAt'>

const JOURNAL_LINE = gql`
  fragment JournalLine on RunEvent {
    id
    seq
    kind
    path
    attempt
    message
    data
    occurredAt
  }
`

export const JOURNAL: TypedDocumentNode<
  { node: { readonly events?: Connection<JournalLine> } | null },
  { id: string }
> = gql`
  query Journal($id: ID!) {
    node(id: $id) {
      ... on Run {
        events(first: 100) {
          edges {
            node {
              ...JournalLine
            }
          }
          pageInfo {
            hasNextPage
            endCursor
          }
        }
      }
    }
  }
  ${JOURNAL_LINE}
`

export const RUN_EVENT_APPENDED: TypedDocumentNode<
  { runEventAppended: { event: JournalLine; cursor: string } },
  { id: string; after: string | null }
> = gql`
  subscription RunEventAppended($id: ID!, $after: String) {
    runEventAppended(runId: $id, after: $after) {
      event {
        ...JournalLine
      }
      cursor
    }
  }
  ${JOURNAL_LINE}
`
