import { describe, expect, test } from 'vitest'
import { type Load, type Recommendation, recommendWorkers } from '../../../core/brain/scaling/recommend-workers.ts'

const calm: Load = { workers: 2, queued: 0, oldestSeconds: 0, arrivals: 10, finished: 10, cpu: 0.3 }
const bounds = { least: 1, most: 10 }
const start = Date.UTC(2030, 0, 1)

/** Plays loads, one every ten seconds; an autoscaler starts and stops processes at once. Answers every change. */
function play(loads: readonly Partial<Load>[], from = 2, of = bounds): string[] {
  let now = new Date(start)
  let at: Recommendation = { workers: from, reasons: [], changedAt: now, wanted: null, wantedSince: null }
  return loads.flatMap((load, index) => {
    now = new Date(start + index * 10_000)
    const before = at.workers
    at = recommendWorkers(at, { ...calm, workers: before, ...load }, of, now)
    return at.workers === before
      ? []
      : [`${index * 10}: ${at.workers} (${at.reasons.map(({ code }) => code).join(' ')})`]
  })
}
const times = <T>(count: number, ...values: T[]) => Array.from({ length: count }, () => values).flat()

describe('the number of processes', () => {
  test('grows with a queue that waits, to what it asks for, twice as many as there are at most', () => {
    expect(play(times(4, { queued: 55, oldestSeconds: 20 }))).toEqual(['30: 3 (queue)'])
    expect(play(times(7, { queued: 1000, oldestSeconds: 20 }))).toEqual(['30: 4 (queue)'])
    expect(play(times(8, { queued: 1000, oldestSeconds: 20 }))).toEqual(['30: 4 (queue)', '70: 8 (queue)'])
  })

  test('grows with age, with arrivals that nobody keeps up with, and with busy processes', () => {
    expect(play(times(4, { queued: 1, oldestSeconds: 70 }))).toEqual(['30: 3 (age)'])
    expect(play(times(4, { queued: 30, oldestSeconds: 6, arrivals: 150, finished: 100 }))).toEqual(['30: 3 (arrivals)'])
    expect(play(times(4, { cpu: 0.9 }))).toEqual(['30: 3 (cpu)'])
  })

  test('does not follow a long queue that nobody waits in, nor a burst', () => {
    expect(play(times(30, { queued: 500, oldestSeconds: 1, cpu: 0.6 }))).toEqual([])
    expect(play(times(20, { queued: 500, oldestSeconds: 20, cpu: 0.6 }, { cpu: 0.6 }))).toEqual([])
  })

  test('falls by one after five minutes of calm, and by one a minute', () => {
    expect(play(times(37, { cpu: 0.1 }), 4)).toEqual(['300: 3 (idle)', '360: 2 (idle)'])
    expect(play(times(200, { cpu: 0.1 }), 4).at(-1)).toBe('420: 1 (idle)')
  })

  test('does not swing: what is left after one goes must not be busy, and a pause in the calm begins it anew', () => {
    expect(play(times(100, { cpu: 0.45 }))).toEqual([]) // one of two: 0.9 for the other
    expect(play(times(10, ...times(20, { cpu: 0.1 }), { cpu: 0.6 }))).toEqual([])
  })

  test('keeps within its bounds', () => {
    expect(play(times(4, { queued: 1000, oldestSeconds: 100 }), 8)).toEqual(['30: 10 (queue age)'])
    expect(play(times(100, { cpu: 0 }), 2, { least: 2, most: 10 })).toEqual([])
    expect(play([{}], 1, { least: 3, most: 10 })).toEqual(['0: 3 ()'])
  })

  test('does not ask again for processes that are still starting', () => {
    expect(play(times(20, { workers: 2, queued: 1000, oldestSeconds: 20 }))).toEqual(['30: 4 (queue)'])
  })
})
