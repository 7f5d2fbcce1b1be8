import { type ErrorCode, TraeError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { HostLimits } from './limits.ts'

/** Of an isolate that failed hard a short while ago. */
interface Trouble {
  /** When its last calls were ended by force, the oldest first. */
  failures: number[]
  /** Calls since the first of them that ended by themselves. */
  ended: number
  /** Set while it is open: from `until` on, one call tries whether it goes again. */
  open: { until: number; readonly forMs: number; trying: boolean } | undefined
}

export type BreakerLimits = Pick<HostLimits, 'breakerFailures' | 'breakerWindowMs' | 'breakerOpenMs' | 'breakerMostMs'>

/**
 * Does not call code again for a while whose calls end by force: out of CPU time, out of memory, with their process. Each of them
 * costs its whole budget, and a retry would pay it again. It opens when so many of an isolate's calls failed hard within the window
 * and no more of them ended well: one bad input among a thousand good ones closes nothing. Kept in memory, by process: after a
 * restart the first failures say again what was known, and a host that was mended starts without suspicion. The steps that
 * wait are rows, and go on waiting.
 */
export class Breaker {
  readonly #limits: BreakerLimits
  readonly #log: Pick<Log, 'warn'>
  readonly #now: () => number
  readonly #troubled = new Map<string, Trouble>()

  constructor(limits: BreakerLimits, log: Pick<Log, 'warn'>, now: () => number = Date.now) {
    this.#limits = limits
    this.#log = log
    this.#now = now
  }

  /** Makes the call unless the isolate's calls are held back: then rejects `BUSY`, with the seconds to wait. */
  async guard<Result>(isolate: string, call: () => Promise<Result>): Promise<Result> {
    if (this.#troubled.size > 0) this.#admit(isolate)
    try {
      const result = await call()
      this.#endedWell(isolate)
      return result
    } catch (error) {
      this.#failed(isolate, error)
      throw error
    }
  }

  /** Troubles of a bundle are forgotten: `digest` as an isolate's name begins. */
  forget(digest: string): void {
    for (const isolate of this.#troubled.keys()) if (isolate.startsWith(digest)) this.#troubled.delete(isolate)
  }

  #admit(isolate: string): void {
    const open = this.#troubled.get(isolate)?.open
    if (!open) return
    const left = open.until - this.#now()
    if (left <= 0 && !open.trying) {
      open.trying = true
      return
    }
    const seconds = Math.max(1, Math.ceil(left / 1000))
    throw new TraeError(
      'BUSY',
      `Too many of its calls had to be ended by force; it is called again in ${seconds} s. Look at the errors of its earlier calls.`,
      { retryAfter: seconds, details: { heldBack: true } },
    )
  }

  #endedWell(isolate: string): void {
    const trouble = this.#troubled.get(isolate)
    if (!trouble) return
    const isOver = trouble.open?.trying ?? trouble.failures.at(-1)! <= this.#now() - this.#limits.breakerWindowMs
    if (isOver) this.#troubled.delete(isolate)
    else trouble.ended++
  }

  #failed(isolate: string, error: unknown): void {
    const trouble = this.#troubled.get(isolate)
    if (isHard(error)) return this.#failedHard(isolate, trouble)
    if (!trouble) return
    // Nobody knows yet: the call never came to run, or somebody ended it
    if (error instanceof TraeError && NEVER_RAN.has(error.code)) {
      if (trouble.open) trouble.open.trying = false
    } else this.#endedWell(isolate)
  }

  #failedHard(isolate: string, known: Trouble | undefined): void {
    const { breakerFailures, breakerWindowMs, breakerOpenMs, breakerMostMs } = this.#limits
    const now = this.#now()
    const trouble = known ?? { failures: [], ended: 0, open: undefined }
    this.#troubled.set(isolate, trouble)
    if (trouble.open) {
      if (!trouble.open.trying) return // began before it opened
      return this.#open(isolate, trouble, Math.min(trouble.open.forMs * 2, breakerMostMs))
    }
    const recent = trouble.failures.filter(at => at > now - breakerWindowMs)
    if (recent.length === 0) trouble.ended = 0
    trouble.failures = [...recent, now]
    if (trouble.failures.length >= breakerFailures && trouble.failures.length >= trouble.ended)
      this.#open(isolate, trouble, breakerOpenMs)
  }

  #open(isolate: string, trouble: Trouble, forMs: number): void {
    trouble.open = { until: this.#now() + forMs, forMs, trying: false }
    this.#log.warn({ isolate, forMs }, 'calls of a plugin are held back: too many had to be ended by force')
  }
}

/** The time of a call was over while it waited for somebody else: nothing that its code did. */
export class WaitedTooLong extends TraeError {
  constructor(wallMs: number) {
    super('TIMEOUT', `The call did not end within its ${wallMs} ms.`)
  }
}

const isHard = (error: unknown): boolean =>
  error instanceof TraeError && HARD.has(error.code) && !(error instanceof WaitedTooLong)
const HARD: ReadonlySet<string> = new Set<ErrorCode>(['TIMEOUT', 'MEMORY', 'CRASHED'])
const NEVER_RAN: ReadonlySet<string> = new Set<ErrorCode>(['BUSY', 'CANCELLED', 'UNAVAILABLE', 'MANIFEST'])
