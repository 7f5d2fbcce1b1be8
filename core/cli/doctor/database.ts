import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import { openDatabase } from '../../adapters/database.ts'
import type { Config } from '../../config.ts'
import { statement } from '../../sql.ts'
import { lockHolder } from './data-directory.ts'
import type { Finding } from './finding.ts'

/** Does the database that would be used answer? Nothing in it is changed. */
export async function checkDatabase(config: Config): Promise<Finding> {
  return config.databaseUrl ? checkPostgres(config.databaseUrl) : checkEmbedded(config.dataDir)
}

async function checkPostgres(url: string): Promise<Finding> {
  const where = `Postgres at ${new URL(url).host}`
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5000 })
  try {
    await client.connect()
    const { rows } = await client.query<{ version: string; words: boolean }>(VERSION)
    const message = `${where} answers, version ${rows[0]?.version}`
    if (rows[0]?.words) return { name: 'database', status: 'ok', message }
    return {
      name: 'database',
      status: 'warn',
      message: `${message}, without pg_trgm: a search reads every lead`,
      todo: "Install the contrib extensions of this Postgres (Debian's postgresql has them) and start again.",
    }
  } catch (error) {
    return {
      name: 'database',
      status: 'fail',
      message: `${where} does not answer: ${(error as Error).message || (error as NodeJS.ErrnoException).code}`,
      todo: 'Start it, correct DATABASE_URL, or unset DATABASE_URL to use the embedded database.',
    }
  } finally {
    await client.end().catch(() => {})
  }
}

const VERSION = `select current_setting('server_version') as version,
  exists (select from pg_available_extensions where name = 'pg_trgm') as words`

async function checkEmbedded(dataDir: string): Promise<Finding> {
  const there = existsSync(join(dataDir, 'pg/PG_VERSION'))
  const where = there ? `embedded, in ${join(dataDir, 'pg')}` : 'embedded, made at the first start'
  if (lockHolder(dataDir) !== undefined)
    return { name: 'database', status: 'ok', message: `${where}; open in the process that runs` }
  try {
    const database = await openDatabase({ databaseUrl: undefined, dataDir: 'memory://' }, [])
    await database.sql.query(statement('doctor.ping', 'select 1'))
    await database.close()
    return { name: 'database', status: 'ok', message: `${where}; an empty one in memory works` }
  } catch (error) {
    return {
      name: 'database',
      status: 'fail',
      message: `the embedded database cannot be run: ${(error as Error).message}`,
      todo: 'Run npm ci again, or set DATABASE_URL to a Postgres.',
    }
  }
}
