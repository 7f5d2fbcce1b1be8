import type { PGlite } from '@electric-sql/pglite'

/** Statements between two looks. */
const LOOK_EVERY = 2000

/**
 * What autovacuum does for Postgres, for the embedded database, which has no such process: without it tables only grow,
 * and statements keep the plans of the day on which they were empty. Tables and thresholds are autovacuum's own:
 * https://www.postgresql.org/docs/17/routine-vacuuming.html#AUTOVACUUM. Counted in statements: a database that is
 * not used is left alone.
 */
export class Vacuum {
  readonly #pglite: PGlite
  #statements = 0
  #running: Promise<void> | undefined

  constructor(pglite: PGlite) {
    this.#pglite = pglite
  }

  /** Counts a statement; now and then looks, behind what is queued already. */
  count(): void {
    if (++this.#statements % LOOK_EVERY === 0) this.#running ??= this.#look().finally(() => (this.#running = undefined))
  }

  /** Resolves when no look is under way. */
  async idle(): Promise<void> {
    await this.#running
  }

  async #look(): Promise<void> {
    try {
      await this.#pglite.query('select pg_stat_force_next_flush()') // else the counts are up to a second old
      const { rows } = await this.#pglite.query<{ table: string }>(TABLES)
      for (const { table } of rows) await this.#pglite.exec(`vacuum (analyze) ${table}`) // other statements come in between
    } catch {
      // nothing depends on it, and the next look finds the same tables
    }
  }
}

const TABLES = `
  select relid::regclass::text as table
  from (select s.*, greatest(c.reltuples, 0) as rows from pg_stat_user_tables s join pg_class c on c.oid = s.relid) t
  where n_dead_tup > 50 + 0.2 * rows or n_mod_since_analyze > 50 + 0.1 * rows or n_ins_since_vacuum > 1000 + 0.2 * rows`
