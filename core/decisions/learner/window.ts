import type { Arm } from './arms.ts'

/**
 * The outcomes of one option that still count, oldest first, in buckets of 1, 2, 4, … outcomes: how many, how many of them went well,
 * and the number of the newest among all outcomes of the policy. Whole numbers only, so it is the same to the last bit wherever it was stored.
 */
export type Window = readonly Bucket[]
type Bucket = readonly [count: number, successes: number, newest: number]

/** Buckets of one size; one more, and the two oldest of them become one. */
const MOST_OF_A_SIZE = 5
/** How readily chance is taken for a change: the usual value of ADWIN. */
const DELTA = 0.002
/** Outcomes of the policy after which nobody can say any more that it is still so; an option that is not taken hears of no change. */
const LONGEST_AGE = 5000

/**
 * Takes in an outcome, and forgets what no longer holds: as long as two parts of the window, older and newer, differ by more than chance
 * explains, the oldest bucket goes. So where nothing changes everything counts, and after a change only what came since. ADWIN2:
 * Bifet & Gavaldà, "Learning from Time-Changing Data with Adaptive Windowing", SDM 2007.
 */
export function extended(window: Window, success: boolean, at: number): Window {
  const buckets = merged([...window, [1, Number(success), at]])
  while (hasChanged(buckets)) buckets.shift()
  return buckets
}

/** Without what is too old to go by: a sliding window, Garivier & Moulines, "On Upper-Confidence Bound Policies for Switching Bandit Problems", 2011. */
export const aged = (window: Window, at: number): Window =>
  window.length > 0 && window[0]![2] <= at - LONGEST_AGE
    ? window.filter(([, , newest]) => newest > at - LONGEST_AGE)
    : window

/** What is in it. */
export function sumOf(window: Window): Arm {
  let [tried, successes] = [0, 0]
  for (const [count, went] of window) {
    tried += count
    successes += went
  }
  return { tried, successes }
}

/** Sizes fall from old to new, so a merged pair stands where its size belongs. */
function merged(buckets: Bucket[]): Bucket[] {
  for (let size = 1, end = buckets.length; ; size *= 2) {
    let from = end
    while (from > 0 && buckets[from - 1]![0] === size) from--
    if (end - from <= MOST_OF_A_SIZE) return buckets
    const [older, newer] = [buckets[from]!, buckets[from + 1]!]
    buckets.splice(from, 2, [2 * size, older[1] + newer[1], newer[2]])
    end = from + 1
  }
}

function hasChanged(buckets: readonly Bucket[]): boolean {
  const all = sumOf(buckets)
  const mean = all.successes / all.tried
  const doubt = Math.log((2 * Math.log(Math.max(2, all.tried))) / DELTA)
  let [tried, successes] = [0, 0]
  for (const [count, went] of buckets.slice(0, -1)) {
    tried += count
    successes += went
    const [left, leftWell] = [all.tried - tried, all.successes - successes]
    const parts = 1 / tried + 1 / left
    const chance = Math.sqrt(2 * parts * mean * (1 - mean) * doubt) + (2 / 3) * parts * doubt
    if (Math.abs(successes / tried - leftWell / left) > chance) return true
  }
  return false
}
