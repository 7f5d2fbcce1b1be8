import type { Log } from '../log.ts'

/**
 * Looks for what is due, again and again. One look at a time; what it rejects with is logged, and the next look tries again.
 * Any number of processes may look at one database.
 */
export class RepeatedLook {
  readonly #look: () => Promise<void>
  readonly #log: Log
  readonly #pollMs: number
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined

  constructor(look: () => Promise<void>, log: Log, pollMs = 1000) {
    this.#look = look
    this.#log = log
    this.#pollMs = pollMs
  }

  start(): void {
    this.#timer ??= setInterval(() => this.#once(), this.#pollMs)
    this.#once()
  }

  /** Stops; waits for the look that is under way. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    this.#timer = undefined
    await this.#running
  }

  #once(): void {
    this.#running ??= this.#look()
      .catch((error: unknown) =>
        this.#log.error({ err: error }, 'what is due cannot be looked at; the next look tries again'),
      )
      .finally(() => {
        this.#running = undefined
      })
  }
}
