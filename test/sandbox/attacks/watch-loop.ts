import { monitorEventLoopDelay } from 'node:perf_hooks'

export interface Held {
  /** The longest that the event loop was held by work of this thread, in milliseconds of its CPU time. */
  readonly longestMs: number
  /** How late the loop was at worst by the clock on the wall: to read, not to assert on, for it counts a busy machine in. */
  readonly latestMs: number
}

/**
 * Watches how long the event loop of this thread goes without a turn. Counted in CPU time of the thread: time in which another
 * process had the processor is nobody's fault.
 */
export function watchLoop(): { stop(): Held } {
  const histogram = monitorEventLoopDelay({ resolution: 5 })
  histogram.enable()
  let longestMs = 0
  let before = process.threadCpuUsage()
  const look = () => {
    const { user, system } = process.threadCpuUsage(before)
    longestMs = Math.max(longestMs, (user + system) / 1000)
    before = process.threadCpuUsage()
  }
  const ticking = setInterval(look, 1)
  return {
    stop() {
      look()
      clearInterval(ticking)
      histogram.disable()
      return { longestMs, latestMs: histogram.max / 1e6 }
    },
  }
}

/**
 * So many milliseconds may an attack hold the loop: 50, and on a machine on which the engine's own work with the most that may
 * cross the wall takes longer, twice that.
 */
export async function mayHoldLoop(): Promise<number> {
  const most = JSON.stringify(Array.from({ length: 39_000 }, () => ({ a: 1, b: 'text', c: [null], d: true })))
  const watch = watchLoop()
  for (let i = 0; i < 10; i++) {
    JSON.stringify(JSON.parse(most))
    await new Promise(resolve => setTimeout(resolve, 2))
  }
  return Math.max(50, 2 * watch.stop().longestMs)
}
