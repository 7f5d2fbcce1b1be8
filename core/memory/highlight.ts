import { wordsOf } from '../words.ts'
import { termsOf } from './lexical-index.ts'

/** A piece of a text, and whether it is what was looked for. */
export interface Piece {
  readonly text: string
  readonly hit: boolean
}

const LONGEST = 240

/** The part of a text where most of what was looked for stands, in pieces. Joined, they are that part. */
export function highlight(text: string, query: string): Piece[] {
  const whole = text.normalize('NFC')
  const wanted = new Set(termsOf(query))
  const hits = wordsOf(whole).filter(({ word }) => wanted.has(word) || wanted.has(`${word.slice(0, 5)}*`))
  const { start, end } = densest(whole, hits)
  const pieces: Piece[] = []
  const add = (from: number, to: number, hit: boolean) => {
    if (from < to) pieces.push({ text: whole.slice(from, to), hit })
  }
  let at = start
  for (const hit of hits) {
    if (hit.start < at || hit.end > end) continue
    add(at, hit.start, false)
    add(hit.start, hit.end, true)
    at = hit.end
  }
  add(at, end, false)
  if (start > 0 && pieces[0]) pieces[0] = { ...pieces[0], text: `…${pieces[0].text}` }
  const last = pieces.at(-1)
  if (end < whole.length && last) pieces[pieces.length - 1] = { ...last, text: `${last.text}…` }
  return pieces
}

/** The window with the most different words that were looked for; the first of several. */
function densest(text: string, hits: readonly { word: string; start: number; end: number }[]) {
  if (text.length <= LONGEST) return { start: 0, end: text.length }
  let best = { start: 0, count: 0 }
  for (const [i, first] of hits.entries()) {
    const inside = hits.slice(i).filter(({ end }) => end - first.start <= LONGEST - 60)
    const count = new Set(inside.map(({ word }) => word)).size
    if (count > best.count) best = { start: first.start, count }
  }
  const start = boundary(text, Math.max(0, best.start - 60))
  return { start, end: boundary(text, Math.min(text.length, start + LONGEST)) }
}

/** Never in the middle of a word, where one ends nearby. */
function boundary(text: string, at: number): number {
  if (at === 0 || at >= text.length) return Math.min(at, text.length)
  const space = text.lastIndexOf(' ', at)
  return space > at - 40 && space > 0 ? space + (at === 0 ? 0 : 1) : at
}
