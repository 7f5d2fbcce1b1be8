import { describe, expect, test } from 'vitest'
import { PluginError } from '../../core/sdk/plugin-error.ts'
import { book } from '../../plugins/local-calendar/actions/schedule.ts'
import { findSlots } from '../../core/sdk/find-slots.ts'
import calendar from '../../plugins/local-calendar/index.ts'
import { instantOf, localTime } from '../../core/sdk/local-time.ts'
import { parseMinutes } from '../../plugins/local-calendar/parse-minutes.ts'
import { translatorOf } from './translate.ts'

const SAO_PAULO = 'America/Sao_Paulo' // UTC-3 all year
const DAY = 86_400_000

const slots = (
  from: string,
  options: { timeZone?: string; minutes?: number; busy?: [string, string][]; days?: number; take?: number } = {},
) => {
  const { timeZone = SAO_PAULO, minutes = 30, busy = [], days = 14, take = 1 } = options
  const request = {
    from: Date.parse(from),
    to: Date.parse(from) + days * DAY,
    minutes,
    timeZone,
    busy: busy.map(([startsAt, endsAt]) => ({ startsAt, endsAt })),
  }
  const found: string[] = []
  for (const { start } of findSlots(request)) {
    found.push(new Date(start).toISOString().replace(':00.000Z', 'Z'))
    if (found.length === take) break
  }
  return found
}

describe('a free time', () => {
  test('is on the half hour, not before the earliest instant', () => {
    expect(slots('2026-03-02T13:10:00Z')).toEqual(['2026-03-02T13:30Z']) // Monday 10:10 in São Paulo
    expect(slots('2026-03-02T13:30:00Z')).toEqual(['2026-03-02T13:30Z'])
  })

  test('lies in working hours of the time zone, with its end', () => {
    expect(slots('2026-03-02T03:00:00Z')).toEqual(['2026-03-02T12:00Z']) // midnight there: 9:00
    expect(slots('2026-03-02T20:30:00Z')).toEqual(['2026-03-02T20:30Z']) // 17:30–18:00 still fits
    expect(slots('2026-03-02T20:30:00Z', { minutes: 60 })).toEqual(['2026-03-03T12:00Z'])
    expect(slots('2026-03-02T20:31:00Z')).toEqual(['2026-03-03T12:00Z'])
  })

  test('is not at a weekend, as the weekend falls in the time zone', () => {
    expect(slots('2026-03-06T21:00:00Z')).toEqual(['2026-03-09T12:00Z']) // Friday 18:00: Monday
    expect(slots('2026-03-08T23:00:00Z', { timeZone: 'Asia/Tokyo' })).toEqual(['2026-03-09T00:00Z']) // Sunday in UTC, Monday 8:00 in Tokyo
    expect(slots('2026-03-07T02:00:00Z', { timeZone: 'Pacific/Honolulu' })).toEqual(['2026-03-07T02:00Z']) // Saturday in UTC, Friday 16:00 there
  })

  test('overlaps nothing that is busy, and may touch it', () => {
    const busy: [string, string][] = [
      ['2026-03-02T12:00:00Z', '2026-03-02T12:30:00Z'],
      ['2026-03-02T13:15:00Z', '2026-03-02T13:45:00Z'],
    ]
    expect(slots('2026-03-02T12:00:00Z', { busy, take: 3 })).toEqual([
      '2026-03-02T12:30Z',
      '2026-03-02T14:00Z',
      '2026-03-02T14:30Z',
    ])
    expect(slots('2026-03-02T12:00:00Z', { busy, minutes: 60 })).toEqual(['2026-03-02T14:00Z'])
  })

  test('keeps to local hours across a change of clocks', () => {
    // New York: 9:00 is 14:00 UTC before 8 March 2026 and 13:00 UTC after it.
    expect(slots('2026-03-06T12:00:00Z', { timeZone: 'America/New_York' })).toEqual(['2026-03-06T14:00Z'])
    expect(slots('2026-03-07T12:00:00Z', { timeZone: 'America/New_York' })).toEqual(['2026-03-09T13:00Z'])
  })

  test('follows zones that are not whole hours from UTC', () => {
    expect(slots('2026-03-02T00:00:00Z', { timeZone: 'Asia/Kolkata' })).toEqual(['2026-03-02T03:30Z'])
  })

  test('does not exist when everything is taken', () => {
    expect(slots('2026-03-02T12:00:00Z', { busy: [['2026-03-01T00:00:00Z', '2026-04-01T00:00:00Z']] })).toEqual([])
  })
})

test('local time and instant are each other’s inverse, also around changes of clocks', () => {
  for (const timeZone of [
    'America/Sao_Paulo',
    'America/New_York',
    'Europe/Lisbon',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
    'UTC',
  ])
    for (let instant = Date.UTC(2026, 2, 27, 9, 15); instant < Date.UTC(2026, 3, 10); instant += 7 * 3_600_000)
      expect(instantOf(localTime(instant, timeZone), timeZone)).toBe(instant)
})

