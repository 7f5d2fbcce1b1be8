import { randomBytes } from 'node:crypto'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { copyTestDatabase, createTestDatabase, type DatabaseKind } from '../support/database.ts'
import { Life } from './life.ts'

/** Where one life after the other works: a folder, and a database of its own where that is not in the folder. */
export interface Home {
  begin(script: string, environment?: Readonly<Record<string, string>>): Life
  /** A home in which all is as it is in this one. Nobody may be living in it. */
  copy(): Promise<Home>
  remove(): Promise<void>
}

export function makeHome(kind: DatabaseKind, environment: Readonly<Record<string, string>>): Promise<Home> {
  const constants = {
    TRAE_ENCRYPTION_KEY: randomBytes(32).toString('hex'),
    TRAE_LEASE_SECONDS: '1',
    TRAE_LOG_LEVEL: 'error',
    ...environment,
  }
  return furnish(constants, kind === 'postgres' ? createTestDatabase : undefined)
}

async function furnish(
  constants: Readonly<Record<string, string>>,
  createDatabase: (() => ReturnType<typeof createTestDatabase>) | undefined,
  from?: string,
): Promise<Home> {
  const dataDir = await mkdtemp(join(tmpdir(), 'trae-home-'))
  if (from) await cp(from, dataDir, { recursive: true })
  const database = await createDatabase?.()
  const home = { ...constants, TRAE_DATA_DIR: dataDir, ...(database ? { DATABASE_URL: database.url } : {}) }
  return {
    begin: (script, environment) => new Life(script, { ...home, ...environment }),
    copy: () => furnish(constants, database && (() => copyTestDatabase(database.url)), dataDir),
    async remove() {
      await database?.drop()
      await rm(dataDir, { recursive: true, force: true })
    },
  }
}
