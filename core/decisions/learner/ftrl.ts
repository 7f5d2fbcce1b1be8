/**
 * FTRL-proximal, per coordinate: McMahan et al., "Ad Click Prediction: a View from the Trenches", KDD 2013, algorithm 1, with
 * L1 = 0. `n` sums squared gradients, `z` gradients; a weight follows from both.
 */
export interface Rates {
  /** How fast a weight moves. */
  readonly alpha: number
  readonly beta: number
  readonly l2: number
  /** Share of what was seen that every update of a weight forgets: it stays as it is, and moves as easily as a younger one. */
  readonly forget?: number
}

export class Ftrl {
  readonly #rates: Rates
  z: Float64Array
  n: Float64Array

  constructor(rates: Rates, known?: { readonly z: Float64Array; readonly n: Float64Array }) {
    this.#rates = rates
    this.z = known?.z ?? new Float64Array()
    this.n = known?.n ?? new Float64Array()
  }

  weight(slot: number): number {
    const n = this.n[slot]
    if (n === undefined || n === 0) return 0
    const { alpha, beta, l2 } = this.#rates
    return -this.z[slot]! / ((beta + Math.sqrt(n)) / alpha + l2)
  }

  dot(slots: ArrayLike<number>, values: ArrayLike<number>): number {
    let sum = 0
    for (let index = 0; index < slots.length; index++) sum += this.weight(slots[index]!) * values[index]!
    return sum
  }

  /** `error` is prediction minus what happened. */
  update(slots: ArrayLike<number>, values: ArrayLike<number>, error: number): void {
    const { alpha, beta, l2, forget = 0 } = this.#rates
    for (let index = 0; index < slots.length; index++) {
      const slot = slots[index]!
      const gradient = error * values[index]!
      if (gradient === 0) continue
      if (slot >= this.n.length) this.#grow(slot + 1)
      const before = this.n[slot]!
      const after = before + gradient * gradient
      const sigma = (Math.sqrt(after) - Math.sqrt(before)) / alpha
      this.z[slot] = this.z[slot]! + gradient - sigma * this.weight(slot)
      this.n[slot] = after
      if (forget > 0) {
        const weight = this.weight(slot)
        this.n[slot] = after * (1 - forget)
        this.z[slot] = -weight * ((beta + Math.sqrt(this.n[slot]!)) / alpha + l2)
      }
    }
  }

  #grow(least: number): void {
    const size = Math.max(least, this.n.length * 2, 64)
    const [z, n] = [new Float64Array(size), new Float64Array(size)]
    z.set(this.z)
    n.set(this.n)
    this.z = z
    this.n = n
  }
}
