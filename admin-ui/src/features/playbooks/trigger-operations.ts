import { gql, type TypedDocumentNode } from 'urql'
import type { Json, PlaybookTrigger, PlaybookWebhook } from '../../api/schema.ts'

export type TriggerDetails = Pick<
  PlaybookTrigger,
  'key' | 'kind' | 'event' | 'condition' | 'timing' | 'timeZone' | 'enabled' | 'nextFiresAt' | 'lastFiredAt'
> & {
  readonly webhook:
    | (Pick<PlaybookWebhook, 'url' | 'testUrl'> & {
        readonly testPosts: readonly { readonly data: Json; readonly createdAt: string }[]
      })
    | null
}

export const PLAYBOOK_TRIGGERS: TypedDocumentNode<
  { playbook: { readonly id: string; readonly triggers: readonly TriggerDetails[] } | null },
  { slug: string }
> = gql`
  query PlaybookTriggers($slug: String!) {
    playbook(slug: $slug) {
      id
      triggers {
        key
        kind
        event
        condition
        timing
        timeZone
        enabled
        nextFiresAt
        lastFiredAt
        webhook {
          url
          testUrl
          testPosts {
            data
            createdAt
          }
        }
      }
    }
  }
`
