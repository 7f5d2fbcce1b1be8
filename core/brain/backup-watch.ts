import type { Core } from '../context.ts'
import { statement } from '../sql.ts'
import { RepeatedLook } from '../triggers/repeated-look.ts'
import type { Watch } from './brain.ts'

/** The host's own backups, while it leads. A backup or a drill that is under way is broken off when it does so no more: nobody waits for it. */
export class BackupWatch implements Watch {
  readonly #look: RepeatedLook
  #leading = new AbortController()

  constructor(core: Pick<Core, 'sql' | 'config' | 'clock' | 'log'>, pollMs: number) {
    this.#look = new RepeatedLook(() => this.#follow(core), core.log, pollMs)
  }

  start(): void {
    if (this.#leading.signal.aborted) this.#leading = new AbortController()
    this.#look.start()
  }

  async stop(): Promise<void> {
    this.#leading.abort()
    await this.#look.stop()
  }

  async #follow(core: Pick<Core, 'sql' | 'config' | 'clock' | 'log'>): Promise<void> {
    if (core.config.backup.dir === undefined) return void (await core.sql.query(FORGET_STATE))
    const { followBackups } = await import('../backup/follow-backups.ts') // most hosts never need it
    await followBackups(core, core.config.backup.dir, this.#leading.signal)
  }
}

/** Nobody is alerted of backups that nobody wants any more. */
const FORGET_STATE = statement('backup.forget-state', 'delete from backup_state')
