import { describe, expect, it } from 'vitest'
import { cronFault, nextTick, ticksUntil, type Timing } from '../../core/playbooks/schedule-times.ts'

const cron = (text: string, timeZone: string): Timing => ({ kind: 'cron', cron: text, timeZone })
const every = (minutes: number): Timing => ({ kind: 'every', everyMs: minutes * 60_000 })
const at = (text: string) => Date.parse(text)
/** The next `count` ticks, in UTC. */
function ticks(timing: Timing, after: string, count: number): string[] {
  const found: string[] = []
  for (let tick = nextTick(timing, at(after)); found.length < count; tick = nextTick(timing, tick!))
    found.push(new Date(tick!).toISOString().slice(0, 16))
  return found
}

describe('a schedule by cron', () => {
  it('is local time, in summer and winter', () => {
    const nine = cron('0 9 * * 1-5', 'America/New_York')
    expect(ticks(nine, '2026-03-05T00:00Z', 4)).toEqual([
      '2026-03-05T14:00',
      '2026-03-06T14:00', // Friday; the clocks go forward on Sunday
      '2026-03-09T13:00',
      '2026-03-10T13:00',
    ])
  })

  it.each([
    // the clocks go from 02:00 to 03:00
    ['America/New_York', '30 2 * * *', '2026-03-07T12:00Z', ['2026-03-08T07:00', '2026-03-09T06:30']],
    // from 01:00 to 02:00
    ['Europe/Lisbon', '30 1 * * *', '2026-03-28T12:00Z', ['2026-03-29T01:00', '2026-03-30T00:30']],
    // Brazil had summer time until 2019: from 00:00 to 01:00, so that a day had no midnight
    ['America/Sao_Paulo', '0 0 * * *', '2018-11-03T12:00Z', ['2018-11-04T03:00', '2018-11-05T02:00']],
    ['America/Sao_Paulo', '15 0 * * *', '2018-11-03T12:00Z', ['2018-11-04T03:00', '2018-11-05T02:15']],
  ])(
    'in %s, %s: a time that is skipped comes once, in the first minute after the gap',
    (zone, text, after, expected) => {
      expect(ticks(cron(text, zone), after, 2)).toEqual(expected)
    },
  )

  it('several skipped times are one tick, and the gap takes no other time away', () => {
    const quarters = cron('*/15 2,3 * * *', 'America/New_York')
    expect(ticks(quarters, '2026-03-08T05:59Z', 5)).toEqual([
      '2026-03-08T07:00',
      '2026-03-08T07:15',
      '2026-03-08T07:30',
      '2026-03-08T07:45',
      '2026-03-09T06:00',
    ])
  })

  it.each([
    // 01:00 to 02:00 comes twice
    ['America/New_York', '30 1 * * *', '2026-10-31T12:00Z', ['2026-11-01T05:30', '2026-11-02T06:30']],
    ['Europe/Lisbon', '30 1 * * *', '2026-10-24T12:00Z', ['2026-10-25T00:30', '2026-10-26T01:30']],
    // 23:00 to 24:00 comes twice
    ['America/Sao_Paulo', '30 23 * * *', '2018-02-17T12:00Z', ['2018-02-18T01:30', '2018-02-19T02:30']],
  ])('in %s, %s: a time that comes twice fires once, the first time', (zone, text, after, expected) => {
    expect(ticks(cron(text, zone), after, 2)).toEqual(expected)
    // also for who asks between the two
    const between = new Date(at(`${expected[0]}Z`) + 31 * 60_000).toISOString()
    expect(ticks(cron(text, zone), between, 1)).toEqual([expected[1]])
  })

  it('every minute of a year with two changes of the clocks comes in order and no instant twice', () => {
    const timing = cron('*/20 * * * *', 'America/New_York')
    let last = at('2026-01-01T00:00Z')
    let count = 0
    for (let tick = nextTick(timing, last)!; tick < at('2027-01-01T00:00Z'); tick = nextTick(timing, tick)!, count++) {
      expect(tick).toBeGreaterThan(last)
      last = tick
    }
    expect(count).toBe(365 * 72 - 1 - 3) // one of three was at the start; an hour that comes again fires once
  })

  it('ends where there is no further time', () => {
    expect(nextTick(cron('0 0 30 2 *', 'UTC'), at('2026-01-01T00:00Z'))).toBeUndefined()
  })
})

describe('ticksUntil', () => {
  it('are the latest so many up to a moment, and says whether there were more', () => {
    const first = at('2026-01-01T09:00Z')
    const daily = cron('0 9 * * *', 'UTC')
    const iso = (found: { ticks: readonly number[]; more: boolean }) => ({
      ...found,
      ticks: found.ticks.map(tick => new Date(tick).toISOString().slice(0, 10)),
    })
    expect(iso(ticksUntil(daily, first, at('2026-01-03T09:00Z'), 5))).toEqual({
      ticks: ['2026-01-01', '2026-01-02', '2026-01-03'],
      more: false,
    })
    expect(iso(ticksUntil(daily, first, at('2026-01-10T08:59Z'), 2))).toEqual({
      ticks: ['2026-01-08', '2026-01-09'],
      more: true,
    })
    expect(ticksUntil(daily, first, first - 1, 2)).toEqual({ ticks: [], more: false })
    expect(ticksUntil(every(15), first, first + 46 * 60_000, 2)).toEqual({
      ticks: [first + 30 * 60_000, first + 45 * 60_000],
      more: true,
    })
  })

  it('does not walk through half a million minutes after a year of downtime', () => {
    const started = performance.now()
    const first = at('2025-01-01T00:00Z')
    const { ticks, more } = ticksUntil(cron('* * * * *', 'America/Sao_Paulo'), first, at('2026-01-01T00:00Z'), 100)
    expect([ticks.length, ticks.at(-1), more]).toEqual([100, at('2026-01-01T00:00Z'), true])
    expect(performance.now() - started).toBeLessThan(1000)
  })
})

describe('cronFault', () => {
  it.each([
    ['0 25 * * *', '25'],
    ['0 9 * * 1-', '1-'],
    ['a 9 * * *', 'a'],
    ['*/0 * * * *', '*/0'],
    ['0  9  32  * *', '32'],
    ['0 9 * *', '0 9 * *'],
    ['0 0 9 * * *', '0 0 9 * * *'],
    ['', ''],
    ['@never', '@never'],
    ['0 0 31 4 *', '0 0 31 4 *'],
  ])('%j: points at %j', (text, part) => {
    const fault = cronFault(text)!
    expect(text.slice(fault.start, fault.end)).toBe(part)
    expect(fault.message).not.toMatch(/CronPattern/)
  })

  it.each(['0 9 * * 1-5', '*/5 8-18 * jan,jul mon', '0 0 L * *', '0 9 * * 5#1', '@daily', '0 0 29 2 *'])(
    '%s is fine',
    text => expect(cronFault(text)).toBeUndefined(),
  )
})
