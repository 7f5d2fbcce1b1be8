import { Pool, type PoolClient } from 'pg'
import { TraeError } from '../errors.ts'
import type { Sql, Statement } from '../sql.ts'
import { databaseError } from './database-error.ts'

/** `Sql` on Postgres: a pool, every statement prepared once a connection under its name. */
export function postgresSql(pool: Pool): Sql {
  return {
    query: (statement, parameters) => query(pool, statement, parameters),
    transaction: work => inTransaction(() => pool.connect(), work),
  }
}

/** Runs `work` on a connection of its own, which `connect` gives. */
export async function inTransaction<T>(connect: () => Promise<PoolClient>, work: (tx: Sql) => Promise<T>): Promise<T> {
  const client = await connect().catch(cause => {
    throw databaseError({ name: 'connect', text: '' }, cause)
  })
  let broken: Error | undefined
  try {
    await client.query('begin')
    const result = await work(inside(client))
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch((failed: Error) => (broken = failed))
    throw error
  } finally {
    client.release(broken) // a connection that cannot roll back is thrown away
  }
}

function inside(client: PoolClient): Sql {
  const sql: Sql = {
    query: (statement, parameters) => query(client, statement, parameters),
    transaction: work => work(sql),
  }
  return sql
}

export async function query<Row>(
  on: Pool | PoolClient,
  statement: Statement,
  parameters: readonly unknown[] = [],
): Promise<Row[]> {
  try {
    const { rows } = await on.query({ name: statement.name, text: statement.text, values: [...parameters] })
    return rows as Row[]
  } catch (cause) {
    throw databaseError(statement, cause)
  }
}

export const POOL_OPTIONS = { max: 10, connectionTimeoutMillis: 5000, application_name: 'trae-os' } as const

/**
 * What every connection is told. Statements of an engine are short: compiling one that only looks expensive takes longer than
 * all it does. A process that stands still in the middle of a transaction, stopped or asleep, keeps its locks for a minute at most.
 */
export const SESSION = `set jit = off; set idle_in_transaction_session_timeout = '60s'`

/** Opens the pool and tries it. Throws `CONFIG` saying what was tried, without the password. */
export async function openPool(url: string): Promise<Pool> {
  const pool = new Pool({
    ...POOL_OPTIONS,
    connectionString: url,
    onConnect: client => client.query(SESSION) as unknown as void, // the pool waits for it; its type says less
  })
  pool.on('error', () => {}) // an idle connection broke; the next query opens another and reports what it finds
  try {
    await pool.query('select 1')
    return pool
  } catch (cause) {
    await pool.end()
    const { host, pathname, username } = new URL(url)
    const reason = (cause as Error).message || (cause as { code?: string }).code
    throw new TraeError(
      'CONFIG',
      `Postgres at ${host}, database ${pathname.slice(1) || '(none)'}, user ${username || '(none)'} cannot be reached: ${reason}. Check DATABASE_URL, or unset it to use the embedded database.`,
      { cause },
    )
  }
}
