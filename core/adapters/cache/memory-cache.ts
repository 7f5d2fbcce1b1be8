import type { Clock } from '../../clock.ts'
import type { Metrics } from '../../metrics.ts'
import { type Cache, type Kept, KEPT_MS, MOST_CHARACTERS, MOST_VARIANTS } from './cache.ts'

/** Names of workspaces that are kept; beyond, those go first that were not asked for longest. At most 32 × 64 KiB each, usually 2. */
const MOST_NAMES = 1000

/** A name of a workspace from one drop to the next: who finds another one here has read what is no longer so. */
interface Generation {
  readonly ends: number
  readonly texts: Map<string, Promise<string>>
}

/** `Cache` in the memory of this process, for a host that is one process. */
export class MemoryCache implements Cache {
  readonly #clock: Clock
  readonly #metrics: Pick<Metrics, 'cacheRead'>
  readonly #generations = new Map<string, Generation>()

  constructor(clock: Clock, metrics: Pick<Metrics, 'cacheRead'>) {
    this.#clock = clock
    this.#metrics = metrics
  }

  async get<T>(workspaceId: string, name: Kept, variant: string, read: () => Promise<T>): Promise<T> {
    const { texts } = this.#generation(`${workspaceId}:${name}`, name)
    const known = texts.get(variant)
    this.#metrics.cacheRead(name, known ? 'hit' : 'miss')
    if (known) return JSON.parse(await known) as T
    const reading = read().then(answer => JSON.stringify(answer))
    texts.set(variant, reading)
    const forget = () => texts.delete(variant)
    if (texts.size > MOST_VARIANTS) texts.delete(texts.keys().next().value!)
    void reading.then(text => text.length > MOST_CHARACTERS && forget(), forget)
    return JSON.parse(await reading) as T
  }

  drop(workspaceId: string, names: readonly Kept[]): void {
    for (const name of names) this.#generations.delete(`${workspaceId}:${name}`)
  }

  settled(): Promise<void> {
    return Promise.resolve()
  }

  close(): void {
    this.#generations.clear()
  }

  #generation(key: string, name: Kept): Generation {
    const now = this.#clock.now().getTime()
    let generation = this.#generations.get(key)
    if (!generation || generation.ends <= now) generation = { ends: now + KEPT_MS[name], texts: new Map() }
    this.#generations.delete(key) // to the end: the map's first entry is the one that was not asked for longest
    this.#generations.set(key, generation)
    if (this.#generations.size > MOST_NAMES) this.#generations.delete(this.#generations.keys().next().value!)
    return generation
  }
}
