import { isStopWord, wordsOf } from '../words.ts'

/** What an entry can be chosen by, without reading it. */
export interface Traits {
  readonly type: string
  readonly module: string | null
  readonly outcome: string | null
  /** Milliseconds since 1970. */
  readonly at: number
}

export interface Scored {
  readonly key: string
  readonly score: number
}

const K1 = 1.2
const B = 0.75
const PREFIX = 5

/** The terms a text is found by: each word, and by its first letters, so that forms of a word find each other. */
export function termsOf(text: string): string[] {
  return wordsOf(text).flatMap(({ word }) => (isStopWord(word) ? [] : [word, `${word.slice(0, PREFIX)}*`]))
}

/**
 * An inverted index in memory, ranked by BM25 (Robertson and Zaragoza 2009; k1 1.2, b 0.75) over words and their beginnings.
 * An entry that goes leaves its place in the lists, marked; when a quarter of them is dead, `tired` says so, and whoever keeps
 * the index builds it anew.
 */
export class LexicalIndex {
  readonly #lists = new Map<string, Postings>()
  readonly #slots = new Map<string, number>()
  readonly #keys: (string | undefined)[] = []
  readonly #traits: Traits[] = []
  readonly #lengths: number[] = []
  #length = 0

  get size(): number {
    return this.#slots.size
  }

  get tired(): boolean {
    return this.#keys.length > 1000 && this.#slots.size < this.#keys.length * 0.75
  }

  set(key: string, text: string, traits: Traits): void {
    this.delete(key)
    const slot = this.#keys.length
    const counts = new Map<string, number>()
    const terms = termsOf(text)
    for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + 1)
    for (const [term, count] of counts) {
      let list = this.#lists.get(term)
      if (!list) this.#lists.set(term, (list = new Postings()))
      list.add(slot, count)
    }
    this.#slots.set(key, slot)
    this.#keys.push(key)
    this.#traits.push(traits)
    this.#lengths.push(terms.length)
    this.#length += terms.length
  }

  delete(key: string): void {
    const slot = this.#slots.get(key)
    if (slot === undefined) return
    this.#slots.delete(key)
    this.#keys[slot] = undefined
    this.#length -= this.#lengths[slot]!
  }

  keepOnly(keys: ReadonlySet<string>): void {
    for (const key of this.#slots.keys()) if (!keys.has(key)) this.delete(key)
  }

  /** Entries with a word of the query, best first; equal ones by key. */
  search(query: string, top: number, fits: (traits: Traits) => boolean): Scored[] {
    const scores = new Float64Array(this.#keys.length)
    const touched: number[] = []
    const mean = this.#length / Math.max(1, this.#slots.size)
    for (const term of new Set(termsOf(query))) {
      const list = this.#lists.get(term)
      if (!list) continue
      const rarity = this.rarity(list.size)
      for (let i = 0; i < list.size; i++) {
        const slot = list.slots[i]!
        const count = list.counts[i]!
        if (scores[slot] === 0) touched.push(slot)
        scores[slot]! += (rarity * count * (K1 + 1)) / (count + K1 * (1 - B + (B * this.#lengths[slot]!) / mean))
      }
    }
    const best: Scored[] = []
    let worst = 0
    for (const slot of touched) {
      const score = scores[slot]!
      const key = this.#keys[slot]
      if (score < worst || key === undefined || !fits(this.#traits[slot]!)) continue
      best.push({ key, score })
      if (best.length >= top * 4) worst = keepBest(best, top)
    }
    keepBest(best, top)
    return best
  }

  /** How much a term says that so many entries have. */
  rarity(entries: number): number {
    const all = Math.max(this.#slots.size, entries)
    return Math.log(1 + (all - entries + 0.5) / (entries + 0.5))
  }

  /** How many entries have a term. */
  frequency(term: string): number {
    return this.#lists.get(term)?.size ?? 0
  }
}

function keepBest(found: Scored[], top: number): number {
  found.sort((a, b) => b.score - a.score || (a.key < b.key ? -1 : 1))
  found.length = Math.min(found.length, top)
  return found.length < top ? 0 : found.at(-1)!.score
}

/** Places and counts of one term. */
class Postings {
  slots = new Uint32Array(2)
  counts = new Uint16Array(2)
  size = 0

  add(slot: number, count: number): void {
    if (this.size === this.slots.length) {
      const [slots, counts] = [new Uint32Array(this.size * 2), new Uint16Array(this.size * 2)]
      slots.set(this.slots)
      counts.set(this.counts)
      ;[this.slots, this.counts] = [slots, counts]
    }
    this.slots[this.size] = slot
    this.counts[this.size++] = Math.min(count, 0xffff)
  }
}
