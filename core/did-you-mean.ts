/**
 * The known name nearest to what was written, if near enough to be a slip of the pen; case does not count. `most` letters may differ:
 * a third of them, or less where a name of one's own may be near a known one.
 */
export function didYouMean(written: string, known: Iterable<string>, most = Infinity): string | undefined {
  const wanted = written.toLowerCase().slice(0, 64)
  let best: string | undefined
  let least = Math.min(most, Math.max(1, Math.floor(wanted.length / 3))) + 1
  for (const name of known) {
    if (Math.abs(name.length - wanted.length) >= least) continue
    const distance = editDistance(wanted, name.toLowerCase(), least)
    if (distance < least) [best, least] = [name, distance]
  }
  return best
}

/** Optimal string alignment: insertions, deletions, substitutions, swaps of neighbours. Stops counting at `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      let least = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + cost)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, beforeLast[j - 2]! + 1)
      row.push(least)
    }
    if (Math.min(...row) >= limit) return limit
    ;[beforeLast, last] = [last, row]
  }
  return last[b.length]!
}
