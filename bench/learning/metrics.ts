/** One figure with what it is held against. `better`: which way is better. */
export interface Figure {
  readonly what: string
  readonly value: number
  readonly goal?: number
  readonly floor?: number
  readonly anchor?: string
  readonly better: 'higher' | 'lower'
}

/** The chance that a success is rated above a failure; ties count half. */
export function auc(p: readonly number[], y: readonly number[]): number {
  const order = p.map((_, index) => index).sort((a, b) => p[a]! - p[b]!)
  let [ranks, successes] = [0, 0]
  for (let from = 0, to = 0; from < order.length; from = to) {
    while (to < order.length && p[order[to]!] === p[order[from]!]) to++
    for (let at = from; at < to; at++)
      if (y[order[at]!]) {
        ranks += (from + to + 1) / 2
        successes++
      }
  }
  return (ranks - (successes * (successes + 1)) / 2) / (successes * (y.length - successes))
}

/** In nats. */
export const logLoss = (p: readonly number[], y: readonly number[]) =>
  p.reduce((sum, one, at) => sum - Math.log(Math.max(1e-9, y[at] ? one : 1 - one)), 0) / p.length

/** Expected calibration error over ten equal bins. */
export function ece(p: readonly number[], y: readonly number[]): number {
  const bins = Array.from({ length: 10 }, () => ({ said: 0, happened: 0 }))
  p.forEach((one, at) => {
    const bin = bins[Math.min(9, Math.floor(one * 10))]!
    bin.said += one
    bin.happened += y[at]!
  })
  return bins.reduce((sum, { said, happened }) => sum + Math.abs(said - happened), 0) / p.length
}

/** Successes among the best rated share. */
export function precisionOfBest(p: readonly number[], y: readonly number[], share: number): number {
  const best = bestOf(p, share)
  return mean(best.map(at => y[at]!))
}

/** Share of all successes that the best rated share holds. */
export const holds = (p: readonly number[], y: readonly number[], share: number) =>
  bestOf(p, share).reduce((sum, at) => sum + y[at]!, 0) / y.reduce((sum, one) => sum + one, 0)

const bestOf = (p: readonly number[], share: number) =>
  p
    .map((_, index) => index)
    .sort((a, b) => p[b]! - p[a]!)
    .slice(0, Math.round(p.length * share))

export function precisionRecall(p: readonly number[], y: readonly number[], from: number): [number, number] {
  const chosen = p.flatMap((one, at) => (one >= from ? [y[at]!] : []))
  const hits = chosen.reduce((sum, one) => sum + one, 0)
  return [hits / chosen.length, hits / y.reduce((sum, one) => sum + one, 0)]
}

export const mean = (numbers: readonly number[]) => numbers.reduce((sum, one) => sum + one, 0) / numbers.length

/** What was said of rows that were not learnt from, and what happened. */
export interface Fold {
  readonly p: readonly number[]
  readonly y: readonly number[]
}

/** A figure as the mean of folds, which the settings were chosen by; the worst of them; and that of a fifth which nothing was chosen by. */
export function heldOutFigures(
  figure: Omit<Figure, 'value'>,
  {
    folds,
    fifth,
    of,
  }: {
    readonly folds: readonly Fold[]
    readonly fifth: Fold
    readonly of: (p: readonly number[], y: readonly number[]) => number
  },
): Figure[] {
  const each = folds.map(({ p, y }) => of(p, y))
  const worst = figure.better === 'higher' ? Math.min(...each) : Math.max(...each)
  return [
    { ...figure, value: mean(each) },
    { ...figure, what: `  ${figure.what}, worst of five folds`, value: worst },
    { ...figure, what: `  ${figure.what}, a fifth by another draw`, value: of(fifth.p, fifth.y) },
  ]
}

/** Microseconds of CPU of one of `count` things that `work` does. */
export function cpuMicroseconds(count: number, work: () => void): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / count
}
