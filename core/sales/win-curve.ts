/**
 * When deals are won and lost, by their age: the Aalen-Johansen estimate of two competing risks. On each day of their lives the open deals of
 * that age are at risk; the shares that were won and lost on it are the two hazards, and a chance is their product along the days. Every deal counts for as
 * long as it was watched: one that is still open says that it was neither won nor lost so far.
 */
import { type DealStage, STAGE_PROBABILITY } from './deal.ts'

/** Days. What is older counts as so old. */
export const OLDEST = 1095
/** An age is known when so many deals were watched at it. Of ages beyond, what held in the `TAIL` days before. */
export const KNOWN = 10
const TAIL = 30

/** What changes at an age, in whole days: how many deals of a last open stage begin (or cease) to be watched, and how many are won and lost. */
export interface AgeChange {
  readonly age: number
  readonly stage: DealStage
  readonly watched: number
  readonly won: number
  readonly lost: number
}

export interface WinCurve {
  /** Deals that were watched at an age; at one beyond what is known, at the last known. 0: nothing is known. */
  seen(age: number): number
  /** What their stages promised, 0 to 1. */
  promised(age: number): number
  /** The chance of a deal that is open at an age to be won within so many days. */
  within(age: number, days: number): number
}

/** Pure. */
export function winCurve(changes: readonly AgeChange[]): WinCurve {
  const length = Math.max(0, ...changes.map(({ age }) => age)) + 1
  const [watched, promises, won, lost] = [0, 1, 2, 3].map(() => new Float64Array(length)) as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ]
  for (const change of changes) {
    watched[change.age]! += change.watched
    promises[change.age]! += (change.watched * STAGE_PROBABILITY[change.stage]) / 100
    won[change.age]! += change.won
    lost[change.age]! += change.lost
  }
  for (let age = 1; age < length; age++) {
    watched[age]! += watched[age - 1]!
    promises[age]! += promises[age - 1]!
  }
  const last = watched.findLastIndex(deals => deals >= KNOWN)
  const share = (of: Float64Array, from: number, to: number) => {
    const sum = (values: Float64Array) => values.subarray(from, to + 1).reduce((total, value) => total + value, 0)
    return sum(of) / Math.max(1, sum(watched))
  }
  const tail = [won, lost].map(of => share(of, Math.max(0, last - TAIL + 1), last)) as [number, number]
  const hazards = (age: number): readonly [number, number] =>
    age > last ? tail : watched[age] ? [won[age]! / watched[age], lost[age]! / watched[age]] : [0, 0]
  return {
    seen: age => (last === -1 ? 0 : watched[Math.min(age, last)]!),
    promised: age => promises[Math.min(age, last)]! / watched[Math.min(age, last)]!,
    within(age, days) {
      let [open, chance] = [1, 0]
      for (let day = age; day < age + days && open > 1e-9; day++) {
        const [win, loss] = hazards(day)
        chance += open * win
        open *= 1 - win - loss
      }
      return chance
    },
  }
}
