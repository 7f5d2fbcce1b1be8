import { gql, type TypedDocumentNode } from 'urql'
import type { ListData } from '../../api/use-list.ts'
import type { Call, CallAdvice, CallFilter, CallLine, CallSummary, Lead, Speaker, UserError } from '../../api/schema.ts'

export type Line = Pick<CallLine, 'seq' | 'who' | 'text' | 'saidAt'>
export type Advice = Pick<CallAdvice, 'afterSeq' | 'output' | 'problem' | 'madeAt'>
export type CallHead = Pick<Call, 'id' | 'status' | 'startedAt' | 'endedAt'> & {
  readonly summary: CallSummary | null
  readonly lead: Pick<Lead, 'id' | 'name' | 'company'>
}
export type CallDetails = CallHead & { readonly lines: readonly Line[]; readonly advice: readonly Advice[] }

const CALL_HEAD = gql`
  fragment CallHead on Call {
    id
    status
    startedAt
    endedAt
    summary {
      lines
      minutes
      talkShare
      objections {
        kind
        ask
      }
      unanswered
      open
    }
    lead {
      id
      name
      company
    }
  }
`
export type CallSubject = { readonly meetingId: string } | { readonly dealId: string } | { readonly leadId: string }

export const CALLS: TypedDocumentNode<ListData<CallHead>, { after?: string | null; filter: CallFilter }> = gql`
  query Calls($after: String, $filter: CallFilter) {
    list: calls(first: 25, after: $after, filter: $filter) {
      edges {
        node {
          ...CallHead
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
  ${CALL_HEAD}
`
export const CALL: TypedDocumentNode<{ node: CallDetails | null }, { id: string }> = gql`
  query Call($id: ID!) {
    node(id: $id) {
      ...CallHead
      ... on Call {
        lines {
          seq
          who
          text
          saidAt
        }
        advice {
          afterSeq
          output
          problem
          madeAt
        }
      }
    }
  }
  ${CALL_HEAD}
`
export const CALL_UPDATED: TypedDocumentNode<
  { callUpdated: { call: CallHead; lines: readonly Line[]; advice: Advice | null } },
  { id: string }
> = gql`
  subscription CallUpdated($id: ID!) {
    callUpdated(callId: $id) {
      call {
        ...CallHead
      }
      lines {
        seq
        who
        text
        saidAt
      }
      advice {
        afterSeq
        output
        problem
        madeAt
      }
    }
  }
  ${CALL_HEAD}
`
export const ANY_CALL_UPDATED: TypedDocumentNode<{ callUpdated: { call: CallHead } }, Record<string, never>> = gql`
  subscription AnyCallUpdated {
    callUpdated {
      call {
        ...CallHead
      }
    }
  }
  ${CALL_HEAD}
`
interface Payload {
  readonly call: { readonly id: string } | null
  readonly userErrors: readonly UserError[]
}
export const START_CALL: TypedDocumentNode<
  { callStart: Payload },
  { input: CallSubject & { idempotencyKey?: string } }
> = gql`
  mutation CallStart($input: CallStartInput!) {
    callStart(input: $input) {
      call {
        id
      }
      userErrors {
        message
        code
        field
      }
    }
  }
`
export const ADD_LINES: TypedDocumentNode<
  { callAddLines: Payload },
  { input: { callId: string; lines: readonly { who: Speaker; text: string }[] } }
> = gql`
  mutation CallAddLines($input: CallAddLinesInput!) {
    callAddLines(input: $input) {
      call {
        id
      }
      userErrors {
        message
        code
        field
      }
    }
  }
`
export const END_CALL: TypedDocumentNode<{ callEnd: Payload }, { input: { callId: string } }> = gql`
  mutation CallEnd($input: CallEndInput!) {
    callEnd(input: $input) {
      call {
        id
      }
      userErrors {
        message
        code
        field
      }
    }
  }
`

/** Lines by their number, each once. */
export function withLines(known: readonly Line[], news: readonly Line[]): Line[] {
  const bySeq = new Map([...known, ...news].map(line => [line.seq, line]))
  return [...bySeq.values()].sort((one, other) => one.seq - other.seq)
}
