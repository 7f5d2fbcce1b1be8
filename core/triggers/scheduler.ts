import type { Core } from '../context.ts'
import { judgeSlas } from '../runs/sla.ts'
import { fireSchedules } from './fire-schedules.ts'

/** Looks for due schedules, and for runs that take too long, at every poll. One look at a time; any number of schedulers may work on one database. */
export class Scheduler {
  readonly #core: Pick<Core, 'sql' | 'clock' | 'queue' | 'pubsub' | 'log'>
  readonly #pollMs: number
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined

  constructor(core: Pick<Core, 'sql' | 'clock' | 'queue' | 'pubsub' | 'log'>, pollMs = 1000) {
    this.#core = core
    this.#pollMs = pollMs
  }

  start(): void {
    this.#timer ??= setInterval(() => this.#look(), this.#pollMs)
    this.#look()
  }

  /** Stops; waits for the look that is under way. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    this.#timer = undefined
    await this.#running
  }

  #look(): void {
    this.#running ??= Promise.allSettled([fireSchedules(this.#core), judgeSlas(this.#core)]).then(results => {
      this.#running = undefined
      for (const result of results)
        if (result.status === 'rejected')
          this.#core.log.error({ err: result.reason }, 'what is due cannot be looked at; the next poll tries again')
    })
  }
}
