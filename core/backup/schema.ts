import { type Sql, statement } from '../sql.ts'
import { quoted, readTables } from './tables.ts'

/** What makes the tables, in order. */
export type Migrations = readonly { readonly name: string; readonly statements: readonly string[] }[]

export async function migrate(tx: Sql, migrations: Migrations): Promise<void> {
  for (const { statements } of migrations) for (const text of statements) await tx.query(statement('', text))
}

/** Takes away every table and function of ours, but for the list of migrations, which no migration makes. */
export async function dropAll(tx: Sql): Promise<void> {
  for (const { text } of await tx.query<{ text: string }>(DROPS)) await tx.query(statement('', text))
}

/** Also what the migrations themselves have put in. */
export async function emptyAll(tx: Sql): Promise<void> {
  const names = (await readTables(tx)).map(({ name }) => quoted(name))
  await tx.query(statement('', `truncate ${names.join(', ')}`))
}

/**
 * Does `work` while no row has to have those that it refers to; afterwards all of them must. The owner of the tables may do that; switching
 * the checks off (session_replication_role) only a superuser.
 */
export async function withoutForeignKeys<T>(tx: Sql, work: () => Promise<T>): Promise<T> {
  const keys = await tx.query<{ table: string; name: string; definition: string }>(FOREIGN_KEYS)
  for (const { table, name } of keys)
    await tx.query(statement('', `alter table ${table} drop constraint ${quoted(name)}`))
  const result = await work()
  for (const { table, name, definition } of keys)
    await tx.query(statement('', `alter table ${table} add constraint ${quoted(name)} ${definition}`))
  return result
}

/** Each goes on behind the largest number that is there. */
export async function setSequences(tx: Sql): Promise<void> {
  for (const { sequence, table, column } of await tx.query<Record<'sequence' | 'table' | 'column', string>>(SEQUENCES))
    await tx.query(
      statement('', `select setval('${sequence}', coalesce((select max(${column}) from ${table}), 0) + 1, false)`),
    )
}

const HERE = 'current_schema()::regnamespace'
const NOT_OF_EXTENSIONS = (catalog: string) =>
  `not exists (select from pg_depend d where d.objid = x.oid and d.classid = '${catalog}'::regclass and d.deptype = 'e')`
const DROPS = statement(
  'backup.drops',
  `select format('drop table %s cascade', x.oid::regclass) as text from pg_class x
   where x.relnamespace = ${HERE} and x.relkind = 'r' and x.relname <> 'migrations' and ${NOT_OF_EXTENSIONS('pg_class')}
   union all
   select format('drop function %s', x.oid::regprocedure) from pg_proc x where x.pronamespace = ${HERE} and ${NOT_OF_EXTENSIONS('pg_proc')}`,
)
const FOREIGN_KEYS = statement(
  'backup.foreign-keys',
  `select conrelid::regclass::text as table, conname as name, pg_get_constraintdef(oid) as definition from pg_constraint
   where contype = 'f' and connamespace = ${HERE} order by 1, 2`,
)
const SEQUENCES = statement(
  'backup.sequences',
  `select pg_get_serial_sequence(c.oid::regclass::text, a.attname) as sequence, c.oid::regclass::text as table, quote_ident(a.attname) as column
   from pg_class c join pg_attribute a on a.attrelid = c.oid
   where c.relnamespace = ${HERE} and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped
     and pg_get_serial_sequence(c.oid::regclass::text, a.attname) is not null`,
)
