import { type Sql, statement } from '../sql.ts'

/**
 * Holds these keys until the transaction ends: who decides by what is stored under a key decides after everybody who
 * held it before has stored his part. What follows must be statements of their own, which see that.
 */
export async function lockKeys(tx: Pick<Sql, 'query'>, keys: readonly string[]): Promise<void> {
  await tx.query(LOCK_KEYS, [[...new Set(keys)]])
}
const LOCK_KEYS = statement(
  'lock-keys',
  `select count(pg_advisory_xact_lock(hash)) from (
     select hashtextextended(key, 0) as hash from unnest($1::text[]) as key order by 1 -- everybody in this order
   ) as keys`,
)
