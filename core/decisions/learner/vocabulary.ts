import { hashOf } from './hash.ts'

/** Names with a place of their own; what comes later shares places by its hash, so a model never grows without end. */
const OWN = 6000
const SHARED = 512
export const MOST_SLOTS = OWN + SHARED

/** Which weight belongs to `source=website`. In order of first appearance, so the same examples give the same places. */
export class Vocabulary {
  readonly names: string[]
  readonly #slots: Map<string, number>

  constructor(names: readonly string[] = []) {
    this.names = [...names]
    this.#slots = new Map(names.map((name, slot) => [name, slot]))
  }

  /** Undefined: never seen. */
  find(name: string): number | undefined {
    return this.#slots.get(name) ?? (this.names.length >= OWN ? shared(name) : undefined)
  }

  add(name: string): number {
    const known = this.find(name)
    if (known !== undefined) return known
    this.#slots.set(name, this.names.length)
    return this.names.push(name) - 1
  }

  /** How many places there are. */
  get size(): number {
    return this.names.length >= OWN ? MOST_SLOTS : this.names.length
  }
}

const shared = (name: string): number => OWN + (hashOf(name) % SHARED)
