import { dirname, basename } from 'node:path'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { ENGINE_VERSION } from '../plugins/engine-version.ts'
import { type Sql, statement } from '../sql.ts'
import { type Manifest, manifestOf, writeWhole } from './backup-files.ts'
import { type BackupKeys, backupKeys } from './backup-key.ts'
import { refreshErasures } from './erasure-file.ts'
import { type Piece, packed } from './pieces.ts'
import { seal } from './sealed-file.ts'
import { readRows, readTables, speakExactly, Summing, type TableSum } from './tables.ts'

/**
 * Writes all that the database holds at one moment to a sealed file, with its manifest and the list of erasures beside it. Nothing waits for
 * it on Postgres; the embedded database has one session, so everything waits. Memory is bounded: some rows at a time. Throws
 * `CONFIG` without a key of its own, what `signal` was aborted with, and what the disk says; the file is not there then.
 */
export async function takeBackup(
  core: Pick<Core, 'sql' | 'config' | 'clock'>,
  path: string,
  signal?: AbortSignal,
): Promise<Manifest> {
  const keys = backupKeys(core)
  const takenAt = core.clock.now()
  const made = await core.sql.transaction(async (tx): Promise<Manifest> => {
    await tx.query(ONE_MOMENT)
    await speakExactly(tx)
    const header = { program: ENGINE_VERSION, takenAt: takenAt.toISOString(), ...(await describe(tx)) }
    refuseSharedKey(keys, header.encryptionKeys)
    const sums: Record<string, TableSum> = {}
    const written = await writeWhole(path, seal(keys, header, packed(piecesOf(tx, sums))), signal)
    const rows = Object.values(sums).reduce((sum, table) => sum + table.rows, 0)
    const { program } = header
    return { file: basename(path), ...written, takenAt: header.takenAt, keyId: keys.ids[0]!, program, rows }
  })
  await writeWhole(manifestOf(path), [Buffer.from(`${JSON.stringify(made)}\n`)])
  await refreshErasures(core, dirname(path))
  return made
}

async function* piecesOf(tx: Sql, sums: Record<string, TableSum>): AsyncGenerator<Piece> {
  for (const table of await readTables(tx)) {
    yield { kind: 'table', name: table.name, columns: table.columns.map(({ name }) => name) }
    const summing = new Summing()
    for await (const lines of readRows(tx, table)) {
      summing.add(lines)
      yield { kind: 'rows', lines }
    }
    sums[table.name] = summing.result
  }
  yield { kind: 'end', tables: sums }
}

async function describe(tx: Sql) {
  const migrations = await tx.query<{ name: string }>(MIGRATIONS)
  const keys = await tx.query<{ id: string }>(ENCRYPTION_KEYS)
  const [vectors] = await tx.query<{ elsewhere: boolean }>(VECTORS)
  return {
    migrations: migrations.map(({ name }) => name),
    encryptionKeys: keys.map(({ id }) => id),
    vectorsElsewhere: vectors!.elsewhere,
  }
}

/** Who has the one must not have the other: the backup would open what is sealed in it. */
function refuseSharedKey(keys: BackupKeys, encryptionKeys: readonly string[]): void {
  const shared = keys.ids.find(id => encryptionKeys.includes(id))
  if (shared !== undefined)
    throw new TraeError(
      'CONFIG',
      `TRAE_BACKUP_KEY has the key ${shared}, which is an encryption key of this host as well. Make another one: openssl rand -hex 32.`,
    )
}

const ONE_MOMENT = statement('', 'set transaction isolation level repeatable read, read only')
const MIGRATIONS = statement('backup.migrations', 'select name from migrations order by id')
const ENCRYPTION_KEYS = statement(
  'backup.encryption-keys',
  'select kek_id as id from data_keys union select key_id from sentinels where not exists (select from data_keys) order by 1',
)
const VECTORS = statement(
  'backup.vectors',
  `select exists (select from memory_store where kind <> 'database' or moving_to <> 'database') or exists (
     select from pg_class where relnamespace = current_schema()::regnamespace and relkind = 'r' and relname ~ '^memory_pgvectors_\\d+$'
   ) as elsewhere`,
)
