import { gql, type TypedDocumentNode } from 'urql'
import type { Connection } from '../../api/connection.ts'
import type { Diagnostic, Playbook, PlaybookDraft, PlaybookFilter, PlaybookVersion, User } from '../../api/schema.ts'
import type { ListData } from '../../api/use-list.ts'
import { RUN_ROW, type RunRow } from '../runs/run-operations.ts'

export type PlaybookRow = Pick<Playbook, 'id' | 'slug' | 'name' | 'module' | 'status' | 'updatedAt'> & {
  readonly draft: { readonly savedAt: string } | null
  readonly published:
    | (Pick<PlaybookVersion, 'number' | 'publishedAt'> & {
        readonly diagnostics: readonly Pick<Diagnostic, 'severity'>[]
      })
    | null
}

export const PLAYBOOKS: TypedDocumentNode<
  ListData<PlaybookRow>,
  { filter?: PlaybookFilter; after?: string | null }
> = gql`
  query Playbooks($filter: PlaybookFilter, $after: String) {
    list: playbooks(filter: $filter, first: 50, after: $after) {
      edges {
        node {
          id
          slug
          name
          module
          status
          updatedAt
          draft {
            savedAt
          }
          published {
            number
            publishedAt
            diagnostics {
              severity
            }
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

export type VersionRow = Pick<
  PlaybookVersion,
  'id' | 'number' | 'source' | 'publishedAt' | 'origin' | 'rolledBackTo' | 'note'
> & { readonly publishedBy: Pick<User, 'name'> | null }

export const FINDING = gql`
  fragment Finding on Diagnostic {
    severity
    code
    message
    path
    line
    column
    endLine
    endColumn
    suggestion
    docs
  }
`

export interface PlaybookDetails extends Pick<Playbook, 'id' | 'slug' | 'name' | 'module' | 'status' | 'statusReason'> {
  readonly draft:
    | (Pick<PlaybookDraft, 'source' | 'sourceHash' | 'savedAt'> & {
        readonly diagnostics: readonly Diagnostic[]
        readonly savedBy: Pick<User, 'name'> | null
      })
    | null
  readonly published:
    | (Pick<PlaybookVersion, 'id' | 'number' | 'source' | 'sourceHash' | 'publishedAt' | 'inputs'> & {
        readonly diagnostics: readonly Diagnostic[]
      })
    | null
  readonly versions: Connection<VersionRow>
  readonly runs: Connection<RunRow>
}

export const PLAYBOOK: TypedDocumentNode<{ playbook: PlaybookDetails | null }, { slug: string }> = gql`
  query Playbook($slug: String!) {
    playbook(slug: $slug) {
      id
      slug
      name
      module
      status
      statusReason
      draft {
        source
        sourceHash
        savedAt
        savedBy {
          name
        }
        diagnostics {
          ...Finding
        }
      }
      published {
        id
        number
        source
        sourceHash
        publishedAt
        inputs
        diagnostics {
          ...Finding
        }
      }
      versions(first: 12) {
        edges {
          node {
            id
            number
            source
            publishedAt
            publishedBy {
              name
            }
            origin
            rolledBackTo
            note
          }
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
      runs(first: 8) {
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
    }
  }
  ${FINDING}
  ${RUN_ROW}
`
