/** So many in so many seconds, in windows that begin at whole multiples of them (UTC). */
export interface Window {
  readonly name: string
  readonly seconds: number
  readonly limit: number
}

export interface Taken {
  readonly allowed: boolean
  /** Of each window, in their order: what is left after this, and the seconds until it begins anew. */
  readonly left: readonly { readonly window: Window; readonly remaining: number; readonly reset: number }[]
}

/** Pauses that double: from attempt number `free` on, `first` milliseconds, at most `longest`. */
export interface Pauses {
  readonly free: number
  readonly first: number
  readonly longest: number
}

/**
 * Counts what comes in, for all processes of a host: in memory where there is one, in Redis where there are several.
 * Why not a library: two windows are taken from in one step, what is refused counts in neither, and time comes from the
 * clock of the core, so that both implementations answer to the same tests.
 */
export interface Limits {
  /** Takes `cost` from every window, or from none where one has not enough. A cost of 0 takes nothing and asks for 1. */
  take(key: string, windows: readonly Window[], cost?: number): Promise<Taken>
  /** Begins an attempt: 0, and it counts; or the milliseconds that it has to wait, and it does not. */
  attempt(key: string, pauses: Pauses): Promise<number>
  /** Forgets the attempts of a key: one of them went well. */
  clear(key: string): Promise<void>
  close(): Promise<void>
}

/** Attempts are forgotten when there was none for so long. */
export const FORGET_MS = 86_400_000

export const pauseAfter = (attempts: number, { free, first, longest }: Pauses) =>
  attempts < free ? 0 : Math.min(first * 2 ** (attempts - free), longest)
