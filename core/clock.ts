/** Time as the engine sees it. Every comparison of times, in SQL too, uses `now()`, so a test can move it. */
export interface Clock {
  now(): Date
}

/** The machine's time as a process sees it. */
export interface TimeSource {
  /** Milliseconds since 1970. May jump: somebody sets it. */
  wall(): number
  /** Milliseconds of something that never jumps. */
  steady(): number
}

/**
 * The machine's clock, which never goes back within a process: what is due stays due, leases that were given stay given.
 * After it was set back our time goes on at half speed until the machine's has caught up.
 */
export function createClock(source: TimeSource = { wall: Date.now, steady: () => performance.now() }): Clock {
  let last = source.wall()
  let mark = source.steady()
  return {
    now() {
      const [wall, steady] = [source.wall(), source.steady()]
      last = Math.max(wall, last + (steady - mark) / 2)
      mark = steady
      return new Date(last)
    },
  }
}

/** A clock that stands still until it is moved. */
export class VirtualClock implements Clock {
  #now: number
  constructor(start: Date | string = '2026-03-02T12:00:00Z') {
    this.#now = new Date(start).getTime()
  }
  now(): Date {
    return new Date(this.#now)
  }
  /** Moves to a moment, forward or back. */
  to(moment: Date): void {
    this.#now = moment.getTime()
  }
  /** Moves forward by so many milliseconds. */
  advance(milliseconds: number): void {
    this.#now += milliseconds
  }
}
