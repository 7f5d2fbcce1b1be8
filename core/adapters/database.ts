import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { EntityClass, EntitySchema, MikroORM } from '@mikro-orm/core'
import { Migrator } from '@mikro-orm/migrations'
import type { Pool } from 'pg'
import type { Config } from '../config.ts'
import type { Sql } from '../sql.ts'
import { lockDataDirectory } from './data-directory.ts'
import { buildLeadSearch } from './lead-search.ts'
import { buildWall } from './workspace-wall.ts'
import { migrations } from './migrations/migrations.ts'
import { readSeed, seedFile, unpackSeed } from './migrations/seed.ts'

export interface Database {
  readonly kind: 'pglite' | 'postgres'
  readonly sql: Sql
  /** The same, where the database itself shows and takes only rows of this workspace; Postgres only. */
  readonly sqlOf: (workspaceId: string) => Sql
  readonly orm: MikroORM
  close(): Promise<void>
}

export type Entities = (EntityClass | EntitySchema)[]

/**
 * Opens Postgres where `databaseUrl` is set, else PGlite under the data directory (locked for this process), and
 * brings it up to the newest migration. `progress` is told what takes time. Throws `CONFIG`.
 */
export async function openDatabase(
  config: Pick<Config, 'databaseUrl' | 'dataDir'>,
  entities: Entities,
  progress: (text: string) => void = () => {},
): Promise<Database> {
  return config.databaseUrl
    ? openPostgres(config.databaseUrl, entities)
    : openPglite(config.dataDir, entities, progress)
}

const ormOptions = (entities: Entities) => ({
  entities,
  extensions: [Migrator],
  discovery: { warnWhenNoEntities: false },
  logger: () => {}, // what is worth saying goes through our own log
  migrations: {
    migrationsList: migrations.map(m => ({ name: m.name, class: m.class })),
    snapshot: false,
    tableName: 'migrations',
  },
})

async function openPostgres(url: string, entities: Entities): Promise<Database> {
  const [{ openPool, postgresSql }, { openMembers }, { MikroORM: PostgresORM }] = await Promise.all([
    import('./postgres-sql.ts'),
    import('./members-sql.ts'),
    import('@mikro-orm/postgresql'),
  ])
  const pool = await openPool(url)
  const orm = await PostgresORM.init({ ...ormOptions(entities), clientUrl: url, pool: { min: 0, max: 5 } })
  const walled = await withMigrationLock(pool, async () => {
    await orm.migrator.up()
    await buildLeadSearch(pool)
    return buildWall(pool)
  })
  const sql = postgresSql(pool)
  const members = walled ? openMembers(url) : undefined
  return {
    kind: 'postgres',
    sql,
    sqlOf: workspaceId => members?.sqlOf(workspaceId) ?? sql,
    orm,
    async close() {
      await orm.close(true)
      await members?.close()
      await pool.end()
    },
  }
}

/** Processes that start together migrate one after the other; the lock goes with its connection, whatever happens. */
async function withMigrationLock<T>(pool: Pool, migrate: () => Promise<T>): Promise<T> {
  const client = await pool.connect()
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK])
    const result = await migrate()
    await client.query('select pg_advisory_unlock($1)', [MIGRATION_LOCK])
    client.release()
    return result
  } catch (error) {
    client.release(true)
    throw error
  }
}
const MIGRATION_LOCK = 0x7261_6501

async function openPglite(dataDir: string, entities: Entities, progress: (text: string) => void): Promise<Database> {
  const memory = dataDir.startsWith('memory://')
  const unlock = memory ? () => {} : await lockDataDirectory(dataDir)
  try {
    const directory = join(dataDir, 'pg')
    const fresh = memory || !existsSync(join(directory, 'PG_VERSION'))
    if (fresh && !memory)
      progress(
        existsSync(seedFile())
          ? 'Preparing the embedded database'
          : 'Making the embedded database (once, some seconds)',
      )
    const [seed, { PGlite }, { pgliteSql }, { Vacuum }, { MikroORM: PgliteORM }] = await Promise.all([
      fresh ? readSeed() : undefined,
      import('@electric-sql/pglite'),
      import('./pglite-sql.ts'),
      import('./vacuum.ts'),
      import('@mikro-orm/pglite'),
    ])
    if (seed && !memory) unpackSeed(seed, directory)
    const pglite = await PGlite.create({
      ...(memory ? {} : { dataDir: directory }),
      ...(seed && memory ? { loadDataDir: new Blob([seed]) } : {}),
    })
    const orm = await PgliteORM.init({ ...ormOptions(entities), dbName: 'postgres', driverOptions: { pglite } })
    await orm.migrator.up()
    const vacuum = new Vacuum(pglite)
    const sql = pgliteSql(pglite, vacuum)
    return {
      kind: 'pglite',
      sql,
      sqlOf: () => sql, // one session for everybody: changing its role with each statement would cost all of them
      orm,
      async close() {
        await vacuum.idle()
        await orm.close(true)
        await pglite.close()
        unlock()
      },
    }
  } catch (error) {
    unlock()
    throw error
  }
}
