import { existsSync } from 'node:fs'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { lockDataDirectory } from '../adapters/data-directory.ts'
import { openDatabase } from '../adapters/database.ts'
import { migrations } from '../adapters/migrations/migrations.ts'
import { manifest, type Manifest, manifestOf } from '../backup/backup-files.ts'
import { rehearseRestore, withBackup } from '../backup/restore-backup.ts'
import { takeBackup } from '../backup/take-backup.ts'
import { createClock } from '../clock.ts'
import { type Config, readConfig } from '../config.ts'
import { TraeError } from '../errors.ts'
import { defineCommand } from './command.ts'

export const backup = defineCommand({
  usage: 'backup <file>',
  about:
    'Writes all that the database holds at one moment to a file, sealed by the key of TRAE_BACKUP_KEY (AES-256), with a manifest and the list of erasures beside it. Opens the database itself, with the environment of the host: a host that uses the embedded one takes its backups itself where TRAE_BACKUP_DIR is set; else stop it first.',
  flags: {},
  positionals: { least: 1, most: 1 },
  async run({ terminal, positionals }) {
    const path = resolve(positionals[0]!)
    if (existsSync(path))
      throw new TraeError('BAD_USER_INPUT', `${path} is there already. Say another name: no backup is overwritten.`)
    const config = readConfig()
    const database = await openDatabase(config, [], text => terminal.progress(text))
    try {
      const made = await takeBackup({ sql: database.sql, config, clock: createClock() }, path)
      terminal.line(
        `${path}: ${made.rows} rows, ${megabytes(made.size)}, sealed by the backup key ${made.keyId}. Its manifest and the list of erasures are beside it.`,
      )
      terminal.data({ ...made, path })
      return 0
    } finally {
      await database.close()
    }
  },
})

export const backupVerify = defineCommand({
  usage: 'backup verify <file>',
  about:
    'Restores a backup into a database of its own, below the data directory, compares every table with what was backed up, and throws it away. Needs TRAE_BACKUP_KEY and nothing else of the host; a host may be running.',
  flags: {},
  positionals: { least: 1, most: 1 },
  async run({ terminal, positionals }) {
    const path = resolve(positionals[0]!)
    const config = readConfig()
    const tried = await withBackup({ config }, path, opened => {
      terminal.progress('Restoring into a database of its own')
      return inScratchDatabase(config, sql => rehearseRestore({ sql }, opened, migrations))
    })
    compareManifest(path, await readManifest(path), tried.sha256)
    terminal.line(
      `${path} can be restored: ${tried.tables} tables, ${tried.rows} rows, each as it was on ${tried.takenAt}.`,
    )
    terminal.data({ ...tried, path })
    return 0
  },
})

/** Below the data directory, where what is not sealed may be; what a drill left that died is taken away. */
async function inScratchDatabase<T>(
  { dataDir }: Config,
  work: (sql: Awaited<ReturnType<typeof openDatabase>>['sql']) => Promise<T>,
): Promise<T> {
  const directory = join(dataDir, 'backup-drill')
  await mkdir(dirname(directory), { recursive: true, mode: 0o700 })
  const unlock = await lockDataDirectory(directory)
  await rm(join(directory, 'pg'), { recursive: true, force: true })
  unlock()
  const database = await openDatabase({ databaseUrl: undefined, dataDir: directory }, [])
  try {
    return await work(database.sql)
  } finally {
    await database.close()
    await rm(directory, { recursive: true, force: true })
  }
}

async function readManifest(path: string): Promise<Manifest | undefined> {
  if (!existsSync(manifestOf(path))) return undefined
  return manifest.parse(JSON.parse(await readFile(manifestOf(path), 'utf8')))
}

function compareManifest(path: string, wanted: Manifest | undefined, sha256: string): void {
  if (wanted && wanted.sha256 !== sha256)
    throw new TraeError(
      'BAD_USER_INPUT',
      `${manifestOf(path)} is of another file: it says ${wanted.sha256}, and the backup is ${sha256}.`,
    )
}

const megabytes = (bytes: number) => `${(bytes / 1_000_000).toFixed(1)} MB`
