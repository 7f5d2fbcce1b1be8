import { gql, type TypedDocumentNode } from 'urql'
import type { Mailbox, MailboxConnectInput, MailServer, UserError } from '../../api/schema.ts'

type Errors = { readonly userErrors: readonly Pick<UserError, 'code' | 'message'>[] }
type Server = Pick<MailServer, 'host' | 'port' | 'security' | 'user' | 'folder'>
export type ConnectedMailbox = Pick<
  Mailbox,
  'address' | 'name' | 'isOfEnvironment' | 'outgoingProblem' | 'outgoingAt' | 'incomingProblem' | 'incomingAt'
> & { readonly smtp: Server; readonly imap: Server | null }

const MAILBOX_FIELDS = gql`
  fragment ConnectedMailbox on Mailbox {
    address
    name
    isOfEnvironment
    outgoingProblem
    outgoingAt
    incomingProblem
    incomingAt
    smtp {
      host
      port
      security
      user
      folder
    }
    imap {
      host
      port
      security
      user
      folder
    }
  }
`

export const MAILBOX: TypedDocumentNode<{ mailbox: ConnectedMailbox | null }, Record<string, never>> = gql`
  query ConnectedMailbox {
    mailbox {
      ...ConnectedMailbox
    }
  }
  ${MAILBOX_FIELDS}
`

export const CONNECT: TypedDocumentNode<
  { answer: { readonly mailbox: ConnectedMailbox | null } & Errors },
  { input: MailboxConnectInput }
> = gql`
  mutation MailboxConnect($input: MailboxConnectInput!) {
    answer: mailboxConnect(input: $input) {
      mailbox {
        ...ConnectedMailbox
      }
      userErrors {
        code
        message
      }
    }
  }
  ${MAILBOX_FIELDS}
`

export const DISCONNECT: TypedDocumentNode<{ answer: Errors }, { input: Record<string, never> }> = gql`
  mutation MailboxDisconnect {
    answer: mailboxDisconnect {
      userErrors {
        code
        message
      }
    }
  }
`

export const TEST: TypedDocumentNode<
  { answer: { readonly sentTo: string | null; readonly answer: string | null } & Errors },
  { input: Record<string, never> }
> = gql`
  mutation MailboxTest {
    answer: mailboxTest {
      sentTo
      answer
      userErrors {
        code
        message
      }
    }
  }
`
