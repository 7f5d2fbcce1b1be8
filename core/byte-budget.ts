interface Held {
  readonly bytes: number
  readonly drop: () => void
}

/**
 * How many bytes caches of this process may hold together. What one name holds in several caches is used at once, so it goes at
 * once: what was used longest ago first, and never what was used last, however large it is (it would be read again each time).
 */
export class ByteBudget {
  readonly most: number
  readonly #held = new Map<string, Map<string, Held>>()

  constructor(most: number) {
    this.most = most
  }

  get bytes(): number {
    return [...this.#held.values()].flatMap(parts => [...parts.values()]).reduce((sum, { bytes }) => sum + bytes, 0)
  }

  /** Says that `cache` holds so many bytes under `name`, and used them now; `drop` takes them out of it. */
  use(name: string, cache: string, held: Held): void {
    const parts = this.#held.get(name) ?? new Map<string, Held>()
    this.#held.delete(name)
    this.#held.set(name, parts.set(cache, held))
    let over = this.bytes - this.most
    for (const [oldest, others] of this.#held) {
      if (over <= 0 || oldest === name) return
      this.#held.delete(oldest)
      for (const { bytes, drop } of others.values()) {
        drop()
        over -= bytes
      }
    }
  }
}
