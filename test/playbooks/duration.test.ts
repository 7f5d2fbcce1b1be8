import { describe, expect, it } from 'vitest'
import { formatDuration, likelyDuration, parseDuration } from '../../core/playbooks/duration.ts'

describe('a duration', () => {
  it.each([
    ['15m', 900_000],
    ['3d', 259_200_000],
    ['1h30m', 5_400_000],
    ['1.5h', 5_400_000],
    ['250ms', 250],
    ['2w', 1_209_600_000],
    ['PT30M', 1_800_000],
    ['P45D', 3_888_000_000],
    ['P1DT2H', 93_600_000],
    ['PT0.5S', 500],
    ['P2W', 1_209_600_000],
    ['0s', 0],
  ])('%s', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds)
  })

  it.each([
    '',
    'P',
    'PT',
    'P1DT',
    'P1Y',
    'P1M',
    '3',
    '3 d',
    '-3d',
    '3x',
    'd',
    '200000d',
    `${'1'.repeat(60)}s`,
    '1e3s',
    '½d',
  ])('is not %j', text => {
    expect(parseDuration(text)).toBeUndefined()
  })

  it('comes out as ISO 8601 and reads the same again', () => {
    for (const milliseconds of [0, 1, 900_000, 5_400_000, 93_600_000, 3_888_000_000])
      expect(parseDuration(formatDuration(milliseconds))).toBe(milliseconds)
    expect(formatDuration(93_600_000)).toBe('P1DT2H')
  })

  it('may be guessed from what people write', () => {
    expect(['30', '2 days', '5 dias', '10 minutos', 'soon'].map(likelyDuration)).toEqual([
      '30s',
      '2d',
      '5d',
      '10m',
      undefined,
    ])
  })
})
