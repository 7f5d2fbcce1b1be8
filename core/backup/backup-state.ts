import type { Core } from '../context.ts'
import { actorOf, audit } from '../access/audit.ts'
import { TraeError } from '../errors.ts'
import type { UserId, WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'

/** How the host's own backups stand. */
export interface BackupState {
  readonly since: Date
  readonly takenAt: Date | null
  readonly file: string | null
  /** In bytes. */
  readonly size: number | null
  readonly drilledAt: Date | null
  readonly drilledFile: string | null
  readonly problem: string | null
  /** When somebody asked for one that is not taken yet. */
  readonly wantedAt: Date | null
}

/** Midnight in São Paulo. */
const HOUR = 3

/** Undefined where the host takes none. */
export async function readBackupState(core: Pick<Core, 'sql'>): Promise<BackupState | undefined> {
  const [row] = await core.sql.query<BackupState & { size: string | number | null }>(READ_STATE)
  return row && { ...row, size: row.size === null ? null : Number(row.size) }
}

/** When the last night was over after which a backup is due, and when the next is. */
export function nightsAround(now: Date): { readonly last: Date; readonly next: Date } {
  const last = new Date(now)
  last.setUTCHours(HOUR, 0, 0, 0)
  if (last > now) last.setUTCDate(last.getUTCDate() - 1)
  const next = new Date(last)
  next.setUTCDate(next.getUTCDate() + 1)
  return { last, next }
}

/**
 * Asks the process that leads for a backup, besides those of the nights. Asked again before it is taken, it is the same one; after an attempt
 * that failed it is tried again at once. Throws `CONFLICT` where the host takes none.
 */
export async function askForBackup(
  core: Pick<Core, 'sql' | 'clock'>,
  workspaceId: WorkspaceId,
  by: UserId,
): Promise<BackupState> {
  const now = core.clock.now()
  await core.sql.transaction(async tx => {
    const [state] = await tx.query<{ since: Date }>(ASK, [now])
    if (!state)
      throw new TraeError(
        'CONFLICT',
        'This host takes no backups by itself. Start it with TRAE_BACKUP_DIR and TRAE_BACKUP_KEY; docs/backups.md says how.',
      )
    await audit(tx, workspaceId, { actor: actorOf(by), action: 'backup.asked', target: 'host', data: {} }, now)
  })
  return (await readBackupState(core))!
}

const READ_STATE = statement(
  'backup.read-state',
  `select since, taken_at as "takenAt", file, size, drilled_at as "drilledAt", drilled_file as "drilledFile", problem,
     wanted_at as "wantedAt" from backup_state`,
)
const ASK = statement(
  'backup.ask',
  `update backup_state set problem = null, wanted_at = case when wanted_at is null or problem is not null then $1 else wanted_at end
   returning since`,
)
