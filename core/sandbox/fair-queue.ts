/** First come, first served within a key; keys take turns. Bounded, so that one flood leaves room for the rest. */
export class FairQueue<T> {
  readonly #queues = new Map<string, T[]>()
  readonly #perKey: number
  readonly #total: number
  size = 0

  constructor(limits: { perKey: number; total: number }) {
    this.#perKey = limits.perKey
    this.#total = limits.total
  }

  /** @returns false when it is full */
  add(key: string, item: T): boolean {
    const queue = this.#queues.get(key)
    if (this.size >= this.#total || (queue !== undefined && queue.length >= this.#perKey)) return false
    if (queue === undefined) this.#queues.set(key, [item])
    else queue.push(item)
    this.size++
    return true
  }

  /** Puts back what was taken, ahead of its key's others; never refused. */
  addFirst(key: string, item: T): void {
    const queue = this.#queues.get(key)
    if (queue === undefined) this.#queues.set(key, [item])
    else queue.unshift(item)
    this.size++
  }

  /** The next item of the first key whose `next` `may` go; that key then goes to the back. */
  take(may: (key: string, next: T) => boolean): T | undefined {
    for (const [key, queue] of this.#queues) {
      if (!may(key, queue[0]!)) continue
      const item = queue.shift()
      this.#queues.delete(key)
      if (queue.length > 0) this.#queues.set(key, queue)
      this.size--
      return item
    }
    return undefined
  }

  remove(key: string, item: T): boolean {
    const queue = this.#queues.get(key)
    const at = queue?.indexOf(item) ?? -1
    if (queue === undefined || at < 0) return false
    queue.splice(at, 1)
    if (queue.length === 0) this.#queues.delete(key)
    this.size--
    return true
  }

  /** Empties it. */
  drain(): T[] {
    const items = [...this.#queues.values()].flat()
    this.#queues.clear()
    this.size = 0
    return items
  }
}
