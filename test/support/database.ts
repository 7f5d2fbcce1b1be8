import { randomUUID } from 'node:crypto'
import { Client } from 'pg'
import { type Database, type Entities, openDatabase } from '../../core/adapters/database.ts'

export type DatabaseKind = 'pglite' | 'postgres'

/** Every suite that touches the database runs on both. */
export const DATABASE_KINDS: readonly DatabaseKind[] = ['pglite', 'postgres']

/** Whether everything runs on every database, which takes three times as long: `npm run test:whole`. */
export const IS_WHOLE = process.env['TRAE_TEST_WHOLE'] !== undefined

/** Of many like cases that take seconds each, those for this database: each case runs on one of the two, in the whole on both. */
export const shareOf = <T>(cases: readonly T[], kind: DatabaseKind): readonly T[] =>
  IS_WHOLE ? cases : cases.filter((_, index) => index % DATABASE_KINDS.length === DATABASE_KINDS.indexOf(kind))

/** A migrated database of its own, thrown away by `close()`. */
export async function openTestDatabase(kind: DatabaseKind, entities: Entities): Promise<Database> {
  if (kind === 'pglite') return openDatabase({ databaseUrl: undefined, dataDir: 'memory://' }, entities)
  const { url, drop } = await createTestDatabase()
  const database = await openDatabase({ databaseUrl: url, dataDir: '' }, entities)
  return {
    ...database,
    async close() {
      await database.close()
      await drop()
    },
  }
}

/**
 * Empties tables and all that refers to them, as `truncate … cascade` does. Rows are deleted where they are few: that takes a
 * fiftieth of the time, and no lock for which an engine at work would have to be waited.
 */
export async function emptyTables(sql: Database['sql'], ...tables: readonly string[]): Promise<void> {
  for (let left = 20; ; left--) {
    try {
      return void (await sql.query({ name: '', text: emptying(tables) }))
    } catch (error) {
      if (left === 0 || !/deadlock|lock timeout/.test(String(error))) throw error // the engine was looking for work just then
    }
  }
}

const emptying = (tables: readonly string[]) => `do $$
declare one regclass;
begin
  perform set_config('session_replication_role', 'replica', true), set_config('lock_timeout', '100ms', true);
  for one in
    with recursive named as (
      select unnest('{${tables.join(',')}}'::regclass[])::oid as id
      union
      select conrelid from pg_constraint join named on confrelid = named.id where contype = 'f'
    ) select id from named
  loop
    if pg_relation_size(one) > 1000000 then execute format('truncate %s cascade', one);
    else execute format('delete from %s', one);
    end if;
  end loop;
end $$`

export interface TestDatabase {
  readonly url: string
  drop(): Promise<void>
}

/**
 * A Postgres database as a host that stopped before it had an owner would leave it: a copy of one that was migrated once for
 * the whole run. A host that opens it migrates what is missing, which is everything where there is no such template (benches).
 */
export const createTestDatabase = (): Promise<TestDatabase> => createDatabase(process.env['TRAE_TEST_TEMPLATE'])

/** A copy of the database at an address, which nobody may be using. */
export const copyTestDatabase = (url: string): Promise<TestDatabase> => createDatabase(new URL(url).pathname.slice(1))

/** An empty Postgres database, for what is about a first start. */
export const createEmptyDatabase = (): Promise<TestDatabase> => createDatabase()

/** The database that `createTestDatabase` copies, in this process and those that it starts. */
export async function createTemplate(): Promise<TestDatabase> {
  const template = await createEmptyDatabase()
  const database = await openDatabase({ databaseUrl: template.url, dataDir: '' }, [])
  await database.close() // nobody may be connected to what is copied
  process.env['TRAE_TEST_TEMPLATE'] = new URL(template.url).pathname.slice(1)
  return template
}

/** At TRAE_TEST_POSTGRES, else at the standard port. A missing server fails the test and says so. */
async function createDatabase(template?: string): Promise<TestDatabase> {
  const server = process.env['TRAE_TEST_POSTGRES'] ?? 'postgres://postgres@127.0.0.1:5432/postgres'
  const name = `trae_test_${randomUUID().replaceAll('-', '')}`
  await administer(server, `create database ${name}${template ? ` template ${template}` : ''}`)
  const url = new URL(server)
  url.pathname = `/${name}`
  return { url: url.href, drop: () => administer(server, `drop database if exists ${name} with (force)`) }
}

async function administer(server: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: server })
  try {
    await client.connect()
  } catch (cause) {
    throw new Error(
      `These tests need Postgres. None answered at ${new URL(server).host}: start one, or set TRAE_TEST_POSTGRES.`,
      { cause },
    )
  }
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
