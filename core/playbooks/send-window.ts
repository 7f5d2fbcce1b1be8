import { createHash } from 'node:crypto'
import { type HolidayCalendar, isHoliday } from './holidays.ts'
import { addDays, instantOf, type LocalTime, localTime, type Weekday, weekdayOf } from './local-time.ts'

/** When effects may be sent. `from` and `to` in minutes since midnight of the local day; `to` is outside. */
export interface SendWindow {
  readonly days: readonly Weekday[]
  readonly fromMinute: number
  readonly toMinute: number
  /** `subject`: of the lead, where it is known. Else an IANA name. */
  readonly timeZone: string
  /** Undefined: as the workspace's locale says. */
  readonly holidays?: HolidayCalendar | undefined
  /** The first sends of a day are spread over this time after the opening. */
  readonly spreadMs: number
}

/**
 * When an effect may be sent that is ready at `now` (milliseconds since 1970): `now` within the window, else the next
 * opening plus a share of `spread`. The share comes from the key of the effect, so that whoever computes it again comes
 * to the same moment; it never leads past the end of the window.
 */
export function sendMoment(
  window: SendWindow,
  now: number,
  effect: { readonly key: string; readonly timeZone: string; readonly holidays: HolidayCalendar },
): number {
  const { timeZone, holidays } = effect
  const today = localTime(now, timeZone)
  for (let ahead = 0; ahead < FARTHEST_DAYS; ahead++) {
    const date = addDays(today, ahead)
    if (!window.days.includes(weekdayOf(date)) || isHoliday(date, holidays)) continue
    const opens = atMinute(date, window.fromMinute, timeZone)
    const closes = atMinute(date, window.toMinute, timeZone)
    if (now >= closes || opens >= closes) continue // both in the hour that a clock skips: closed that day
    return now >= opens ? now : opens + shareOf(effect.key, Math.min(window.spreadMs, closes - opens))
  }
  return now // no such window exists: a week has an open day, and holidays do not fill a year
}

const FARTHEST_DAYS = 366

function atMinute(date: LocalTime, minute: number, timeZone: string): number {
  return instantOf({ ...date, hour: Math.floor(minute / 60), minute: minute % 60 }, timeZone)
}

/** A whole number from 0 up to, not with, `below`, the same for the same key everywhere. */
function shareOf(key: string, below: number): number {
  if (below <= 0) return 0
  const hash = createHash('sha256').update(key).digest().readUIntBE(0, 6)
  return Math.floor((hash / 2 ** 48) * below)
}
