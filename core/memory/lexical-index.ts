import { foldedWords, isStopWord } from '../words.ts'

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
  return foldedWords(text).flatMap(word => (isStopWord(word) ? [] : [word, beginningOf(word)]))
}
const beginningOf = (word: string) => `${word.slice(0, PREFIX)}*`

/** Counts are kept up to 63, six bits; more often is hardly more for BM25. */
const COUNTS = 2 ** 6
/** Beside a slot (up to 8 million) and its count, a number that floating point keeps whole has room for 16 million terms. */
const TERM = 2 ** 29
const MOST_SLOTS = TERM / COUNTS
/** Postings that become a segment: some ten milliseconds of work. Until then they are sorted run by run. */
const SEGMENT = 131_072
const RUN = 8192

/** Of what is no array, measured: a word with its two terms; an entry with its key and its traits. */
const BYTES_OF_WORD = 150
const BYTES_OF_ENTRY = 250

/**
 * An inverted index in memory, ranked by BM25 (Robertson and Zaragoza 2009; k1 1.2, b 0.75) over words and their beginnings.
 * Postings are appended, and sorted by term a segment at a time: a list for each term would be grown in as many places as there
 * are words in an entry, which is slow where memory is. An entry that goes leaves its postings, marked; when a quarter of them is
 * dead, `tired` says so, and whoever keeps the index builds it anew.
 */
export class LexicalIndex {
  /** By word: its term; -1 for a word that says nothing. */
  readonly #words = new Map<string, number>()
  readonly #beginnings = new Map<string, number>()
  /** By the term of a word: that of its beginning. */
  readonly #beginningOf: number[] = []
  /** By term: how many entries have it. */
  readonly #frequencies: number[] = []
  readonly #segments: Segment[] = []
  #open = new Float64Array(1024)
  #opened = 0
  readonly #slots = new Map<string, number>()
  readonly #keys: (string | undefined)[] = []
  readonly #traits: Traits[] = []
  readonly #lengths: number[] = []
  #length = 0
  /** How often the entry at hand has each term. */
  readonly #counts: number[] = []

  get size(): number {
    return this.#slots.size
  }

  /** What it takes of the memory of the process, about. */
  get bytes(): number {
    const segments = this.#segments.reduce((sum, { bytes }) => sum + bytes, this.#open.byteLength)
    return segments + this.#words.size * BYTES_OF_WORD + this.#keys.length * BYTES_OF_ENTRY
  }

  get tired(): boolean {
    return this.#keys.length > 1000 && this.#slots.size < this.#keys.length * 0.75
  }

