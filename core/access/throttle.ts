import type { Clock } from '../clock.ts'
import { TraeError } from '../errors.ts'

const FREE = 10
const FIRST_PAUSE = 30_000
const LONGEST_PAUSE = 15 * 60_000
const ACCOUNTS = 10_000

/**
 * Failed sign-ins of an account: after 10 it pauses, 30 s at first, doubling to 15 min with each further failure, never
 * for good. Counts the address that was typed, whether or not such an account exists. In the memory of this process.
 */
export class SignInThrottle {
  readonly #clock: Clock
  readonly #accounts = new Map<string, { failures: number; until: number }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Throws `RATE_LIMITED` with the seconds to wait while the account pauses. */
  check(account: string): void {
    const left = (this.#accounts.get(account)?.until ?? 0) - this.#clock.now().getTime()
    if (left <= 0) return
    const retryAfter = Math.ceil(left / 1000)
    throw new TraeError('RATE_LIMITED', `Too many failed sign-ins. Try again in ${retryAfter} seconds.`, { retryAfter })
  }

  failed(account: string): void {
    const failures = (this.#accounts.get(account)?.failures ?? 0) + 1
    const pause = failures < FREE ? 0 : Math.min(FIRST_PAUSE * 2 ** (failures - FREE), LONGEST_PAUSE)
    this.#accounts.delete(account) // to the end: the map's first entry is the one that was quiet longest
    this.#accounts.set(account, { failures, until: this.#clock.now().getTime() + pause })
    if (this.#accounts.size > ACCOUNTS) this.#accounts.delete(this.#accounts.keys().next().value!)
  }

  succeeded(account: string): void {
    this.#accounts.delete(account)
  }
}
