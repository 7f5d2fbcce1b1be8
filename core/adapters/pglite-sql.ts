import type { PGlite, Transaction } from '@electric-sql/pglite'
import type { Sql, Statement } from '../sql.ts'
import { databaseError } from './database-error.ts'
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
