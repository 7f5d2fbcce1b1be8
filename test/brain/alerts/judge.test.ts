import { describe, expect, test } from 'vitest'
import { type AlertWatch, judge } from '../../../core/brain/alerts/judge.ts'

const rule = {
  enabled: true,
  bad: 'above',
  threshold: 10,
  clears: (t: number) => t * 0.8,
  forSeconds: 60,
  clearForSeconds: 30,
} as const
const at = (seconds: number) => new Date(Date.UTC(2030, 0, 1) + seconds * 1000)
const figure = (value: number) => ({ subject: '', name: null, value })

/** Plays figures against the rule, one every ten seconds, keeping what a row keeps; answers what happened and when. */
function play(values: readonly (number | undefined)[], of: Parameters<typeof judge>[0] = rule): string[] {
  let watch: AlertWatch | undefined
  return values.flatMap((value, index) => {
    const now = at(index * 10)
    const verdict = judge(of, value === undefined ? undefined : figure(value), watch, now)
    switch (verdict.kind) {
      case 'none':
        return []
      case 'watch':
        watch = { subject: '', since: verdict.since, clearSince: verdict.clearSince, open: watch?.open ?? false }
        return []
      case 'fire':
        watch = { subject: '', since: verdict.since, clearSince: null, open: true }
        return [`fires at ${index * 10}`]
      case 'resolve':
      case 'forget':
        watch = undefined
        return verdict.kind === 'resolve' ? [`is over at ${index * 10}`] : []
      default:
        return verdict satisfies never
    }
  })
}
const times = (count: number, ...values: (number | undefined)[]) => Array.from({ length: count }, () => values).flat()

describe('a rule', () => {
  test('fires once, after the figure was out of bounds for its time, and is over once', () => {
    expect(play([...times(10, 11), ...times(10, 1)])).toEqual(['fires at 60', 'is over at 130'])
  })

  test('does not fire for a figure that comes back before', () => {
    expect(play([...times(6, 11), 9, ...times(6, 11), 9])).toEqual([])
  })

  test('fires once for a figure that swings around its threshold', () => {
    expect(play([...times(7, 11), ...times(20, 9, 11)])).toEqual(['fires at 60'])
  })

  test('is not over for a figure that is well for a moment only', () => {
    expect(play([...times(7, 11), 1, 1, 1, 9, ...times(3, 1), ...times(3, 11)])).toEqual(['fires at 60'])
  })

  test('takes its threshold itself as within bounds', () => {
    expect(play(times(20, 10))).toEqual([])
  })

  test('is over when what it is about is gone, or it was switched off', () => {
    expect(play([...times(7, 11), ...times(5, undefined)])).toEqual(['fires at 60', 'is over at 100'])
    expect(
      judge(
        { ...rule, enabled: false },
        figure(11),
        { subject: '', since: at(0), clearSince: null, open: true },
        at(90),
      ),
    ).toEqual({ kind: 'resolve' })
  })

  test('looks below as well', () => {
    const health = { ...rule, bad: 'below', threshold: 80, clears: (t: number) => t + 5 } as const
    expect(play([...times(10, 95), ...times(10, 79), ...times(10, 82), ...times(5, 95)], health)).toEqual([
      'fires at 160',
      'is over at 330',
    ])
  })
})
