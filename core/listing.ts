/**
 * Lists that are filtered, sorted and read page by page. Each combination of conditions, order and cursor is a statement of
 * its own, with a plan of its own: one that allows for all of them at once could use no index. A page begins behind the
 * place of a row (the value it is sorted by, then its id), never at a count, so it is right under inserts.
 */
import { TraeError } from './errors.ts'
import type { WorkspaceId } from './ids.ts'
import { type Page, type PageRequest, pageSize } from './page.ts'
import type { Sql, Statement } from './sql.ts'

/** SQL that holds for the rows wanted; `filter` is the whole filter as jsonb, `key` the condition's name in it. */
export type Condition = (filter: string, key: string) => string

/**
 * What a list is sorted by. Nulls have no place: `by` gives them one, the least, with `leastWithout`, or `only` leaves them out.
 * Behind row-level security an index serves only what cannot leak, so `by` is a column or such a case: no function, no numeric.
 * Where the table grows there is an index for it (test/graphql/lists.test.ts looks at the plans).
 */
export interface Order {
  readonly by: string
  /** Which rows have a place in this order; all without it. */
  readonly only?: string
  /** No two rows have the same: the id is not asked for. */
  readonly unique?: true
  readonly type: 'timestamptz' | 'date' | 'int' | 'real' | 'bigint' | 'text' | 'uuid'
}

export interface Sort<By extends string> {
  readonly by: By
  /** Descending without it. */
  readonly direction?: 'asc' | 'desc' | null | undefined
}

export interface Listing<Filter extends object, By extends string> {
  /** Of its statements; at most 50 characters. */
  readonly name: string
  /** What is read; has the id as `id`. */
  readonly columns: string
  readonly from: string
  /** Which rows it is a list of; `$1` is the workspace. */
  readonly of: string
  readonly id: string
  readonly conditions: { readonly [Key in keyof Filter]-?: Condition }
  readonly orders: { readonly [Key in By]: Order }
  readonly usual: Sort<By>
  /** What else to join for a condition. */
  readonly joins?: { readonly [Key in keyof Filter]?: string }
  /** A condition that follows from the filter and names the rows of an index; by a name of its own. */
  readonly few?: (filter: Filter) => readonly { readonly name: string; readonly condition: string }[]
  /** The columns and tables around the rows of a page, which are called `r`; for what is dear to compute. */
  readonly around?: { readonly columns: string; readonly from: string }
}

export interface ListRequest<Filter extends object, By extends string> extends PageRequest {
  /** All conditions hold; null, undefined, an empty list and a blank `search` are none. */
  readonly filter?: Filter | null | undefined
  readonly sort?: Sort<By> | null | undefined
}

/** What SQL of a listing reads in `$2` that is no condition. */
type Given = Readonly<Record<string, unknown>>

/** Counting stops here. */
const MOST_COUNTED = 10_000
/** Rows are prepared under a name for so many combinations of one list; more are parsed each time. */
const MOST_NAMED = 200

/** One page. Throws `BAD_USER_INPUT` for a size out of bounds, and for a cursor that is none of this list in this order. */
export async function readList<Row extends object, T, Filter extends object, By extends string>(
  sql: Pick<Sql, 'query'>,
  listing: Listing<Filter, By>,
  workspaceId: WorkspaceId,
  request: ListRequest<Filter, By>,
  node: (row: Row) => T,
  given?: Given,
): Promise<Page<T> & { totalCount(): Promise<number | null> }> {
  const read = readingOf(listing, request, { given })
  const rows = await sql.query<Placed<Row>>(read.statement(false), read.parameters(workspaceId))
  return {
    ...read.page(rows, node),
    totalCount: async () => {
      const [counted] = await sql.query<{ n: number }>(read.counting(), [workspaceId, read.json, MOST_COUNTED + 1])
      return counted!.n > MOST_COUNTED ? null : counted!.n
    },
  }
}

