import type { Pool } from 'pg'

/**
 * The index behind `leads_found` (migration 050): three letters in a row of name, e-mail or company, by pg_trgm, which comes with
 * Postgres and which the owner of a database may take in. False where it is not there: searches read every lead then.
 */
export async function buildLeadSearch(pool: Pool): Promise<boolean> {
  if ((await pool.query(HAS_INDEX)).rows.length > 0) return true
  try {
    await pool.query('create extension if not exists pg_trgm')
  } catch (error) {
    const { code } = error as { code?: string }
    if (NOT_TO_BE_HAD.includes(code ?? '')) return false
    throw error
  }
  await pool.query(
    `create index if not exists ${LEADS_BY_WORDS} on leads using gin (name gin_trgm_ops, email gin_trgm_ops, company gin_trgm_ops)`,
  )
  return true
}

export const LEADS_BY_WORDS = 'leads_by_words'

/** insufficient_privilege; the files of the extension are not installed: undefined_file, feature_not_supported */
const NOT_TO_BE_HAD = ['42501', '58P01', '0A000']
const HAS_INDEX = `select 1 where to_regclass('${LEADS_BY_WORDS}') is not null`
