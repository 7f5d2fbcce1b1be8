import type { PageInfo } from './schema.ts'

/** A page of a list as operations here ask for it. */
export interface Connection<Node> {
  readonly edges: readonly { readonly node: Node }[]
  readonly pageInfo: Pick<PageInfo, 'hasNextPage' | 'endCursor'>
  readonly totalCount?: number | null
}

export function nodesOf<Node>(connection: Connection<Node> | null | undefined): readonly Node[] {
  return connection?.edges.map(edge => edge.node) ?? []
}

interface Dated {
  readonly id: string
  readonly createdAt: string
}

/**
 * The connection, newest first, with `node` in its place. What would stand behind the pages loaded so far is left out:
 * it comes with its page.
 */
export function withNode<Node extends Dated>(connection: Connection<Node>, node: Node): Connection<Node> {
  return withNodeBy(connection, node, ({ createdAt }) => createdAt)
}

/** The same of a list that is in the order of another moment. */
export function withNodeBy<Node extends { readonly id: string }>(
  connection: Connection<Node>,
  node: Node,
  momentOf: (node: Node) => string,
): Connection<Node> {
  const { edges, pageInfo, totalCount } = connection
  if (edges.some(edge => edge.node.id === node.id)) {
    return { ...connection, edges: edges.map(edge => (edge.node.id === node.id ? { node } : edge)) }
  }
  const place = edges.findIndex(edge => momentOf(edge.node) <= momentOf(node))
  if (place === -1 && pageInfo.hasNextPage) return connection
  return {
    ...connection,
    totalCount: typeof totalCount === 'number' ? totalCount + 1 : totalCount,
    edges: edges.toSpliced(place === -1 ? edges.length : place, 0, { node }),
  }
}

export function withoutNode<Node extends { readonly id: string }>(
  connection: Connection<Node>,
  id: string,
): Connection<Node> {
  const { edges, totalCount } = connection
  if (!edges.some(edge => edge.node.id === id)) return connection
  return {
    ...connection,
    totalCount: typeof totalCount === 'number' ? totalCount - 1 : totalCount,
    edges: edges.filter(edge => edge.node.id !== id),
  }
}

/** The connection followed by its next page; what has meanwhile moved between pages is kept once. */
export function withPage<Node extends { readonly id: string }>(
  connection: Connection<Node>,
  next: Connection<Node>,
): Connection<Node> {
  const known = new Set(connection.edges.map(edge => edge.node.id))
  return {
    ...connection,
    edges: [...connection.edges, ...next.edges.filter(edge => !known.has(edge.node.id))],
    pageInfo: next.pageInfo,
  }
}
