import { didYouMean } from '../did-you-mean.ts'

/** A wall clock in some time zone: month 1–12, hour 0–23. */
export interface LocalTime {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
}

export type TimeOfDay = Pick<LocalTime, 'hour' | 'minute'>

/** Days of the week as playbooks write them; Sunday is 0, as in JavaScript. */
export const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const
export type Weekday = (typeof WEEKDAYS)[number]

/**
 * The instant (milliseconds since 1970) at which clocks in the time zone show this. A time that is skipped in spring
 * is the first instant after the gap; of one that comes twice in autumn it is the first. Overflow is carried, as in
 * `Date.UTC`: day 32 of January is February 1st. Throws `RangeError` for an unknown zone.
 */
export function instantOf(local: LocalTime, timeZone: string): number {
  const wanted = utc(local)
  const before = offset(wanted - DAY_MS, timeZone)
  const after = offset(wanted + DAY_MS, timeZone)
  // With the greater offset the same wall clock comes earlier: tried first, it gives the first of two.
  for (const guess of [wanted - Math.max(before, after), wanted - Math.min(before, after)])
    if (wanted - offset(guess, timeZone) === guess) return guess
  return endOfGap(wanted - after, wanted - before, timeZone)
}

/** What clocks in the time zone show at an instant (milliseconds since 1970). Throws `RangeError` for an unknown zone. */
export function localTime(instant: number, timeZone: string): LocalTime {
  const { year, month, day, hour, minute } = partsOf(instant, timeZone)
  return { year, month, day, hour, minute }
}

/**
 * The first instant after `after` at which clocks in the time zone show this time of day, on one of `days` where they
 * are given: `wait` until next 09:00.
 */
export function nextTimeOfDay(
  after: number,
  time: TimeOfDay,
  timeZone: string,
  days: readonly Weekday[] = WEEKDAYS,
): number {
  const today = localTime(after, timeZone)
  for (let ahead = 0; ; ahead++) {
    const date = addDays(today, ahead)
    if (!days.includes(weekdayOf(date))) continue
    const instant = instantOf({ ...date, ...time }, timeZone)
    if (instant > after) return instant
  }
}

export function weekdayOf({ year, month, day }: Pick<LocalTime, 'year' | 'month' | 'day'>): Weekday {
  return WEEKDAYS[new Date(Date.UTC(year, month - 1, day)).getUTCDay()]!
}

/** So many days of the calendar later, at the same time of day: where a clock changes these are not 24 hours each. */
export function addDays(local: LocalTime, days: number): LocalTime {
  const date = new Date(Date.UTC(local.year, local.month - 1, local.day + days))
  return { ...local, year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() }
}

/** Is this a time zone by its IANA name, `America/Sao_Paulo`? Offsets such as `-03:00` know no summer time and are none. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false
  try {
    formatOf(name)
    return true
  } catch {
    return false
  }
}

/** The time of day that was meant: by `9`, `9:00`, `9h`, `9h30`, `9am` and `6 pm`. */
export function likelyTimeOfDay(written: unknown): string | undefined {
  const match = /^(\d{1,2})(?:[:h.](\d{2}))?\s*(h|hs|am|pm)?$/i.exec(String(written).trim())
  if (!match) return undefined
  const [, hour, minute = '00', half = ''] = match
  const hours = (Number(hour) % (/m/i.test(half) ? 12 : 25)) + (/pm/i.test(half) ? 12 : 0)
  const time = `${String(hours).padStart(2, '0')}:${minute}`
  return parseTimeOfDay(time) && Number(hour) <= 24 ? time : undefined
}

const DAY_WORDS = [
  ['sun', 'dom'],
  ['mon', 'seg'],
  ['tue', 'ter'],
  ['wed', 'qua'],
  ['thu', 'qui'],
  ['fri', 'sex'],
  ['sat', 'sab', 'sáb'],
] as const

/** The day that was meant: by `monday` and `segunda`. */
export function likelyWeekday(written: string): Weekday | undefined {
  const word = written.trim().toLowerCase().slice(0, 3)
  return DAY_WORDS.find(words => (words as readonly string[]).includes(word))?.[0]
}

/** The zone that was meant: by a slip of the pen, or by its city alone. */
export function likelyZone(written: string): string | undefined {
  const zones = Intl.supportedValuesOf('timeZone')
  const city = written.trim().replaceAll(' ', '_').toLowerCase()
  return didYouMean(written, zones) ?? zones.find(zone => zone.toLowerCase().endsWith(`/${city}`))
}

/** `09:30` → hour 9, minute 30; undefined for what is no time of day. `24:00` is the end of the day. */
export function parseTimeOfDay(text: string): TimeOfDay | undefined {
  const match = /^([01]\d|2[0-4]):([0-5]\d)$/.exec(text)
  if (!match) return undefined
  const [hour, minute] = [Number(match[1]), Number(match[2])]
  return hour === 24 && minute > 0 ? undefined : { hour, minute }
}

const DAY_MS = 86_400_000

/** The clocks are put forward once between the two: the first instant at which they are. */
function endOfGap(low: number, high: number, timeZone: string): number {
  const before = offset(low, timeZone)
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (offset(middle, timeZone) === before) low = middle
    else high = middle
  }
  return high
}

/** Milliseconds that clocks in the zone are ahead of UTC. */
function offset(instant: number, timeZone: string): number {
  const parts = partsOf(instant, timeZone)
  return utc(parts) + parts.second * 1000 - Math.floor(instant / 1000) * 1000
}

const utc = ({ year, month, day, hour, minute }: LocalTime) => Date.UTC(year, month - 1, day, hour, minute)

function partsOf(instant: number, timeZone: string): LocalTime & { readonly second: number } {
  const parts: Record<string, number> = {}
  for (const { type, value } of formatOf(timeZone).formatToParts(instant)) parts[type] = Number(value)
  return {
    year: parts['year']!,
    month: parts['month']!,
    day: parts['day']!,
    hour: parts['hour']!,
    minute: parts['minute']!,
    second: parts['second']!,
  }
}

// The making of a format costs far more than its use.
const formats = new Map<string, Intl.DateTimeFormat>()
function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone)
  if (!format) {
    format = new Intl.DateTimeFormat('en-u-ca-gregory-nu-latn', {
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
      hourCycle: 'h23',
      timeZone,
    })
    formats.set(timeZone, format)
  }
  return format
}
