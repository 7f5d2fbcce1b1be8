import { gql, type TypedDocumentNode } from 'urql'
import type { Connection } from '../../api/connection.ts'
import type { Lead, Mailbox, Message, MessageReplyInput, MessageSendInput, Run, UserError } from '../../api/schema.ts'
import type { ListData } from '../../api/use-list.ts'

export type Letter = Pick<
  Message,
  | 'id'
  | 'channel'
  | 'direction'
  | 'from'
  | 'to'
  | 'subject'
  | 'body'
  | 'createdAt'
  | 'state'
  | 'serverAnswer'
  | 'bouncedAt'
  | 'isAutomatic'
> & {
  readonly lead: Pick<Lead, 'id' | 'name' | 'company'> | null
  readonly run: Pick<Run, 'id'> | null
}

const LETTER = gql`
  fragment Letter on Message {
    id
    channel
    direction
    from
    to
    subject
    body
    createdAt
    state
    serverAnswer
    bouncedAt
    isAutomatic
    lead {
      id
      name
      company
    }
    run {
      id
    }
  }
`

export const LETTERS: TypedDocumentNode<ListData<Letter>, { after?: string | null }> = gql`
  query Letters($after: String) {
    list: messages(first: 50, after: $after) {
      edges {
        node {
          ...Letter
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
  ${LETTER}
`

export interface ThreadLead extends Pick<Lead, 'id' | 'name' | 'email' | 'company' | 'source'> {
  readonly messages: Connection<Letter>
}

export interface ThreadData {
  readonly node: ({ readonly __typename: 'Lead' } & ThreadLead) | { readonly __typename: string } | null
}

export const THREAD: TypedDocumentNode<ThreadData, { id: string }> = gql`
  query Thread($id: ID!) {
    node(id: $id) {
      __typename
      ... on Lead {
        id
        name
        email
        company
        source
        messages(first: 50) {
          edges {
            node {
              ...Letter
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
  ${LETTER}
`

export const LETTER_CREATED: TypedDocumentNode<{ messageCreated: { message: Letter } }, Record<string, never>> = gql`
  subscription LetterCreated {
    messageCreated {
      message {
        ...Letter
      }
    }
  }
  ${LETTER}
`

export const REPLY: TypedDocumentNode<
  {
    messageReply: {
      readonly message: Letter | null
      readonly userErrors: readonly Pick<UserError, 'code' | 'message'>[]
    }
  },
  { input: MessageReplyInput }
> = gql`
  mutation Reply($input: MessageReplyInput!) {
    messageReply(input: $input) {
      message {
        ...Letter
      }
      userErrors {
        code
        message
      }
    }
  }
  ${LETTER}
`

export const CONNECTED: TypedDocumentNode<
  { readonly mailbox: Pick<Mailbox, 'address' | 'outgoingProblem' | 'incomingProblem'> | null },
  Record<string, never>
> = gql`
  query MailboxConnected {
    mailbox {
      address
      outgoingProblem
      incomingProblem
    }
  }
`

type Changed = {
  readonly message: Letter | null
  readonly userErrors: readonly Pick<UserError, 'code' | 'message'>[]
}
export const SEND: TypedDocumentNode<{ answer: Changed }, { input: MessageSendInput }> = gql`
  mutation Send($input: MessageSendInput!) {
    answer: messageSend(input: $input) {
      message {
        ...Letter
      }
      userErrors {
        code
        message
      }
    }
  }
  ${LETTER}
`
export const RESEND: TypedDocumentNode<{ answer: Changed }, { input: { messageId: string } }> = gql`
  mutation Resend($input: MessageResendInput!) {
    answer: messageResend(input: $input) {
      message {
        ...Letter
      }
      userErrors {
        code
        message
      }
    }
  }
  ${LETTER}
`
export const ARRIVED: TypedDocumentNode<{ answer: Changed }, { input: { messageId: string } }> = gql`
  mutation LetterArrived($input: MessageMarkSentInput!) {
    answer: messageMarkSent(input: $input) {
      message {
        ...Letter
      }
      userErrors {
        code
        message
      }
    }
  }
  ${LETTER}
`

export interface ThreadSummary {
  /** What stands in the address of the page: the lead's id, or '~' and the address of somebody who is no lead. */
  readonly id: string
  readonly name: string
  readonly last: Letter
}

/** Which thread a letter belongs to: its lead's, else that of the address at the other end. */
export function threadOf(letter: Letter): string {
  return letter.lead?.id ?? `~${letter.direction === 'IN' ? letter.from : letter.to}`
}

/** One entry a thread, with its newest letter; the newest thread first. */
export function threadsOf(letters: readonly Letter[]): readonly ThreadSummary[] {
  const threads = new Map<string, ThreadSummary>()
  for (const letter of [...letters].sort((a, b) => b.createdAt.localeCompare(a.createdAt))) {
    const id = threadOf(letter)
    if (!threads.has(id)) threads.set(id, { id, name: letter.lead?.name ?? id.slice(1), last: letter })
  }
  return [...threads.values()]
}
