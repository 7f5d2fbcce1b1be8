import { expect, test } from 'vitest'
import { rateTurns } from '../../core/triggers/rate-turns.ts'

const runs = (count: number, limit: number, perMs: number, behavior: 'delay' | 'drop' = 'delay') =>
  Array.from({ length: count }, () => ({ limit, perMs, behavior }))

test('runs start at once while they fit, then each a period after the one that many turns before', () => {
  expect(rateTurns([], runs(5, 2, 100), 1000)).toEqual([1000, 1000, 1100, 1100, 1200])
  expect(rateTurns([950, 1020], runs(2, 2, 100), 1000)).toEqual([1050, 1120])
})

test('turns that are over count no more', () => {
  expect(rateTurns([800, 900], runs(2, 2, 100), 1000)).toEqual([1000, 1000])
  expect(rateTurns([800, 901], runs(2, 2, 100), 1000)).toEqual([1000, 1001])
})

test('with drop, a run too many gets no turn and takes none', () => {
  expect(rateTurns([], runs(3, 2, 100, 'drop'), 1000)).toEqual([1000, 1000, undefined])
  expect(rateTurns([1000, 1000], runs(1, 2, 100, 'drop'), 1100)).toEqual([1100])
})

test('whatever comes when, no period has more starts than the limit, and nobody overtakes', () => {
  let seed = 7
  const random = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647
  for (let round = 0; round < 50; round++) {
    const [limit, perMs] = [1 + Math.floor(random() * 5), 50 + Math.floor(random() * 100)]
    const turns: number[] = []
    for (let now = 0; now < 2000; now += Math.floor(random() * 40))
      turns.push(...(rateTurns(turns, runs(1 + Math.floor(random() * 3), limit, perMs), now) as number[]))
    expect(turns).toEqual(turns.toSorted((a, b) => a - b))
    for (const from of turns)
      expect(turns.filter(turn => turn >= from && turn < from + perMs).length).toBeLessThanOrEqual(limit)
  }
})