  set(key: string, text: string, traits: Traits): void {
    this.delete(key)
    const slot = this.#keys.length
    if (slot === MOST_SLOTS) throw new RangeError(`An index of words has room for ${MOST_SLOTS} entries.`)
    const counts = this.#counts
    const terms: number[] = []
    let length = 0
    for (const word of foldedWords(text)) {
      const term = this.#words.get(word) ?? this.#learn(word)
      if (term < 0) continue
      const beginning = this.#beginningOf[term]!
      length += 2
      if (counts[term]!++ === 0) terms.push(term)
      if (counts[beginning]!++ === 0) terms.push(beginning)
    }
    for (const term of terms) {
      this.#append(term, slot, counts[term]!)
      this.#frequencies[term]!++
      counts[term] = 0
    }
    this.#slots.set(key, slot)
    this.#keys.push(key)
    this.#traits.push(traits)
    this.#lengths.push(length)
    this.#length += length
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
    const lengths = this.#lengths
    const touched: number[] = []
    const mean = this.#length / Math.max(1, this.#slots.size)
    for (const term of this.#termsOf(query)) {
      const rarity = this.#rarity(this.#frequencies[term]!)
      for (const postings of this.#postingsOf(term))
        for (let i = 0; i < postings.length; i++) {
          const [slot, count] = [postings[i]! >>> 6, postings[i]! & 63]
          if (scores[slot] === 0) touched.push(slot)
          scores[slot]! += (rarity * count * (K1 + 1)) / (count + K1 * (1 - B + (B * lengths[slot]!) / mean))
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

  /** How much it says that an entry has a word that begins like this one. */
  rarityOf(word: string): number {
    const term = this.#beginnings.get(beginningOf(word))
    return this.#rarity(term === undefined ? 0 : this.#frequencies[term]!)
  }

  #rarity(entries: number): number {
    const all = Math.max(this.#slots.size, entries)
    return Math.log(1 + (all - entries + 0.5) / (entries + 0.5))
  }

  /** Those of a text that any entry has. */
  #termsOf(text: string): Set<number> {
    const found = new Set<number>()
    for (const word of foldedWords(text)) {
      const term = this.#words.get(word)
      const beginning = isStopWord(word) ? undefined : this.#beginnings.get(beginningOf(word))
      if (term !== undefined && term >= 0) found.add(term)
      if (beginning !== undefined) found.add(beginning)
    }
    return found
  }

  #learn(word: string): number {
    const term = isStopWord(word) ? -1 : this.#newTerm()
    this.#words.set(word, term)
    if (term < 0) return term
    const beginning = beginningOf(word)
    const known = this.#beginnings.get(beginning) ?? this.#newTerm()
    this.#beginnings.set(beginning, known)
    this.#beginningOf[term] = known
    return term
  }

  #newTerm(): number {
    this.#counts.push(0)
    this.#beginningOf.push(-1)
    return this.#frequencies.push(0) - 1
  }

  #append(term: number, slot: number, count: number): void {
    if (this.#opened === this.#open.length) this.#makeRoom()
    this.#open[this.#opened++] = term * TERM + slot * COUNTS + Math.min(count, COUNTS - 1)
    if (this.#opened % RUN === 0) this.#open.subarray(this.#opened - RUN, this.#opened).sort()
  }

  #makeRoom(): void {
    if (this.#opened < SEGMENT) {
      const larger = new Float64Array(this.#opened * 2)
      larger.set(this.#open)
      this.#open = larger
    } else {
      this.#segments.push(new Segment(this.#open.sort()))
      this.#opened = 0
    }
  }

  /** Slots and counts of a term, oldest first. */
  #postingsOf(term: number): (Uint32Array | readonly number[])[] {
    const found: (Uint32Array | readonly number[])[] = []
    for (const segment of this.#segments) {
      const postings = segment.of(term)
      if (postings) found.push(postings)
    }
    const [first, past] = [term * TERM, (term + 1) * TERM]
    const open: number[] = []
    const sorted = this.#opened - (this.#opened % RUN)
    for (let run = 0; run < sorted; run += RUN)
      for (let i = firstFrom(this.#open, first, run, run + RUN); i < run + RUN && this.#open[i]! < past; i++)
        open.push(this.#open[i]! - first)
    for (let i = sorted; i < this.#opened; i++) {
      const posting = this.#open[i]!
      if (posting >= first && posting < past) open.push(posting - first)
    }
    found.push(open)
    return found
  }
}

/** Where the first number from `least` on stands in a sorted part. */
function firstFrom(sorted: Float64Array | Uint32Array, least: number, from: number, to: number): number {
  let [low, high] = [from, to]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (sorted[middle]! < least) low = middle + 1
    else high = middle
  }
  return low
}

function keepBest(found: Scored[], top: number): number {
  found.sort((a, b) => b.score - a.score || (a.key < b.key ? -1 : 1))
  found.length = Math.min(found.length, top)
  return found.length < top ? 0 : found.at(-1)!.score
}

/** Postings in the order of their terms; never changed. */
class Segment {
  readonly #terms: Uint32Array
  /** Where each term begins, and the end. */
  readonly #starts: Uint32Array
  readonly #postings: Uint32Array

  constructor(sorted: Float64Array) {
    const [terms, starts]: [number[], number[]] = [[], []]
    this.#postings = new Uint32Array(sorted.length)
    for (const [i, posting] of sorted.entries()) {
      const term = Math.floor(posting / TERM)
      if (term !== terms.at(-1)) {
        terms.push(term)
        starts.push(i)
      }
      this.#postings[i] = posting - term * TERM
    }
    this.#terms = Uint32Array.from(terms)
    this.#starts = Uint32Array.from([...starts, sorted.length])
  }

  get bytes(): number {
    return this.#terms.byteLength + this.#starts.byteLength + this.#postings.byteLength
  }

  of(term: number): Uint32Array | undefined {
    const at = firstFrom(this.#terms, term, 0, this.#terms.length)
    return this.#terms[at] === term ? this.#postings.subarray(this.#starts[at], this.#starts[at + 1]) : undefined
  }
}
