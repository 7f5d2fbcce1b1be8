import { type DispatchCore, dispatchEvents } from './dispatch-events.ts'

const POLL_MS = 1000

/** Dispatches events when the bell rings, and once a second in case a ring was lost. One dispatch at a time. */
export class Dispatcher {
  readonly #core: DispatchCore
  #stopListening: (() => void) | undefined
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #again = false
  #stopped = true

  constructor(core: DispatchCore) {
    this.#core = core
  }

  start(): void {
    this.#stopped = false
    this.#stopListening = this.#core.queue.listen('events', () => this.#wake())
    this.#timer = setInterval(() => this.#wake(), POLL_MS)
    this.#wake()
  }

  /** Stops; waits for the dispatch that is under way. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#stopListening?.()
    clearInterval(this.#timer)
    await this.#running
  }

  #wake(): void {
    this.#again = true
    this.#running ??= this.#run().finally(() => (this.#running = undefined))
  }

  async #run(): Promise<void> {
    while (this.#again && !this.#stopped) {
      await new Promise(resolve => setImmediate(resolve)) // a crowd of rings is one dispatch
      this.#again = false
      try {
        while ((await dispatchEvents(this.#core)) > 0 && !this.#stopped);
      } catch (error) {
        this.#core.log.error({ err: error }, 'events cannot be dispatched; the next poll tries again')
        return
      }
    }
  }
}
