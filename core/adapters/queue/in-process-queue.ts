import type { Queue } from './queue.ts'

type Bell = 'events' | 'run'

/** The doorbell of one process. Rings are delivered on a later turn, never inside the caller. */
export class InProcessQueue implements Queue {
  readonly #listeners = new Map<Bell, (runId?: string) => void>()
  readonly #kept: { bell: Bell; runId?: string }[] = []

  ring(bell: Bell, runId?: string): void {
    const listener = this.#listeners.get(bell)
    if (listener) setImmediate(() => listener(runId))
    else if (this.#kept.length < 10_000) this.#kept.push(runId === undefined ? { bell } : { bell, runId })
  }

  listen(bell: Bell, listener: (runId?: string) => void): () => void {
    this.#listeners.set(bell, listener)
    for (const ring of this.#kept.splice(0)) this.ring(ring.bell, ring.runId)
    return () => {
      this.#listeners.delete(bell)
    }
  }

  handOn(_runIds: readonly string[]): boolean {
    return false
  }

  takeIn(_look: (runId: string) => Promise<boolean>): () => void {
    return () => {}
  }

  async close(): Promise<void> {
    this.#listeners.clear()
    this.#kept.length = 0
  }
}
