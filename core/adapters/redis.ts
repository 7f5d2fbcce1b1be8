/** What all that is kept in Redis has in common: how it connects, and what it says while Redis is away. */
import { Redis, type RedisOptions } from 'ioredis'
import type { Log } from '../log.ts'

/** A connection of its own, tried again without end, at most 2 s apart. `url`: as REDIS_URL. */
export const connectRedis = (url: string, options: RedisOptions = {}): Redis =>
  new Redis(url, { connectTimeout: 2000, retryStrategy: times => Math.min(times * 100, 2000), ...options })

/** Says in the log when Redis went away and when it is back, once an outage. */
export class RedisOutage {
  readonly #log: Log
  readonly #lost: string
  readonly #back: string
  #isOn = false

  /** `lost` and `back` say what that means for whoever uses it. */
  constructor(log: Log, lost: string, back: string) {
    this.#log = log
    this.#lost = lost
    this.#back = back
  }

  begin(error: unknown): void {
    // the message alone: on the error hangs the command that failed, and on that the password
    if (!this.#isOn) this.#log.warn(`Redis cannot be used (${messageOf(error)}): ${this.#lost}. See REDIS_URL.`)
    this.#isOn = true
  }

  /** Answers whether there was one. */
  end(): boolean {
    const wasOn = this.#isOn
    if (wasOn) this.#log.warn(`Redis answers again: ${this.#back}.`)
    this.#isOn = false
    return wasOn
  }
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))
