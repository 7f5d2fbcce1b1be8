import { TraeError } from './errors.ts'

/** A page of a keyset-ordered list: the cursor of an item is its place, stable under inserts. */
export interface Page<T> {
  readonly items: readonly { readonly cursor: string; readonly node: T }[]
  readonly hasNextPage: boolean
  readonly hasPreviousPage: boolean
}

export interface PageRequest {
  /** 1–100, 20 without it. */
  readonly first?: number | null | undefined
  readonly after?: string | null | undefined
}

/** How many to ask the database for (one more than wanted tells whether there is a next page). Throws `BAD_USER_INPUT`. */
export function pageSize(request: PageRequest): number {
  const first = request.first ?? 20
  if (!Number.isInteger(first) || first < 1 || first > 100)
    throw new TraeError('BAD_USER_INPUT', `first must be a whole number from 1 to 100, found ${first}.`)
  return first
}

/** The opaque cursor of a place in a list ordered by time, then id. */
export function encodeCursor(at: Date, id: string): string {
  return Buffer.from(`${at.getTime()}:${id}`).toString('base64url')
}

/** The place a cursor names; undefined without one. Throws `BAD_USER_INPUT` for text that is no cursor of ours. */
export function decodeCursor(cursor: string | null | undefined): { at: Date; id: string } | undefined {
  if (cursor === null || cursor === undefined) return undefined
  const match = /^(\d{1,15}):([0-9a-f-]{36})$/.exec(Buffer.from(cursor, 'base64url').toString())
  if (!match)
    throw new TraeError('BAD_USER_INPUT', 'after is not a cursor of this list; take it from pageInfo.endCursor.')
  return { at: new Date(Number(match[1])), id: match[2]! }
}

/** Rows (one more than asked for, where there is one) made into a page. */
export function toPage<Row, T>(
  rows: readonly Row[],
  size: number,
  request: PageRequest,
  place: (row: Row) => { at: Date; id: string },
  node: (row: Row) => T,
): Page<T> {
  return {
    items: rows.slice(0, size).map(row => {
      const { at, id } = place(row)
      return { cursor: encodeCursor(at, id), node: node(row) }
    }),
    hasNextPage: rows.length > size,
    hasPreviousPage: request.after !== null && request.after !== undefined,
  }
}

/** All of a list, page by page. */
export async function readAll<T>(read: (request: PageRequest) => Promise<Page<T>>): Promise<T[]> {
  const found: T[] = []
  for (let after: string | undefined; ;) {
    const { items, hasNextPage } = await read({ first: 100, after })
    found.push(...items.map(item => item.node))
    if (!hasNextPage) return found
    after = items.at(-1)!.cursor
  }
}

/** A page of a list that is in memory: the cursor of an item is its position, good for as long as the list stands. */
export function pageOfList<T>(list: readonly T[], request: PageRequest): Page<T> {
  const size = pageSize(request)
  const after = request.after ?? null
  const written = after === null ? '-1' : Buffer.from(after, 'base64url').toString()
  if (!/^(-1|\d{1,9})$/.test(written))
    throw new TraeError('BAD_USER_INPUT', 'after is not a cursor of this list; take it from pageInfo.endCursor.')
  const start = Number(written) + 1
  return {
    items: list.slice(start, start + size).map((node, index) => ({
      cursor: Buffer.from(String(start + index)).toString('base64url'),
      node,
    })),
    hasNextPage: list.length > start + size,
    hasPreviousPage: start > 0,
  }
}
