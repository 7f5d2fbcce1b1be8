import { gql, type TypedDocumentNode } from 'urql'
import type {
  MemoryChangedPayload,
  MemoryEntry,
  MemoryFilter,
  MemoryForgetPayload,
  MemoryMatch,
  MemorySearchResult,
  MemoryStatus,
} from '../../api/schema.ts'
import type { ListData } from '../../api/use-list.ts'

export type EntryRow = Pick<
  MemoryEntry,
  | 'id'
  | 'key'
  | 'type'
  | 'module'
  | 'outcome'
  | 'content'
  | 'data'
  | 'importance'
  | 'origin'
  | 'timestamp'
  | 'expiresAt'
  | 'embedded'
>

const ENTRY_ROW = gql`
  fragment EntryRow on MemoryEntry {
    id
    key
    type
    module
    outcome
    content
    data
    importance
    origin
    timestamp
    expiresAt
    embedded
  }
`

export const ENTRIES: TypedDocumentNode<ListData<EntryRow>, { after?: string | null; filter?: MemoryFilter }> = gql`
  query MemoryEntries($after: String, $filter: MemoryFilter) {
    list: memoryEntries(first: 25, after: $after, filter: $filter) {
      edges {
        node {
          ...EntryRow
        }
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
  ${ENTRY_ROW}
`

export type Change = Pick<MemoryChangedPayload, 'change' | 'entryId'> & { readonly entry: EntryRow | null }

export const CHANGED: TypedDocumentNode<{ memoryChanged: Change }, { types?: MemoryFilter['types'] }> = gql`
  subscription MemoryChanged($types: [MemoryKind!]) {
    memoryChanged(types: $types) {
      change
      entryId
      entry {
        ...EntryRow
      }
    }
  }
  ${ENTRY_ROW}
`

export type Match = Pick<MemoryMatch, 'score' | 'by' | 'highlights'> & { readonly entry: EntryRow }

export const SEARCH: TypedDocumentNode<
  { memorySearch: Pick<MemorySearchResult, 'withoutMeaning'> & { readonly matches: readonly Match[] } },
  { query: string; filter?: MemoryFilter }
> = gql`
  query MemorySearch($query: String!, $filter: MemoryFilter) {
    memorySearch(query: $query, first: 25, filter: $filter) {
      withoutMeaning
      matches {
        score
        by
        highlights {
          text
          hit
        }
        entry {
          ...EntryRow
        }
      }
    }
  }
  ${ENTRY_ROW}
`

export const STATUS: TypedDocumentNode<{ memoryStatus: MemoryStatus }, Record<string, never>> = gql`
  query MemoryStatus {
    memoryStatus {
      entries
      waiting
      embedder
      embedsHere
      store
      engine
      stores
      movingTo
      leaving
      moved
      toMove
      failure
      failedAt
      model
    }
  }
`

export const FORGET: TypedDocumentNode<
  { memoryForget: Pick<MemoryForgetPayload, 'key' | 'userErrors'> },
  { key: string }
> = gql`
  mutation MemoryForget($key: String!) {
    memoryForget(input: { key: $key }) {
      key
      userErrors {
        code
        message
      }
    }
  }
`
