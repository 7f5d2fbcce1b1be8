import { describe, expect, it, test } from 'vitest'
import { isHoliday } from '../../core/playbooks/holidays.ts'
import {
  instantOf,
  isTimeZone,
  localTime,
  nextTimeOfDay,
  parseTimeOfDay,
  weekdayOf,
} from '../../core/playbooks/local-time.ts'

const iso = (instant: number) => new Date(instant).toISOString()
const at = (text: string) => Date.parse(text)
const local = (year: number, month: number, day: number, hour: number, minute = 0) => ({
  year,
  month,
  day,
  hour,
  minute,
})

describe('local time', () => {
  it.each([
    ['America/Sao_Paulo', local(2026, 3, 2, 9), '2026-03-02T12:00:00.000Z'],
    ['Asia/Kathmandu', local(2026, 3, 2, 9, 30), '2026-03-02T03:45:00.000Z'],
    ['Pacific/Kiritimati', local(2026, 3, 2, 0), '2026-03-01T10:00:00.000Z'],
    ['America/New_York', local(2026, 1, 32, 12), '2026-02-01T17:00:00.000Z'],
  ])('in %s is the instant that clocks there show', (zone, time, instant) => {
    expect(iso(instantOf(time, zone))).toBe(instant)
  })

  test('a time that the clocks skip is the first instant after the gap', () => {
    expect(iso(instantOf(local(2026, 3, 8, 2, 30), 'America/New_York'))).toBe('2026-03-08T07:00:00.000Z')
    expect(iso(instantOf(local(2018, 11, 4, 0, 15), 'America/Sao_Paulo'))).toBe('2018-11-04T03:00:00.000Z') // midnight itself was skipped
    expect(iso(instantOf(local(2026, 10, 4, 2, 10), 'Australia/Lord_Howe'))).toBe('2026-10-03T15:30:00.000Z') // a gap of half an hour
  })

  test('of a time that comes twice it is the first', () => {
    expect(iso(instantOf(local(2026, 11, 1, 1, 30), 'America/New_York'))).toBe('2026-11-01T05:30:00.000Z')
    expect(iso(instantOf(local(2026, 10, 25, 2, 30), 'Europe/Berlin'))).toBe('2026-10-25T00:30:00.000Z')
  })

  test('every instant comes back from its own wall clock, but for the second of two', () => {
    for (const zone of ['America/New_York', 'America/Sao_Paulo', 'Europe/London', 'Australia/Lord_Howe', 'Asia/Tokyo'])
      for (let instant = at('2018-01-01T00:00:00Z'); instant < at('2019-04-01T00:00:00Z'); instant += 47 * 60_000) {
        const back = instantOf(localTime(instant, zone), zone)
        expect(localTime(back, zone)).toEqual(localTime(instant, zone))
        expect(back).toBeLessThanOrEqual(instant)
        expect(instant - back).toBeLessThanOrEqual(3_600_000)
      }
  })

  test('the next 09:00 keeps to the clock where the day has 23 or 25 hours', () => {
    const nine = { hour: 9, minute: 0 }
    expect(iso(nextTimeOfDay(at('2026-03-07T15:00:00Z'), nine, 'America/New_York'))).toBe('2026-03-08T13:00:00.000Z')
    expect(iso(nextTimeOfDay(at('2026-10-31T14:00:00Z'), nine, 'America/New_York'))).toBe('2026-11-01T14:00:00.000Z')
    expect(iso(nextTimeOfDay(at('2026-03-02T12:00:00Z'), nine, 'America/Sao_Paulo'))).toBe('2026-03-03T12:00:00.000Z') // just now is not next
    expect(iso(nextTimeOfDay(at('2026-03-06T13:00:00Z'), nine, 'America/Sao_Paulo', ['mon']))).toBe(
      '2026-03-09T12:00:00.000Z',
    )
  })

  it.each([
    ['America/Sao_Paulo', true],
    ['Europe/Lisbon', true],
    ['UTC', true],
    ['America/São_Paulo', false],
    ['America/Gotham', false],
    ['-03:00', false],
    ['', false],
  ])('knows whether "%s" is a time zone: %s', (name, known) => {
    expect(isTimeZone(name)).toBe(known)
  })

  it.each([
    ['09:30', { hour: 9, minute: 30 }],
    ['24:00', { hour: 24, minute: 0 }],
    ['24:01', undefined],
    ['9:30', undefined],
    ['18h', undefined],
    ['12:60', undefined],
  ])('reads "%s" as a time of day', (text, time) => {
    expect(parseTimeOfDay(text)).toEqual(time)
  })

  test('weekdays are those of the calendar', () => {
    expect(weekdayOf({ year: 2026, month: 3, day: 2 })).toBe('mon')
    expect(weekdayOf({ year: 2024, month: 2, day: 29 })).toBe('thu')
  })
})

describe('the national holidays of Brazil', () => {
  const of = (year: number) => {
    const days: string[] = []
    for (let day = Date.UTC(year, 0, 1); new Date(day).getUTCFullYear() === year; day += 86_400_000) {
      const date = new Date(day)
      const parts = { year, month: date.getUTCMonth() + 1, day: date.getUTCDate() }
      if (isHoliday(parts, 'BR')) days.push(date.toISOString().slice(5, 10))
    }
    return days
  }

  test('are the ten of the law, Good Friday among them', () => {
    expect(of(2026)).toEqual(['01-01', '04-03', '04-21', '05-01', '09-07', '10-12', '11-02', '11-15', '11-20', '12-25'])
  })

  test('have November 20th since 2024 only', () => {
    expect(of(2023)).not.toContain('11-20')
    expect(of(2024)).toContain('11-20')
  })

  it.each([
    [2000, '04-21'],
    [2024, '03-29'],
    [2025, '04-18'],
    [2027, '03-26'],
    [2038, '04-23'],
    [2285, '03-20'],
  ])('Good Friday of %i is %s', (year, day) => {
    expect(of(year)).toContain(day)
  })

  test('are none where none are kept', () => {
    expect(isHoliday({ year: 2026, month: 12, day: 25 }, 'none')).toBe(false)
  })
})
