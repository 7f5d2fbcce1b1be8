import type { Core } from '../context.ts'
import { statement } from '../sql.ts'
import { RepeatedLook } from '../triggers/repeated-look.ts'
import type { Watch } from './brain.ts'

/** The host's own backups, while it leads. A backup or a drill that is under way is broken off when it does so no more: nobody waits for it. */
export class BackupWatch implements Watch {
  readonly #look: RepeatedLook
  #leading = new AbortController()
  /** When the hour is over; and the newest wish for a backup that was looked at. In milliseconds. */
  #dueAt = 0
  #asked = 0

  constructor(core: Pick<Core, 'sql' | 'config' | 'clock' | 'log'>, pollMs: number) {
    this.#look = new RepeatedLook(() => this.#follow(core), core.log, pollMs)
  }

  start(): void {
    if (this.#leading.signal.aborted) this.#leading = new AbortController()
    this.#dueAt = 0
    this.#look.start()
  }

  async stop(): Promise<void> {
    this.#leading.abort()
    await this.#look.stop()
  }

  /** Every hour, and when somebody has asked for a backup; where that one fails, with the others. */
  async #follow(core: Pick<Core, 'sql' | 'config' | 'clock' | 'log'>): Promise<void> {
    const { dir } = core.config.backup
    const now = Date.now()
    const asked = dir === undefined ? 0 : await lastAsked(core)
    if (now < this.#dueAt && asked <= this.#asked) return
    this.#dueAt = now + HOUR_MS
    this.#asked = asked
    if (dir === undefined) return void (await core.sql.query(FORGET_STATE))
    const { followBackups } = await import('../backup/follow-backups.ts') // most hosts never need it
    await followBackups(core, dir, this.#leading.signal)
  }
}

async function lastAsked({ sql }: Pick<Core, 'sql'>): Promise<number> {
  const [state] = await sql.query<{ wantedAt: Date | null }>(WANTED)
  return state?.wantedAt?.getTime() ?? 0
}

const HOUR_MS = 3_600_000
const WANTED = statement('backup.read-wanted', 'select wanted_at as "wantedAt" from backup_state')
/** Nobody is alerted of backups that nobody wants any more. */
const FORGET_STATE = statement('backup.forget-state', 'delete from backup_state')
