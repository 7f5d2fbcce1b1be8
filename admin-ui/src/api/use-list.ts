import { useCallback, useState } from 'react'
import { type TypedDocumentNode } from 'urql'
import { useApi } from './api.ts'
import { nodesOf, withPage, type Connection } from './connection.ts'
import { useLoaded, type Loaded } from './use-loaded.ts'

export interface ListData<Node> {
  readonly list: Connection<Node>
}

export interface List<Node> extends Loaded<ListData<Node>> {
  readonly nodes: readonly Node[]
  readonly totalCount: number | undefined
  readonly hasMore: boolean
  readonly loadingMore: boolean
  readonly more: () => void
}

/** A list by pages: the operation calls its connection `list` and takes `after`. */
export function useList<Node extends { readonly id: string }, Variables extends { after?: string | null }>(
  document: TypedDocumentNode<ListData<Node>, Variables>,
  variables: Variables,
  ready = true,
): List<Node> {
  const { client } = useApi()
  const loaded = useLoaded(document, variables, ready)
  const [loadingMore, setLoadingMore] = useState(false)
  const { data, change } = loaded
  const after = data?.list.pageInfo.endCursor
  const key = JSON.stringify(variables)

  const more = useCallback(() => {
    setLoadingMore(true)
    void client
      .query(document, { ...JSON.parse(key), after }, { requestPolicy: 'network-only' })
      .toPromise()
      .then(result => {
        const next = result.data?.list
        if (next) change(data => ({ ...data, list: withPage(data.list, next) }))
        setLoadingMore(false)
      })
  }, [client, document, key, after, change])

  return {
    ...loaded,
    nodes: nodesOf(data?.list),
    totalCount: data?.list.totalCount ?? undefined,
    hasMore: data?.list.pageInfo.hasNextPage ?? false,
    loadingMore,
    more,
  }
}
