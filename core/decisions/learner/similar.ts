import { readFields, roundedWord } from './features.ts'
import { hashOf } from './hash.ts'

/** The words of a context by their hashes, each once: enough to compare by, and nothing to read in them. */
export type Words = Uint32Array

/** Numbers by their first digits. */
export function wordsOf(context: Readonly<Record<string, unknown>>): Words {
  // 30 bits: so large is a number that a set of them finds fast; 0 is no word
  const hashes = readFields(context).map(
    ({ name, value }) => hashOf(`${name}=${typeof value === 'number' ? roundedWord(value) : value}`) >>> 2 || 1,
  )
  return Uint32Array.from(new Set(hashes))
}

const SLOTS = 4096

/** Says what a context has in common with another, 0 to 1: Jaccard's index of their words. Made once to compare with many. */
export function likeness(words: Words): (other: Words) => number {
  const slots = new Uint32Array(SLOTS) // nearly every word has one of its own, so one look says whether it is there
  const crowded = new Set<number>()
  for (const word of words)
    if (slots[word % SLOTS] === 0) slots[word % SLOTS] = word
    else crowded.add(word)
  return other => {
    if (words.length === 0 && other.length === 0) return 1
    let common = 0
    for (let at = 0; at < other.length; at++) {
      const word = other[at]!
      if (slots[word % SLOTS] === word || (crowded.size > 0 && crowded.has(word))) common++
    }
    return common / (words.length + other.length - common)
  }
}

/** Below it two contexts are not alike. */
export const LEAST_SIMILARITY = 0.3
/** The most that are taken of those that are. */
export const MOST_SIMILAR = 5
/** Of the last so many. */
export const MOST_COMPARED = 200
