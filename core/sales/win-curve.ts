/**
 * When deals are won and lost, by their age and by the month of the quarter: the Aalen-Johansen estimate of two competing risks. On each day of their
 * lives the open deals of that age are at risk; the shares that were won and lost on it are the two hazards, and a chance is their product along
 * the days. Every deal counts for as long as it was watched: one that is still open says that it was neither won nor lost so far.
 *
 * Who sells by the quarter wins old deals in its last month and young ones in its first, so each of the three months has hazards of its own, shrunk
 * towards those of all months as far as it has few deals: a gamma distribution around the rate of all, as in Clayton and Kaldor, "Empirical Bayes
 * estimates of age-standardized relative risks", 1987. What so good a curve would have said of each month from the months before it is held beside
 * what was won in it (Dawid, "Present position and potential developments: the prequential approach", 1984): its level and how far months scatter.
 */
import type { DealStage } from './deal.ts'

/** Days. What is older counts as so old. */
export const OLDEST = 1095
/** An age is known when so many deals were watched at it. Of ages beyond, what held in the `TAIL` days before. */
export const KNOWN = 10
const TAIL = 30
/** What is known of all counts as much as so many deals, or as so many deals that were won. */
export const PRIOR = 10
/** Before any month has told: months are a fifth better or worse than one would think, as if two had said so. */
const SCATTER = 0.2
const SCATTER_MONTHS = 2
const DAY_MS = 86_400_000

/**
 * What changes in a month at an age, in whole days: how many deals of a last open stage begin (or cease) to be watched, and how many are won and
 * lost. `month`: calendar months in UTC since the year 0. A deal that lives on into the next month ceases and begins at the age it has then.
 */
export interface AgeChange {
  readonly month: number
  readonly age: number
  readonly stage: DealStage
  readonly watched: number
  readonly won: number
  readonly lost: number
}

export interface WinCurve {
  /** Deals that were watched at an age; at one beyond what is known, at the last known. 0: nothing is known. */
  seen(age: number): number
  /** Deals that what is said of an age rests on: as `seen`, and of the last known age and those beyond, all that the days before it go by. */
  basis(age: number): number
  /** What their stages promised, 0 to 1. */
  promised(age: number): number
  /** The chance of a deal that is open at an age to be won within so many days. */
  within(age: number, days: number): number
  /** The same, were all months of a quarter alike and the level that of the whole period. */
  whateverMonth(age: number, days: number): number
  readonly level: Level
}

/** How the months turned out beside what those before them would have said. */
export interface Level {
  /** Deals won in the months that others came before, and how many the curve of those would have said. */
  readonly won: number
  readonly expected: number
  /** What hazards of winning are multiplied by: the one by the other, shrunk towards 1. */
  readonly times: number
  /** How little is known of the level that comes: the variance of its logarithm, by how far the months scattered beyond chance. */
  readonly variance: number
}

/** Calendar months in UTC since the year 0. */
export function monthOf(moment: number): number {
  const date = new Date(moment)
  return date.getUTCFullYear() * 12 + date.getUTCMonth()
}

/** Pure. `at`: the moment, in milliseconds, at which the open deals are as old as is asked. `promise`: of a stage, 0 to 1. */
export function winCurve(
  changes: readonly AgeChange[],
  { at, promise }: { readonly at: number; readonly promise: (stage: DealStage) => number },
): WinCurve {
  const months = tablesOf(changes, promise)
  const sums = emptySums(lengthOf(changes))
  const first = firstClosing(months)
  for (const [month, table] of months) addMonth(sums, month, table, first)
  const { all } = sums
  const hazards = hazardsOf(sums)
  const level = levelOf(months, all.watched.length)
  const { last, whatever } = hazards
  const monthAfter = Array.from({ length: OLDEST }, (_, day) => monthOf(at + day * DAY_MS))
  const walking = (hazard: (age: number, day: number) => Hazard) => {
    const walked = new Map<string, number>() // many deals are of one age
    return (age: number, days: number) => {
      const key = `${age} ${days}`
      const known = walked.get(key)
      if (known !== undefined) return known
      let [open, chance] = [1, 0]
      for (let day = 0; day < days && open > 1e-9; day++) {
        const [win, loss] = hazard(age + day, day)
        chance += open * win
        open *= 1 - win - loss
      }
      walked.set(key, chance)
      return chance
    }
  }
  const levelled = ([win, loss]: Hazard): Hazard => {
    const higher = Math.min(1, win * level.times)
    return [higher, Math.min(1 - higher, loss)]
  }
  return {
    seen: age => (last === -1 ? 0 : all.watched[Math.min(age, last)]!),
    basis: age => (last === -1 ? 0 : all.watched[Math.max(0, Math.min(age, last - TAIL + 1))]!),
    promised: age => all.promises[Math.min(age, last)]! / all.watched[Math.min(age, last)]!,
    within: walking((age, day) => levelled(hazards.at(age, monthAfter[day]!))),
    whateverMonth: walking(whatever),
    level,
  }
}

/** Shares won and lost of those open. */
type Hazard = readonly [win: number, loss: number]

