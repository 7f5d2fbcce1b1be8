/**
 * Backups that the host takes by itself, into TRAE_BACKUP_DIR: the process that leads takes one every night and keeps it for 35 days,
 * restores one every week into a database that is thrown away, and keeps the list of erasures as new as can be. `backup_state` says how it
 * stands; metrics and alerts read it there.
 */
import { execFile } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { statement } from '../sql.ts'
import { nameOf, removeOld } from './backup-files.ts'
import { type BackupState, nightsAround, readBackupState } from './backup-state.ts'
import { refreshErasures } from './erasure-file.ts'
import { takeBackup } from './take-backup.ts'

type BackupCore = Pick<Core, 'sql' | 'config' | 'clock' | 'log'>

const DAY_MS = 86_400_000
const KEPT_DAYS = 35
const DRILL_DAYS = 7
/** Does what is due. What fails is stored for the alerts, and tried again by the next look. `signal` breaks it off. */
export async function followBackups(core: BackupCore, dir: string, signal: AbortSignal): Promise<void> {
  await core.sql.query(BEGIN_STATE, [core.clock.now()])
  try {
    await makeDirectory(dir)
    await refreshErasures(core, dir)
    const now = core.clock.now()
    if (isDue((await readBackupState(core))!, now)) await takeInto(core, dir, now, signal)
    const { file, drilledAt } = (await readBackupState(core))!
    if (file !== null && (drilledAt === null || now.getTime() - drilledAt.getTime() >= DRILL_DAYS * DAY_MS)) {
      await drill(core, join(dir, file), signal)
      await core.sql.query(STORE_DRILL, [core.clock.now(), file])
      core.log.info({ event: 'backup.drilled', file }, 'a backup was restored and compared')
    }
  } catch (error) {
    if (signal.aborted) return // whoever leads next goes on
    const problem = error instanceof Error ? error.message : String(error)
    core.log.error({ err: error, dir }, 'a backup could not be taken or tried; the next look tries again')
    await core.sql.query(STORE_PROBLEM, [problem.slice(0, 2000)])
  }
}

async function makeDirectory(dir: string): Promise<void> {
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new TraeError(
      'CONFIG',
      `There is no directory ${dir}, and none can be made: ${(cause as Error).message}. Make it, or name another (TRAE_BACKUP_DIR).`,
      { cause },
    )
  }
}

async function takeInto(core: BackupCore, dir: string, now: Date, signal: AbortSignal): Promise<void> {
  const { file, size } = await takeBackup(core, join(dir, nameOf(now)), signal)
  await core.sql.query(STORE_BACKUP, [now, file, size])
  const removed = await removeOld(dir, new Date(now.getTime() - KEPT_DAYS * DAY_MS))
  core.log.info({ event: 'backup.taken', file, size, removed: removed.length }, 'a backup was taken')
}

/** None was taken since the last night, or one was asked for. */
export function isDue({ takenAt, wantedAt }: Pick<BackupState, 'takenAt' | 'wantedAt'>, now: Date): boolean {
  return takenAt === null || takenAt < nightsAround(now).last || wantedAt !== null
}

/**
 * In a process of its own: restoring is work for the processor, and an embedded database takes memory. It knows the backup key and no
 * other secret. Rejects with what it says.
 */
async function drill({ config }: Pick<Core, 'config'>, path: string, signal: AbortSignal): Promise<void> {
  const env = {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    TRAE_DATA_DIR: config.dataDir,
    TRAE_BACKUP_KEY: config.backup.keys!.join(','),
  }
  try {
    await promisify(execFile)(process.execPath, [LAUNCHER, 'backup', 'verify', path], { env, signal })
  } catch (cause) {
    const { stderr, message } = cause as Error & { stderr?: string }
    throw new TraeError('INTERNAL', `The backup ${path} cannot be restored: ${stderr?.trim() || message}`, { cause })
  }
}
const LAUNCHER = join(import.meta.dirname, '../cli/launch.js')

const BEGIN_STATE = statement(
  'backup.begin-state',
  'insert into backup_state (since) values ($1) on conflict do nothing',
)
const STORE_BACKUP = statement(
  'backup.store-backup',
  `update backup_state set taken_at = $1, file = $2, size = $3, problem = null,
     wanted_at = case when wanted_at > $1 then wanted_at end`,
)
const STORE_DRILL = statement(
  'backup.store-drill',
  'update backup_state set drilled_at = $1, drilled_file = $2, problem = null',
)
const STORE_PROBLEM = statement('backup.store-problem', 'update backup_state set problem = $1')
