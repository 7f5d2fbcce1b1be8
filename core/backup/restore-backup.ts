/**
 * The way back. All of it is one transaction: the tables that are there are taken away, those of the backup are made by the migrations that
 * it names, filled, read again and compared; then the migrations since are done, and erasures since are applied. Whoever dies in it leaves
 * the database as it was. It comes back as it was at that moment, and the world did not: so nothing begins by itself afterwards.
 * The brain is stopped, letters that had not gone out are `uncertain`, and nobody is signed in.
 */
import { open as openFile } from 'node:fs/promises'
import { auditEverywhere } from '../access/audit.ts'
import type { Core } from '../context.ts'
import { namedKeys } from '../credentials/open-vault.ts'
import { keyIdOf } from '../credentials/key-ring.ts'
import { crashPoint } from '../crash-point.ts'
import { TraeError } from '../errors.ts'
import { ENGINE_VERSION } from '../plugins/engine-version.ts'
import type { ErasureCore } from '../privacy/erase-person.ts'
import { type ListedErasure, reapplyErasures } from '../privacy/erasure-list.ts'
import { type Sql, statement } from '../sql.ts'
import { backupKeys } from './backup-key.ts'
import { unpacked } from './pieces.ts'
import { dropAll, emptyAll, type Migrations, migrate, setSequences, withoutForeignKeys } from './schema.ts'
import { type BackupHeader, open, type OpenedFile } from './sealed-file.ts'
import {
  compareSums,
  insertRows,
  readRows,
  readTables,
  speakExactly,
  Summing,
  type Table,
  type TableSum,
} from './tables.ts'

export interface Restored {
  readonly takenAt: string
  readonly program: string
  readonly tables: number
  readonly rows: number
  /** Of the file, hexadecimal. */
  readonly sha256: string
}
export interface RestoredHost extends Restored {
  readonly erasures: { readonly news: number; readonly people: number; readonly waiting: number }
  /** What the host would go on with once its brain is started. */
  readonly openRuns: number
  /** That had not gone out yet, and may have since: a person decides. */
  readonly letters: number
}

/**
 * Opens a backup for `work`, so that a file that is none, or whose key is not here, is known before anything else is done. Throws
 * `BAD_USER_INPUT`, `CONFIG`.
 */
export async function withBackup<T>(
  core: Pick<Core, 'config'>,
  path: string,
  work: (backup: OpenedFile) => Promise<T>,
): Promise<T> {
  const keys = backupKeys(core)
  const file = await openFile(path, 'r').catch((cause: Error) => {
    throw new TraeError('BAD_USER_INPUT', `The backup ${path} cannot be read: ${cause.message}`, { cause })
  })
  try {
    return await work(await open(keys, file, path))
  } finally {
    await file.close()
  }
}

/**
 * Puts a backup into the database. Throws `BAD_USER_INPUT` for a file that is not as it was written, `CONFIG` where the program is too
 * old, `CONFLICT` where the database is in use, or has a workspace and `replace` is not said.
 */
export async function restoreBackup(
  core: ErasureCore,
  backup: OpenedFile,
  {
    migrations,
    replace,
    erasures,
  }: { readonly migrations: Migrations; readonly replace: boolean; readonly erasures: readonly ListedErasure[] },
): Promise<RestoredHost> {
  return core.sql.transaction(async tx => {
    await tx.query(KEEP_OUT) // who starts now migrates first, and waits for us there
    await refuseInUse(tx, replace)
    const restored = await load(tx, backup, migrations)
    crashPoint('restore.loaded')
    const now = core.clock.now()
    await tx.query(FORGET_PROCESSES)
    await tx.query(FORGET_LEADER)
    await tx.query(STOP_BRAIN, [now])
    await tx.query(END_SESSIONS, [now])
    const letters = await tx.query(HOLD_LETTERS)
    if (backup.header.vectorsElsewhere) await tx.query(MAKE_VECTORS)
    const done = await reapplyErasures({ ...core, sql: tx }, erasures)
    const [runs] = await tx.query<{ open: number }>(OPEN_RUNS)
    const { takenAt, program } = backup.header
    const entry = { actor: 'host', action: 'host.restored', target: 'host', data: { takenAt, program } } as const
    await auditEverywhere(tx, entry, now)
    crashPoint('restore.committing')
    return { ...restored, erasures: done, openRuns: runs!.open, letters: letters.length }
  })
}

/** The same into a database that is thrown away, to find out whether it could be: needs no encryption key. */
export const rehearseRestore = (
  { sql }: Pick<Core, 'sql'>,
  backup: OpenedFile,
  migrations: Migrations,
): Promise<Restored> => sql.transaction(tx => load(tx, backup, migrations))

/** Throws `CONFIG` naming the encryption keys without which the host would not start on what is restored. */
export function refuseWithoutKeys(core: Pick<Core, 'config'>, { encryptionKeys }: BackupHeader): void {
  const here = (namedKeys(core.config) ?? []).map(key => keyIdOf(Buffer.from(key, 'hex')))
  const missing = encryptionKeys.filter(id => !here.includes(id))
  if (missing.length > 0)
    throw new TraeError(
      'CONFIG',
      `The secrets in this backup were sealed by the encryption key ${missing.join(', ')}; ${here.length > 0 ? `this environment has ${here.join(', ')}` : 'this environment has none'}. Name it in TRAE_ENCRYPTION_KEY, or put the file encryption.key back into ${core.config.dataDir}. Nothing was changed.`,
    )
}

