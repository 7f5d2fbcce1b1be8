import { hash } from 'node:crypto'
import { TraeError } from '../errors.ts'
import { type Sql, statement } from '../sql.ts'

/** A table, with the columns that are stored (not those that the database computes). */
export interface Table {
  readonly name: string
  readonly columns: readonly { readonly name: string; readonly type: string }[]
}

/** What a table held, whatever the order of its rows: how many, and the sum of their hashes modulo 2^64, hexadecimal. */
export interface TableSum {
  readonly rows: number
  readonly sum: string
}

/**
 * Every table of ours, also those that a later migration makes. Left out are the tables of pgvector, which no other database could
 * take: their vectors are made again from the entries.
 */
export const readTables = (tx: Pick<Sql, 'query'>): Promise<Table[]> => tx.query<Table>(TABLES)

/**
 * How values are written and read as text, so that each comes back as it was: floats to the last bit, times with microseconds
 * and their zone. And no time limit, no rows hidden. For the rest of the transaction.
 */
export async function speakExactly(tx: Pick<Sql, 'query'>): Promise<void> {
  for (const [name, value] of Object.entries(EXACT)) await tx.query(statement('', `set local ${name} = ${value}`))
}
const EXACT = {
  timezone: `'UTC'`,
  datestyle: `'ISO, YMD'`,
  intervalstyle: `'postgres'`,
  extra_float_digits: '1',
  bytea_output: `'hex'`,
  row_security: 'off', // an error where rows would be hidden
  statement_timeout: '0',
  idle_in_transaction_session_timeout: '0',
}

/**
 * The rows of a table, some at a time, each one line: a JSON array with every column as the text that Postgres itself writes and reads
 * (`pg_dump` copies the same), or null. JSON of the row would lose the difference between SQL's null and JSON's.
 */
export async function* readRows(tx: Pick<Sql, 'query'>, { name, columns }: Table): AsyncGenerator<readonly string[]> {
  const atOnce = await rowsAtOnce(tx, name, columns)
  const texts = columns.map(column => `${quoted(column.name)}::text`).join(', ')
  await tx.query(
    statement(
      '',
      `declare backup_rows no scroll cursor for select json_build_array(${texts})::text as line from only ${quoted(name)}`,
    ),
  )
  for (;;) {
    const rows = await tx.query<{ line: string }>(statement('', `fetch ${atOnce} from backup_rows`))
    if (rows.length > 0) yield rows.map(({ line }) => line)
    if (rows.length < atOnce) break
  }
  await tx.query(statement('', 'close backup_rows'))
}

/** So that what is read at once stays small: a row as it is stored is up to some times smaller than its text. */
async function rowsAtOnce(tx: Pick<Sql, 'query'>, name: string, columns: Table['columns']): Promise<number> {
  const stored = columns.map(column => `coalesce(pg_column_size(${quoted(column.name)}), 0)`).join(' + ')
  const [row] = await tx.query<{ most: number | null }>(
    statement('', `select max(${stored})::int as most from only ${quoted(name)}`),
  )
  return Math.min(500, Math.max(1, Math.floor(BYTES_AT_ONCE / (row?.most || 1))))
}
const BYTES_AT_ONCE = 4 * 1024 * 1024

/** Puts lines of `readRows` into a table. */
export async function insertRows(
  tx: Pick<Sql, 'query'>,
  { name, columns }: Table,
  lines: readonly string[],
): Promise<void> {
  const names = columns.map(column => quoted(column.name)).join(', ')
  const values = columns.map(({ type }, at) => `(r.v->>${at})::${type}`).join(', ')
  await tx.query(
    statement(
      '',
      `insert into ${quoted(name)} (${names}) overriding system value
       select ${values} from json_array_elements($1::text::json) with ordinality as r(v, at) order by r.at`,
    ),
    [`[${lines.join(',')}]`],
  )
}

/** Counts lines as they pass. */
export class Summing {
  #rows = 0
  #sum = 0n

  add(lines: readonly string[]): void {
    this.#rows += lines.length
    for (const line of lines) this.#sum += BigInt(`0x${hash('sha256', line, 'hex').slice(0, 16)}`)
    this.#sum = BigInt.asUintN(64, this.#sum)
  }

  get result(): TableSum {
    return { rows: this.#rows, sum: this.#sum.toString(16).padStart(16, '0') }
  }
}

/** Throws `INTERNAL` naming the tables that do not hold what they should. */
export function compareSums(
  wanted: Readonly<Record<string, TableSum>>,
  found: Readonly<Record<string, TableSum>>,
): void {
  const names = [...new Set([...Object.keys(wanted), ...Object.keys(found)])]
  const wrong = names.flatMap(name => {
    const [a, b] = [wanted[name], found[name]]
    if (a?.rows === b?.rows && a?.sum === b?.sum) return []
    return [`${name}: ${a?.rows ?? 'no'} rows (${a?.sum}) were backed up, ${b?.rows ?? 'no'} (${b?.sum}) are here`]
  })
  if (wrong.length > 0)
    throw new TraeError('INTERNAL', `What was restored is not what was backed up:\n  ${wrong.join('\n  ')}`)
}

export const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`

const TABLES = statement(
  'backup.tables',
  `select c.relname as name,
     jsonb_agg(jsonb_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod)) order by a.attnum) as columns
   from pg_class c join pg_attribute a on a.attrelid = c.oid
   where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r' and c.relname !~ '^memory_pgvectors_\\d+$'
     and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
     and not exists (select from pg_depend d where d.objid = c.oid and d.classid = 'pg_class'::regclass and d.deptype = 'e')
   group by c.relname order by c.relname`,
)