/** By age. */
interface Table {
  readonly watched: Float64Array
  readonly promises: Float64Array
  readonly won: Float64Array
  readonly lost: Float64Array
}

const lengthOf = (changes: readonly AgeChange[]) => changes.reduce((most, { age }) => Math.max(most, age), 0) + 1
const emptyTable = (length: number): Table => ({
  watched: new Float64Array(length),
  promises: new Float64Array(length),
  won: new Float64Array(length),
  lost: new Float64Array(length),
})

/** In the order of the months. */
function tablesOf(changes: readonly AgeChange[], promise: (stage: DealStage) => number): Map<number, Table> {
  const length = lengthOf(changes)
  const tables = new Map<number, Table>()
  for (const { month, age, stage, watched, won, lost } of changes.toSorted((a, b) => a.month - b.month)) {
    const table = tables.get(month) ?? emptyTable(length)
    tables.set(month, table)
    table.watched[age]! += watched
    table.promises[age]! += watched * promise(stage)
    table.won[age]! += won
    table.lost[age]! += lost
  }
  for (const { watched, promises } of tables.values())
    for (let age = 1; age < length; age++) {
      watched[age]! += watched[age - 1]!
      promises[age]! += promises[age - 1]!
    }
  return tables
}

/** All months together, and those of each place in the quarter. */
interface Sums {
  readonly all: Table
  readonly thirds: readonly [Table, Table, Table]
}

const emptySums = (length: number): Sums => ({
  all: emptyTable(length),
  thirds: [emptyTable(length), emptyTable(length), emptyTable(length)],
})

/** Sums grow month by month, so that what was known before each costs no more than what is known in the end. */
function addMonth({ all, thirds }: Sums, month: number, table: Table, first: number): void {
  for (const sum of month >= first ? [all, thirds[month % 3]!] : [all])
    for (let age = 0; age < table.watched.length; age++) {
      sum.watched[age]! += table.watched[age]!
      sum.promises[age]! += table.promises[age]!
      sum.won[age]! += table.won[age]!
      sum.lost[age]! += table.lost[age]!
    }
}

/** A month tells of its place in the quarter once the workspace closes deals: what it did before, nobody wrote down. */
const firstClosing = (months: ReadonlyMap<number, Table>) =>
  [...months].find(([, { won, lost }]) => won.some(one => one > 0) || lost.some(one => one > 0))?.[0] ?? Infinity

function hazardsOf({ all, thirds }: Sums) {
  const last = all.watched.findLastIndex(deals => deals >= KNOWN)
  const tail = shareOf(all, Math.max(0, last - TAIL + 1), last)
  const whatever = (age: number): Hazard => (age > last ? tail : shareOf(all, age, age))
  const at = (age: number, month: number): Hazard => {
    const [win, loss] = whatever(age)
    if (age > last) return [win, loss]
    const { watched, won, lost } = thirds[month % 3]!
    const cases = watched[age]! + PRIOR
    return [(won[age]! + PRIOR * win) / cases, (lost[age]! + PRIOR * loss) / cases]
  }
  return { last, whatever, at }
}

function shareOf({ watched, won, lost }: Table, from: number, to: number): Hazard {
  const sum = (values: Float64Array) => values.subarray(from, to + 1).reduce((all, value) => all + value, 0)
  const cases = Math.max(1, sum(watched))
  return [sum(won) / cases, sum(lost) / cases]
}

function levelOf(months: ReadonlyMap<number, Table>, length: number): Level {
  const first = firstClosing(months)
  const before = emptySums(length)
  const told: { readonly won: number; readonly expected: number }[] = []
  for (const [month, table] of months) {
    if (month > first) {
      const { at } = hazardsOf(before)
      told.push({
        won: table.won.reduce((sum, deals) => sum + deals, 0),
        expected: table.watched.reduce((sum, deals, age) => (deals > 0 ? sum + deals * at(age, month)[0] : sum), 0),
      })
    }
    addMonth(before, month, table, first)
  }
  const sum = (of: (month: (typeof told)[number]) => number) => told.reduce((all, month) => all + of(month), 0)
  const [won, expected] = [sum(one => one.won), sum(one => one.expected)]
  // Variance beyond that of counting, of the logarithm; pooled, so that a month of which nothing was expected does not outweigh the others
  const size = sum(one => one.expected ** 2)
  const usual = told.length === 0 ? 1 : Math.max(1, size / told.length)
  const beyond = Math.max(
    0,
    sum(one => (one.won - one.expected) ** 2 - one.expected),
  )
  const variance = (beyond + SCATTER_MONTHS * usual * SCATTER ** 2) / (size + SCATTER_MONTHS * usual)
  // Months of many wins say little more of the level than their scatter lets them
  const weight = 1 / (1 + (variance * expected) / Math.max(1, told.length))
  return {
    won,
    expected,
    times: (weight * won + PRIOR) / (weight * expected + PRIOR),
    variance: variance * (1 + 1 / (told.length + SCATTER_MONTHS)), // what comes scatters, and so did what the level is taken from
  }
}
