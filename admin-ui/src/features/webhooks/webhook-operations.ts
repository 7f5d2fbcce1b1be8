import { gql, type TypedDocumentNode } from 'urql'
import type { UserError, Webhook } from '../../api/schema.ts'
import type { ListData } from '../../api/use-list.ts'

export type WebhookRow = Pick<Webhook, 'id' | 'slug' | 'url' | 'eventType' | 'createdAt'>

export const WEBHOOKS: TypedDocumentNode<ListData<WebhookRow>, { after?: string | null }> = gql`
  query Webhooks($after: String) {
    list: webhooks(first: 50, after: $after) {
      edges {
        node {
          id
          slug
          url
          eventType
          createdAt
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`

export const ROTATE: TypedDocumentNode<
  {
    webhookRotateSecret: {
      readonly plaintext: string | null
      readonly userErrors: readonly Pick<UserError, 'code' | 'message'>[]
    }
  },
  { webhookId: string }
> = gql`
  mutation RotateSecret($webhookId: ID!) {
    webhookRotateSecret(input: { webhookId: $webhookId }) {
      plaintext
      userErrors {
        code
        message
      }
    }
  }
`
