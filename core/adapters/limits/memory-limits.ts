import type { Clock } from '../../clock.ts'
import { FORGET_MS, type Limits, pauseAfter, type Pauses, type Taken, type Window } from './limits.ts'

/** Keys that are remembered; beyond, those are forgotten first that were quiet longest. */
const MOST = 100_000

/** `Limits` in the memory of this process. */
export class MemoryLimits implements Limits {
  readonly #clock: Clock
  readonly #windows = new Map<string, { slot: number; count: number }>()
  readonly #attempts = new Map<string, { count: number; until: number; forget: number }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  take(key: string, windows: readonly Window[], cost = 1): Promise<Taken> {
    const now = this.#clock.now().getTime() / 1000
    const known = windows.map(window => {
      const slot = Math.floor(now / window.seconds)
      const entry = this.#windows.get(`${window.name}:${key}`)
      return { window, slot, count: entry?.slot === slot ? entry.count : 0 }
    })
    const allowed = known.every(({ window, count }) => count + Math.max(cost, 1) <= window.limit)
    const taken = allowed ? cost : 0
    const left = known.map(({ window, slot, count }) => {
      if (taken > 0) keep(this.#windows, `${window.name}:${key}`, { slot, count: count + taken })
      return {
        window,
        remaining: Math.max(0, window.limit - count - taken),
        reset: Math.max(1, Math.ceil((slot + 1) * window.seconds - now)),
      }
    })
    return Promise.resolve({ allowed, left })
  }

  attempt(key: string, pauses: Pauses): Promise<number> {
    const now = this.#clock.now().getTime()
    const entry = this.#attempts.get(key)
    const { count, until } = entry && entry.forget > now ? entry : { count: 0, until: 0 }
    if (until > now) return Promise.resolve(until - now)
    const pause = pauseAfter(count + 1, pauses)
    keep(this.#attempts, key, { count: count + 1, until: now + pause, forget: now + FORGET_MS })
    return Promise.resolve(0)
  }

  clear(key: string): Promise<void> {
    this.#attempts.delete(key)
    return Promise.resolve()
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}

function keep<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key) // to the end: the map's first entry is the one that was quiet longest
  map.set(key, value)
  if (map.size > MOST) map.delete(map.keys().next().value!)
}
