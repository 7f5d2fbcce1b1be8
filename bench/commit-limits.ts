import { type Sql, statement } from '../core/sql.ts'

export interface CommitLimits {
  /** One-row insert commits a second, one after another. */
  readonly alone: number
  /** The same from so many clients at once; the embedded database has one session, so there it is one after another. */
  readonly together: number
}

/** What the database allows: a bare loop of the smallest commits, for two seconds each. */
export async function commitLimits(sql: Sql, clients: number): Promise<CommitLimits> {
  await sql.query(
    statement('', 'create table if not exists bench_commits (id bigint generated always as identity, at timestamptz)'),
  )
  const alone = await loop(sql, 1)
  const together = await loop(sql, clients)
  await sql.query(statement('', 'drop table bench_commits'))
  return { alone, together }
}

const INSERT = statement('bench-commit', 'insert into bench_commits (at) values (now())')

async function loop(sql: Sql, clients: number): Promise<number> {
  const milliseconds = 2000
  const end = performance.now() + milliseconds
  let commits = 0
  await Promise.all(
    Array.from({ length: clients }, async () => {
      for (; performance.now() < end; commits++) await sql.query(INSERT)
    }),
  )
  return Math.round((commits * 1000) / milliseconds)
}
