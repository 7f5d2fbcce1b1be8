/**
 * Hand-written SQL, on Postgres and on PGlite alike. One statement per named constant, beside the function that sends
 * it; Postgres prepares it once under its name. jsonb parameters are passed as JSON text, many rows as one JSON array
 * read by `jsonb_to_recordset`.
 */
export interface Statement {
  readonly name: string
  readonly text: string
  /** What many of one kind are counted under. */
  readonly family?: string
}

export interface Sql {
  /** Runs one statement and returns its rows. jsonb comes parsed, timestamps as Date. Throws `DATABASE` on failure. */
  query<Row = Record<string, unknown>>(statement: Statement, parameters?: readonly unknown[]): Promise<Row[]>
  /**
   * Runs `work` in one transaction; an error rolls back. Inside it use only the `tx` given: PGlite has one session, so
   * another query would wait for this transaction to end, for ever. Wait for nothing but the database inside it.
   */
  transaction<T>(work: (tx: Sql) => Promise<T>): Promise<T>
}

export function statement(name: string, text: string): Statement {
  return { name, text }
}