test.each([
  ['30m', 30],
  ['1h', 60],
  ['PT45M', 45],
  ['PT1H30M', 90],
])('%s is %d minutes', (text, minutes) => {
  expect(parseMinutes(text)).toBe(minutes)
})

test.each(['', 'PT', '0m', '4m', '9h', '30', '1d', '30 m'])('%j is no length of a meeting', text => {
  expect(() => parseMinutes(text)).toThrow(PluginError)
})

describe('booking', () => {
  const now = Date.parse('2026-03-02T11:00:00Z') // Monday 8:00 in São Paulo
  const leadId = '01957d3a-0000-7000-8000-000000000000'

  /** The calendar as the records offer it: half hours from 10:00 on, but for those in `takenMeanwhile`, which it says only when they are asked for. */
  const contextWith = (takenMeanwhile: readonly string[], email: string | null = 'ana@acme.com.br') => {
    const asked: { startsAt: string; attendees: unknown; title: string }[] = []
    const questions: { from: string; to: string; minutes: number; limit?: number }[] = []
    const shown: string[] = []
    const ctx = {
      workspace: { id: 'w', name: 'Acme', timeZone: SAO_PAULO, locale: 'pt-BR' },
      t: translatorOf(calendar.messages),
      log: { debug() {}, info() {}, warn() {}, error() {} },
      records: {
        leads: { get: async () => ({ name: 'Ana', email }) },
        meetings: {
          free: async (question: (typeof questions)[0]) => {
            questions.push(question)
            const halves = Array.from({ length: 20 }, (_, i) => Date.parse('2026-03-02T13:00:00Z') + i * 1_800_000)
            const span = (start: number) => ({
              startsAt: new Date(start).toISOString(),
              endsAt: new Date(start + question.minutes * 60_000).toISOString(),
            })
            const slots = halves.map(span).filter(({ startsAt, endsAt }) => !shown.includes(startsAt) && endsAt <= question.to) // prettier-ignore
            return slots.slice(0, question.limit)
          },
          schedule: async (meeting: { startsAt: string; endsAt: string; attendees: unknown; title: string }) => {
            asked.push(meeting)
            if (takenMeanwhile.includes(meeting.startsAt)) {
              shown.push(meeting.startsAt)
              throw Object.assign(new Error('taken'), { code: 'CONFLICT' })
            }
            return { id: 'm1', startsAt: meeting.startsAt, endsAt: meeting.endsAt }
          },
        },
      },
    } as unknown as Parameters<typeof book>[1]
    return { ctx, asked, questions }
  }

  test('gives two hours’ notice and invites the lead', async () => {
    const { ctx, asked, questions } = contextWith([])
    expect(await book({ leadId, duration: '30m' }, ctx, now)).toEqual({
      id: 'm1',
      title: 'Conversa com Ana',
      startsAt: '2026-03-02T13:00:00.000Z',
      endsAt: '2026-03-02T13:30:00.000Z',
      timeZone: SAO_PAULO,
      location: null,
    })
    expect(asked[0]!.attendees).toEqual([{ name: 'Ana', email: 'ana@acme.com.br' }])
    expect(questions).toEqual([
      { from: '2026-03-02T13:00:00.000Z', to: '2026-03-16T13:00:00.000Z', minutes: 30, limit: 1 },
    ])
  })

  test('takes the next time when one was taken meanwhile', async () => {
    const { ctx, asked } = contextWith(['2026-03-02T13:00:00.000Z', '2026-03-02T13:30:00.000Z'])
    expect(await book({ leadId, duration: '30m' }, ctx, now)).toMatchObject({ startsAt: '2026-03-02T14:00:00.000Z' })
    expect(asked).toHaveLength(3)
  })

  test('gives up after ten times that were taken, and says that another try makes sense', async () => {
    const taken = Array.from({ length: 20 }, (_, i) =>
      new Date(Date.parse('2026-03-02T13:00:00Z') + i * 1_800_000).toISOString(),
    )
    const { ctx, asked } = contextWith(taken)
    await expect(book({ leadId, duration: '30m' }, ctx, now)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      retryable: true,
    })
    expect(asked).toHaveLength(10)
  })

  test('says so when nothing is free, or the window is empty', async () => {
    const { ctx } = contextWith([], null)
    await expect(book({ leadId, duration: '30m', latest: '2026-03-02T13:10:00Z' }, ctx, now)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      retryable: false,
    })
    await expect(book({ leadId, duration: '30m', latest: '2026-03-02T12:00:00Z' }, ctx, now)).rejects.toMatchObject({
      code: 'VALIDATION',
    })
  })
})
