/** Running mean and spread of a number: Welford, "Note on a method for calculating corrected sums of squares", 1962. */
export class Spread {
  n = 0
  mean = 0
  squares = 0

  add(x: number): void {
    this.n++
    const before = x - this.mean
    this.mean += before / this.n
    this.squares += before * (x - this.mean)
  }

  /** In standard deviations from the mean, at most three; 0 where nothing is known yet. */
  of(x: number): number {
    const deviation = this.n > 1 ? Math.sqrt(this.squares / this.n) : 0
    return deviation > 0 ? Math.max(-3, Math.min(3, (x - this.mean) / deviation)) : 0
  }
}
