import { describe, expect, it, test } from 'vitest'
import { sendMoment, type SendWindow } from '../../core/playbooks/send-window.ts'

const HOUR = 3_600_000
const office: SendWindow = {
  days: ['mon', 'tue', 'wed', 'thu', 'fri'],
  fromMinute: 9 * 60,
  toMinute: 18 * 60,
  timeZone: 'subject',
  spreadMs: 0,
}
const inSaoPaulo = { key: 'run/step', timeZone: 'America/Sao_Paulo', holidays: 'BR' } as const
const moment = (window: SendWindow, now: string, effect: Parameters<typeof sendMoment>[2] = inSaoPaulo) =>
  new Date(sendMoment(window, Date.parse(now), effect)).toISOString()

describe('a send window', () => {
  it.each([
    ['within it', '2026-03-02T15:00:00Z', '2026-03-02T15:00:00.000Z'],
    ['at its opening', '2026-03-02T12:00:00Z', '2026-03-02T12:00:00.000Z'],
    ['a minute before', '2026-03-02T11:59:00Z', '2026-03-02T12:00:00.000Z'],
    ['at its end, which is outside', '2026-03-02T21:00:00Z', '2026-03-03T12:00:00.000Z'],
    ['on a Friday night', '2026-03-06T23:00:00Z', '2026-03-09T12:00:00.000Z'],
    ['before Good Friday', '2026-04-02T22:00:00Z', '2026-04-06T12:00:00.000Z'],
    ['before Tiradentes', '2026-04-20T22:00:00Z', '2026-04-22T12:00:00.000Z'],
  ])('%s', (_, now, sent) => {
    expect(moment(office, now)).toBe(sent)
  })

  test('takes no notice of holidays where none are kept', () => {
    expect(moment(office, '2026-04-20T22:00:00Z', { ...inSaoPaulo, holidays: 'none' })).toBe('2026-04-21T12:00:00.000Z')
  })

  test('opens by the clock of its zone on either side of a change', () => {
    const newYork = { ...inSaoPaulo, timeZone: 'America/New_York' }
    expect(moment(office, '2026-03-06T23:30:00Z', newYork)).toBe('2026-03-09T13:00:00.000Z') // EDT since the 8th
    expect(moment(office, '2026-10-30T23:30:00Z', newYork)).toBe('2026-11-03T14:00:00.000Z') // the 2nd is Finados
  })

  test('may reach to the end of the day', () => {
    const late = { ...office, fromMinute: 22 * 60, toMinute: 24 * 60 }
    expect(moment(late, '2026-03-03T02:59:00Z')).toBe('2026-03-03T02:59:00.000Z')
    expect(moment(late, '2026-03-03T03:00:00Z')).toBe('2026-03-04T01:00:00.000Z')
  })

  test('that lies in the hour which the clock skips is closed that day', () => {
    const night: SendWindow = { ...office, days: ['sun', 'mon'], fromMinute: 125, toMinute: 175 }
    expect(moment(night, '2026-03-08T05:00:00Z', { ...inSaoPaulo, timeZone: 'America/New_York' })).toBe(
      '2026-03-09T06:05:00.000Z',
    )
  })

  test('spreads what waited for the opening, each effect always to the same moment, and never past the end', () => {
    const spread = { ...office, spreadMs: 15 * 60_000 }
    const moments = Array.from({ length: 400 }, (_, index) =>
      sendMoment(spread, Date.parse('2026-03-02T05:00:00Z'), { ...inSaoPaulo, key: `run-${index}/step` }),
    )
    const opening = Date.parse('2026-03-02T12:00:00Z')
    expect(Math.min(...moments)).toBeGreaterThanOrEqual(opening)
    expect(Math.max(...moments)).toBeLessThan(opening + 15 * 60_000)
    for (let minute = 0; minute < 15; minute++)
      expect(moments.filter(at => Math.floor((at - opening) / 60_000) === minute).length).toBeGreaterThan(8)
    const again = sendMoment(spread, Date.parse('2026-03-02T11:30:00Z'), { ...inSaoPaulo, key: 'run-7/step' })
    expect(again).toBe(moments[7])
    const wide = { ...office, spreadMs: 48 * HOUR }
    for (let index = 0; index < 50; index++)
      expect(
        sendMoment(wide, Date.parse('2026-03-02T05:00:00Z'), { ...inSaoPaulo, key: `${index}` }) - opening,
      ).toBeLessThan(9 * HOUR)
  })
})
