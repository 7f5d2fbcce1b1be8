import { randomUUID } from 'node:crypto'
import { Client } from 'pg'
import { type Database, type Entities, openDatabase } from '../../core/adapters/database.ts'

export type DatabaseKind = 'pglite' | 'postgres'

/** Every suite that touches the database runs on both. */
export const DATABASE_KINDS: readonly DatabaseKind[] = ['pglite', 'postgres']

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

/** An empty Postgres database: at TRAE_TEST_POSTGRES, else at the standard port. A missing server fails the test and says so. */
export async function createTestDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  const server = process.env['TRAE_TEST_POSTGRES'] ?? 'postgres://postgres@127.0.0.1:5432/postgres'
  const name = `trae_test_${randomUUID().replaceAll('-', '')}`
  await administer(server, `create database ${name}`)
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
