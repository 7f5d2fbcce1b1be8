import { isStopWord, wordsOf } from '../../words.ts'
import type { Embedder } from './embedder.ts'

const DIMENSIONS = 512
const WORD = 1.5
const GRAM = 0.5
const STOP_WORD = 0.1
const GRAM_LENGTHS = [3, 4]

/**
 * An embedder that needs nothing: no network, no model, no corpus. A text becomes its words (by their first six letters) and
 * the runs of three and four letters in them, so that `contratação` is near `contratar`; each is hashed to a place and a sign
 * (feature hashing, Weinberger et al. 2009) and counts by the root of how often it stands there. It knows forms, not synonyms.
 */
export class LexicalEmbedder implements Embedder {
  readonly model = `lexical-1/${DIMENSIONS}`
  readonly dimensions = DIMENSIONS
  readonly weight = 0.2
  readonly chance = 0.1 // hashing two texts of nothing in common to 512 places gives 0.044 as often as not

  async embed(texts: readonly string[]): Promise<Float32Array[]> {
    return texts.map(lexicalVector)
  }
}

/** A unit vector; of a text without a word, all zeros. */
export function lexicalVector(text: string): Float32Array {
  const features = new Map<number, number>()
  const count = (feature: string, weight: number) => {
    const key = hash(feature)
    features.set(key, (features.get(key) ?? 0) + weight)
  }
  for (const { word } of wordsOf(text)) {
    const share = isStopWord(word) ? STOP_WORD : 1
    count(word.slice(0, 6), share * WORD)
    const framed = `<${word}>`
    for (const length of GRAM_LENGTHS)
      for (let i = 0; i + length <= framed.length; i++) count(`-${framed.slice(i, i + length)}`, share * GRAM)
  }
  const vector = new Float32Array(DIMENSIONS)
  for (const [key, weight] of features)
    vector[(key >>> 1) % DIMENSIONS]! += key & 1 ? Math.sqrt(weight) : -Math.sqrt(weight)
  const norm = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0))
  return norm === 0 ? vector : vector.map(value => value / norm)
}

/** FNV-1a, its bits mixed as MurmurHash3 ends. */
function hash(text: string): number {
  let value = 0x811c9dc5
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35)
  return (value ^ (value >>> 16)) >>> 0
}
