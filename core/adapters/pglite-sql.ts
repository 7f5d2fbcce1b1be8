import type { PGlite, Transaction } from '@electric-sql/pglite'
import { TraeError } from '../errors.ts'
import type { Sql, Statement } from '../sql.ts'
import { PreparedStatements } from './prepared-statements.ts'
import type { Vacuum } from './vacuum.ts'

/** `Sql` on the embedded database. One session: statements and transactions take turns. `vacuum` is told of each statement. */
export function pgliteSql(pglite: PGlite, vacuum: Vacuum): Sql {
  const statements = new PreparedStatements(pglite)
  const query = async <Row>(statement: Statement, parameters: readonly unknown[], inTransaction: boolean) => {
    vacuum.count()
    try {
      return await pglite.runExclusive(() => statements.execute<Row>(statement, parameters, inTransaction))
    } catch (cause) {
      throw databaseError(statement, cause)
    }
  }
  const inside = (tx: Transaction): Sql => {
    const sql: Sql = {
      async query(statement, parameters = []) {
        if (tx.closed) throw new Error(`Statement ${statement.name} came after the end of its transaction.`)
        return query(statement, parameters, true)
      },
      transaction: work => work(sql), // already in one
    }
    return sql
  }
  return {
    // The lock that PGlite's own `query` takes: MikroORM shares the session
    query: (statement, parameters = []) =>
      pglite._runExclusiveTransaction(() => query(statement, parameters, false)) as Promise<never>,
    transaction: work => pglite.transaction(tx => work(inside(tx))) as Promise<never>,
  }
}

/** The database's error under the name of our statement; unique violations become `CONFLICT`. Parameters are never told. */
export function databaseError(statement: Statement, cause: unknown): TraeError {
  const { code, message } = cause as { code?: string; message: string }
  return code === '23505'
    ? new TraeError('CONFLICT', `${statement.name}: it exists already.`, { cause, retryable: false })
    : new TraeError('DATABASE', `Statement ${statement.name} failed: ${message}`, {
        cause,
        retryable: code === undefined || /^(08|40|53|57)/.test(code),
      })
}
