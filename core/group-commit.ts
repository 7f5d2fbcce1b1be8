/**
 * Gathers what many callers want stored into one statement. There is no timer: the next flush starts when the last
 * ends, so a lone caller waits for nothing and a crowd shares each commit.
 */
export class GroupCommit<Item, Result> {
  readonly #flush: (items: readonly Item[]) => Promise<readonly Result[]>
  readonly #limit: number
  #waiting: { item: Item; resolve: (result: Result) => void; reject: (error: unknown) => void }[] = []
  #running = false

  /** `flush` answers one result an item, in order; when it throws, every item of that flush fails with the error. */
  constructor(flush: (items: readonly Item[]) => Promise<readonly Result[]>, options: { limit?: number } = {}) {
    this.#flush = flush
    this.#limit = options.limit ?? 500
  }

  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject })
      if (!this.#running) {
        this.#running = true
        setImmediate(() => void this.#run()) // what else arrives in this turn goes along
      }
    })
  }

  async #run(): Promise<void> {
    let tell = () => {}
    for (; this.#waiting.length > 0; await nextTurn()) {
      const batch = this.#waiting.splice(0, this.#limit)
      const flushing = this.#flush(batch.map(entry => entry.item))
      const told = nextTurn().then(tell) // those of the flush before go on while this one is under way
      tell = await flushing.then(
        results => () => batch.forEach((entry, index) => entry.resolve(results[index]!)),
        (error: unknown) => () => batch.forEach(entry => entry.reject(error)),
      )
      await told // nobody hears before those who came first
      if (this.#waiting.length > 0) continue
      tell()
      tell = () => {}
    } // a turn between flushes: the embedded database answers without one, and nobody could join the next
    this.#running = false
  }
}

const nextTurn = () => new Promise<void>(resolve => setImmediate(resolve))
