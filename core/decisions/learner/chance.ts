import { hashOf } from './hash.ts'

/** Chance that can be stored and repeated: mulberry32 (Tommy Ettinger), 32 bits of state. Answers 0 up to, never, 1. */
export function nextChance(state: number): { readonly value: number; readonly state: number } {
  const next = (state + 0x6d2b79f5) | 0
  let t = Math.imul(next ^ (next >>> 15), 1 | next)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return { value: ((t ^ (t >>> 14)) >>> 0) / 4294967296, state: next }
}

/** The same text always gives the same chance: its hash, stirred once. */
export const chanceOf = (text: string): number => nextChance(hashOf(text)).value
