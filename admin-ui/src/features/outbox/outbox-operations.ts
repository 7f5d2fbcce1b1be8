import { gql, type TypedDocumentNode } from 'urql'
import type { Lead, Message, MessageMarkSentInput, Run, UserError } from '../../api/schema.ts'
import type { ListData } from '../../api/use-list.ts'

export type HandMessage = Pick<Message, 'id' | 'channel' | 'isToSend' | 'to' | 'body' | 'createdAt'> & {
  readonly lead: Pick<Lead, 'id' | 'name' | 'company'> | null
  readonly run: Pick<Run, 'id'> | null
}

/** Messages to a phone: to be sent by hand, or sent. */
export const HAND_MESSAGES: TypedDocumentNode<ListData<HandMessage>, { after?: string | null; toSend: boolean }> = gql`
  query HandMessages($after: String, $toSend: Boolean) {
    list: messages(first: 25, after: $after, filter: { isToSend: $toSend, channels: ["sms", "whatsapp"] }) {
      edges {
        node {
          id
          channel
          isToSend
          to
          body
          createdAt
          lead {
            id
            name
            company
          }
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
  }
`

/** How many wait for a person. */
export const HAND_COUNT: TypedDocumentNode<{ messages: { totalCount: number | null } }, Record<string, never>> = gql`
  query HandCount {
    messages(first: 1, filter: { isToSend: true, channels: ["sms", "whatsapp"] }) {
      totalCount
    }
  }
`

export const HAND_NEWS: TypedDocumentNode<
  { messageCreated: { message: Pick<Message, 'id' | 'channel'> } },
  Record<string, never>
> = gql`
  subscription HandNews {
    messageCreated {
      message {
        id
        channel
      }
    }
  }
`

export const MARK_SENT: TypedDocumentNode<
  { answer: { readonly userErrors: readonly Pick<UserError, 'code' | 'message'>[] } },
  { input: MessageMarkSentInput }
> = gql`
  mutation MarkSent($input: MessageMarkSentInput!) {
    answer: messageMarkSent(input: $input) {
      userErrors {
        code
        message
      }
    }
  }
`