/** Of each of these parents, named by the column `parent`, one page, in one statement. Throws as `readList`. */
export async function readListOf<Row extends object, T, Filter extends object, By extends string>(
  sql: Pick<Sql, 'query'>,
  listing: Listing<Filter, By>,
  workspaceId: WorkspaceId,
  { column, ids }: { readonly column: string; readonly ids: readonly string[] },
  request: ListRequest<Filter, By>,
  node: (row: Row) => T,
  given?: Given,
): Promise<Map<string, Page<T>>> {
  const read = readingOf(listing, request, { given, parent: column })
  const rows = await sql.query<Placed<Row>>(read.statement(true), [...read.parameters(workspaceId), ids])
  const byParent = Map.groupBy(rows, row => row.parent!)
  return new Map(ids.map(id => [id, read.page(byParent.get(id) ?? [], node)]))
}

type Placed<Row> = Row & { readonly sort_by: unknown; readonly place: string; readonly parent?: string }

function readingOf<Filter extends object, By extends string>(
  listing: Listing<Filter, By>,
  request: ListRequest<Filter, By>,
  { given, parent }: { readonly given?: Given | undefined; readonly parent?: string },
) {
  const size = pageSize(request)
  const filter = givenOf(request.filter)
  const { by, direction } = { ...listing.usual, ...request.sort }
  const order = listing.orders[by]
  const way = direction ?? 'desc'
  const after = placeOf(request.after, by, order)
  const keys = Object.keys(filter).sort() as (keyof Filter & string)[]
  const few = listing.few?.(filter as Filter) ?? []
  const json = JSON.stringify({ ...given, ...filter })
  const name = [...keys, ...few.map(one => one.name)].join(',')
  const where = () => [
    listing.of,
    '$2::jsonb is not null', // always used, so that its type is known
    ...keys.map(key => listing.conditions[key]('$2::jsonb', key)),
    ...few.map(one => one.condition),
    ...(order.only ? [order.only] : []),
  ]
  const from = () => [listing.from, ...keys.flatMap(key => listing.joins?.[key] ?? [])].join(', ')
  const statement = (ofParents: boolean) =>
    madeOnce(listing.name, `${name}:${String(by)}:${way}:${after ? 'after' : ''}:${parent ?? ''}`, () => {
      const conditions = where()
      const [value, id] = ['$4', '$5']
      const parents = `$${4 + (after ? (order.unique ? 1 : 2) : 0)}`
      const behind = way === 'desc' ? '<' : '>'
      if (after && order.unique) conditions.push(`${order.by} ${behind} ${value}::${order.type}`)
      else if (after) conditions.push(`(${order.by}, ${listing.id}) ${behind} (${value}::${order.type}, ${id}::uuid)`)
      if (ofParents) conditions.push(`${parent} = p.id`)
      const rows = `select ${listing.columns}, ${order.by} as sort_by from ${from()}
        where ${conditions.join('\n and ')} order by ${order.by} ${way}${order.unique ? '' : `, ${listing.id} ${way}`} limit $3`
      const place =
        order.type === 'timestamptz'
          ? `to_char(r.sort_by at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
          : 'r.sort_by::text'
      const { columns, from: around } = listing.around ?? { columns: 'r.*', from: '' }
      return `select ${columns}, r.sort_by, ${place} as place${ofParents ? ', p.id as parent' : ''}
        from ${ofParents ? `unnest(${parents}::uuid[]) as p(id), lateral ` : ''}(${rows}) r${around && `, ${around}`}
        order by r.sort_by ${way}${order.unique ? '' : `, r.id ${way}`}`
    })
  return {
    json,
    statement,
    parameters: (workspaceId: WorkspaceId) => [
      workspaceId,
      json,
      size + 1,
      ...(after ? (order.unique ? [after.value] : [after.value, after.id]) : []),
    ],
    counting: () =>
      madeOnce(
        listing.name,
        `${name}:count:${order.only ? String(by) : ''}`,
        () =>
          `select count(*)::int as n from (select from ${from()} where ${where().join('\n and ')} limit $3) counted`,
      ),
    page: <Row extends object, T>(rows: readonly Placed<Row>[], node: (row: Row) => T): Page<T> => ({
      items: rows.slice(0, size).map(({ place, sort_by: _sorted, parent: _parent, ...row }) => ({
        cursor: cursorOf(String(by), place, order.unique ? null : (row as { id?: unknown }).id),
        node: node(row as unknown as Row),
      })),
      hasNextPage: rows.length > size,
      hasPreviousPage: after !== undefined,
    }),
  }
}

/** What of a filter is a condition; `search` as a pattern. */
function givenOf(filter: object | null | undefined): Record<string, unknown> {
  const given: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(filter ?? {})) {
    if (value === null || value === undefined || (Array.isArray(value) && value.length === 0)) continue
    if (key !== 'search') given[key] = value
    else if (searchPattern(value) !== undefined) given[key] = searchPattern(value)
  }
  return given
}

/** What is looked for, as a pattern of `ilike`; undefined for nothing. */
export const searchPattern = (search: string | null | undefined): string | undefined =>
  search?.trim() ? `%${search.trim().replace(/[\\%_]/g, '\\$&')}%` : undefined

/** The cursor of a row in an order by a moment, for what tells of rows one by one. */
export const cursorAt = (by: string, at: Date, id: string) => cursorOf(by, at.toISOString().replace('Z', '000Z'), id)

const cursorOf = (by: string, place: string, id: unknown) =>
  Buffer.from(JSON.stringify([by, place, id])).toString('base64url')

/** The text of a statement is made once; its name is its number. */
function madeOnce(list: string, key: string, text: () => string): Statement {
  const known = (made.get(list) ?? made.set(list, new Map()).get(list))!
  const found = known.get(key)
  if (found) return found
  if (known.size >= MOST_NAMED) return { name: '', text: text(), family: list }
  const statement = { name: `${list}-${known.size + 1}`, text: text(), family: list }
  known.set(key, statement)
  return statement
}
const made = new Map<string, Map<string, Statement>>()

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const FITS: { readonly [Type in Order['type']]: (value: string) => boolean } = {
  timestamptz: value => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/.test(value) && !Number.isNaN(Date.parse(value)),
  date: value => /^\d{4}-\d\d-\d\d$/.test(value) && !Number.isNaN(Date.parse(value)),
  int: value => /^-?\d{1,9}$/.test(value),
  real: value => /^-?[\d.]{1,20}(e[+-]?\d{1,3})?$/.test(value) && !Number.isNaN(Number(value)),
  bigint: value => /^-?\d{1,18}$/.test(value),
  text: value => value.length <= 2000 && !value.includes('\0'),
  uuid: value => UUID.test(value),
}

function placeOf(cursor: string | null | undefined, by: string, order: Order) {
  if (cursor === null || cursor === undefined) return undefined
  const [sortedBy, value, id] = parts(cursor)
  if (typeof value === 'string' && typeof sortedBy === 'string') {
    const isId = order.unique ? id === null : typeof id === 'string' && UUID.test(id)
    if (sortedBy === by && isId && FITS[order.type](value)) return { value, id }
    if (sortedBy !== by)
      throw new TraeError('BAD_USER_INPUT', 'after is a cursor of another order; give the sort that it was made under.')
  }
  throw new TraeError('BAD_USER_INPUT', 'after is not a cursor of this list; take it from pageInfo.endCursor.')
}

function parts(cursor: string): unknown[] {
  try {
    const read: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    return Array.isArray(read) ? read : []
  } catch {
    return []
  }
}

/** A place for nulls, as the index has it. */
export const leastWithout = (column: string, least: string) =>
  `case when ${column} is null then ${least} else ${column} end`

/** In one of these. */
export const oneOf =
  (column: string, type: 'text' | 'uuid' = 'text'): Condition =>
  (filter, key) =>
    `${column} = any(array(select jsonb_array_elements_text(${filter} -> '${key}')${type === 'uuid' ? '::uuid' : ''}))`

/** Compared with the one given: `=`, `>=`, `<`. */
export const compared =
  (
    column: string,
    operator: '=' | '>=' | '<=' | '<',
    type: 'text' | 'uuid' | 'int' | 'timestamptz' | 'boolean',
  ): Condition =>
  (filter, key) =>
    `${column} ${operator} (${filter} ->> '${key}')::${type}`

/** Found anywhere in one of these, whatever its case. */
export const contains =
  (...columns: readonly string[]): Condition =>
  (filter, key) =>
    `(${columns.map(column => `${column} ilike (${filter} ->> '${key}')`).join(' or ')})`