async function load(tx: Sql, { header, plain, sha256 }: OpenedFile, migrations: Migrations): Promise<Restored> {
  refuseNewer(header, migrations)
  await speakExactly(tx)
  await dropAll(tx)
  const [then, since] = [true, false].map(known =>
    migrations.filter(({ name }) => header.migrations.includes(name) === known),
  )
  await migrate(tx, then!)
  await emptyAll(tx)
  const wanted = await withoutForeignKeys(tx, () => fill(tx, plain))
  await setSequences(tx)
  const found = await sumsOf(tx)
  compareSums(wanted, found)
  await migrate(tx, since!)
  for (const { name } of since!) await tx.query(ADD_MIGRATION, [name])
  const sums = Object.values(found)
  const rows = sums.reduce((sum, table) => sum + table.rows, 0)
  return { takenAt: header.takenAt, program: header.program, tables: sums.length, rows, sha256: sha256() }
}

async function fill(tx: Sql, plain: AsyncIterable<Buffer>): Promise<Readonly<Record<string, TableSum>>> {
  const tables = new Map((await readTables(tx)).map(table => [table.name, table]))
  let into: Table | undefined
  let sums: Readonly<Record<string, TableSum>> = {}
  for await (const piece of unpacked(plain))
    switch (piece.kind) {
      case 'table':
        into = narrowed(tables.get(piece.name), piece)
        break
      case 'rows':
        await insertRows(tx, into!, piece.lines)
        crashPoint('restore.loading')
        break
      case 'end':
        sums = piece.tables
        break
      default:
        piece satisfies never
    }
  return sums
}

function narrowed(
  table: Table | undefined,
  piece: { readonly name: string; readonly columns: readonly string[] },
): Table {
  const columns = piece.columns.flatMap(name => table?.columns.filter(column => column.name === name) ?? [])
  if (columns.length === piece.columns.length) return { name: piece.name, columns }
  const missing = piece.columns.filter(name => !columns.some(column => column.name === name))
  throw new TraeError(
    'INTERNAL',
    `The migrations that the backup names make no table ${piece.name} with the columns ${missing.join(', ')}.`,
  )
}

async function sumsOf(tx: Sql): Promise<Record<string, TableSum>> {
  const sums: Record<string, TableSum> = {}
  for (const table of await readTables(tx)) {
    const summing = new Summing()
    for await (const lines of readRows(tx, table)) summing.add(lines)
    sums[table.name] = summing.result
  }
  return sums
}

function refuseNewer(header: BackupHeader, migrations: Migrations): void {
  const unknown = header.migrations.filter(name => !migrations.some(known => known.name === name))
  if (unknown.length > 0)
    throw new TraeError(
      'CONFIG',
      `This backup was made by TRAE OS ${header.program}, which has what this one, ${ENGINE_VERSION}, does not know: ${unknown.join(', ')}. Restore it with that version, or a newer one.`,
    )
}

async function refuseInUse(tx: Sql, replace: boolean): Promise<void> {
  const [row] = await tx.query<{ workspaces: number; connections: number }>(STATE)
  if (row!.connections > 0)
    throw new TraeError(
      'CONFLICT',
      `A host works with this database (connections: ${row!.connections}). Stop every process of the host first. Nothing was changed.`,
    )
  if (row!.workspaces > 0 && !replace)
    throw new TraeError(
      'CONFLICT',
      `This database is not empty (workspaces: ${row!.workspaces}). Restore into an empty one, or say --replace to lose what is in it. Nothing was changed.`,
    )
}

const KEEP_OUT = statement('', 'lock table migrations in access exclusive mode')
const STATE = statement(
  'restore.state',
  `select (select count(*)::int from workspaces) as workspaces,
     (select count(*)::int from pg_stat_activity where datname = current_database() and application_name = 'trae-os') as connections`,
)
const ADD_MIGRATION = statement('restore.add-migration', 'insert into migrations (name) values ($1)')
const FORGET_PROCESSES = statement('restore.forget-processes', 'delete from processes')
const FORGET_LEADER = statement('restore.forget-leader', 'delete from brain_leader')
const STOP_BRAIN = statement(
  'restore.stop-brain',
  `insert into brain (id, running, changed_at) values (1, false, $1)
   on conflict (id) do update set running = false, changed_at = excluded.changed_at`,
)
const END_SESSIONS = statement('restore.end-sessions', 'update sessions set revoked_at = $1 where revoked_at is null')
const HOLD_LETTERS = statement(
  'restore.hold-letters',
  `update messages set state = 'uncertain', held_until = null, answer = 'restored from a backup'
   where state in ('queued', 'sending') returning id`,
)
const MAKE_VECTORS = statement('restore.make-vectors', 'update memory_entries set stale = true')
const OPEN_RUNS = statement(
  'restore.open-runs',
  `select count(*)::int as open from runs where status in ('queued', 'running', 'waiting', 'retrying')`,
)
