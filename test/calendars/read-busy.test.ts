import { describe, expect, it } from 'vitest'
import { readBusy } from '../../core/calendars/read-busy.ts'

const span = {
  from: new Date('2026-03-01T00:00:00Z'),
  to: new Date('2026-04-30T00:00:00Z'),
  timeZone: 'America/Sao_Paulo',
}
const calendar = (...parts: string[]) =>
  `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n${parts.join('')}END:VCALENDAR\r\n`
const event = (...lines: string[]) => ['BEGIN:VEVENT', 'UID:a', ...lines, 'END:VEVENT', ''].join('\r\n')
const spans = (text: string) =>
  readBusy(text, span).map(({ startsAt, endsAt }) => [startsAt.toISOString(), endsAt.toISOString()])

describe('the busy times of a calendar', () => {
  it('follow a zone through its change of clocks, whether the calendar defines it or only names it', () => {
    const weekly = (zone: string) =>
      event(`DTSTART;TZID=${zone}:20260322T090000`, `DTEND;TZID=${zone}:20260322T100000`, 'RRULE:FREQ=WEEKLY;COUNT=2')
    const wanted = [
      ['2026-03-22T08:00:00.000Z', '2026-03-22T09:00:00.000Z'],
      ['2026-03-29T07:00:00.000Z', '2026-03-29T08:00:00.000Z'],
    ]
    expect(spans(calendar(weekly('Europe/Berlin')))).toEqual(wanted)
    const defined = `BEGIN:VTIMEZONE\r\nTZID:Mine\r\nBEGIN:DAYLIGHT\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nDTSTART:19810329T020000\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\nEND:DAYLIGHT\r\nBEGIN:STANDARD\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nDTSTART:19961027T030000\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n`
    expect(spans(calendar(defined, weekly('Mine')))).toEqual(wanted)
  })

  it('leave out exceptions, move what was moved, and end where the rule ends', () => {
    const text = calendar(
      event(
        'DTSTART:20260310T120000Z',
        'DTEND:20260310T130000Z',
        'RRULE:FREQ=DAILY;UNTIL=20260313T120000Z',
        'EXDATE:20260311T120000Z',
      ),
      event('RECURRENCE-ID:20260312T120000Z', 'DTSTART:20260312T150000Z', 'DTEND:20260312T153000Z'),
      event('RECURRENCE-ID:20260313T120000Z', 'STATUS:CANCELLED', 'DTSTART:20260313T120000Z', 'DTEND:20260313T130000Z'),
    )
    expect(spans(text)).toEqual([
      ['2026-03-10T12:00:00.000Z', '2026-03-10T13:00:00.000Z'],
      ['2026-03-12T15:00:00.000Z', '2026-03-12T15:30:00.000Z'],
    ])
  })

  it('take whole days where we are, and times without a zone as well', () => {
    expect(spans(calendar(event('DTSTART;VALUE=DATE:20260310', 'DTEND;VALUE=DATE:20260312')))).toEqual([
      ['2026-03-10T03:00:00.000Z', '2026-03-12T03:00:00.000Z'],
    ])
    expect(spans(calendar(event('DTSTART:20260310T090000', 'DURATION:PT45M')))).toEqual([
      ['2026-03-10T12:00:00.000Z', '2026-03-10T12:45:00.000Z'],
    ])
  })

  it('are refused where they would never end to be counted, and where there is no calendar', () => {
    const text = calendar(event('DTSTART:19700101T000000Z', 'DTEND:19700101T000001Z', 'RRULE:FREQ=SECONDLY'))
    expect(() => spans(text)).toThrow('more occurrences than are read')
    expect(() => spans('<html>')).toThrow('is no calendar')
  })
})
