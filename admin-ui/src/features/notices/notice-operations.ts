import { gql, type TypedDocumentNode } from 'urql'
import type { Lead, Notice, NoticesReadInput, Run, UserError } from '../../api/schema.ts'
import type { ListData } from '../../api/use-list.ts'

export type NoticeRow = Pick<Notice, 'id' | 'title' | 'body' | 'isUrgent' | 'createdAt' | 'readAt'> & {
  readonly lead: Pick<Lead, 'id' | 'name'> | null
  readonly run: Pick<Run, 'id'> | null
}

export const NOTICES: TypedDocumentNode<ListData<NoticeRow>, { after?: string | null; unread?: boolean }> = gql`
  query Notices($after: String, $unread: Boolean) {
    list: notices(first: 25, after: $after, filter: { unread: $unread }) {
      edges {
        node {
          id
          title
          body
          isUrgent
          createdAt
          readAt
          lead {
            id
            name
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

export const UNREAD: TypedDocumentNode<{ noticesUnread: number }, Record<string, never>> = gql`
  query UnreadNotices {
    noticesUnread
  }
`

export const UNREAD_CHANGED: TypedDocumentNode<{ noticesUnreadChanged: number }, Record<string, never>> = gql`
  subscription UnreadNoticesChanged {
    noticesUnreadChanged
  }
`

export const READ_NOTICES: TypedDocumentNode<
  { answer: { readonly userErrors: readonly Pick<UserError, 'code' | 'message'>[] } },
  { input: NoticesReadInput }
> = gql`
  mutation ReadNotices($input: NoticesReadInput!) {
    answer: noticesRead(input: $input) {
      userErrors {
        code
        message
      }
    }
  }
`
