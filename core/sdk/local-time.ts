/** A wall clock: month 1–12, `minute` counts from midnight. */
export interface LocalTime {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly minute: number
}

/** What clocks in the time zone show at an instant (milliseconds since 1970). Throws `RangeError` for an unknown zone. */
export function localTime(instant: number, timeZone: string): LocalTime {
  const parts: Record<string, number> = {}
  for (const { type, value } of formatOf(timeZone).formatToParts(instant)) parts[type] = Number(value)
  return {
    year: parts['year']!,
    month: parts['month']!,
    day: parts['day']!,
    minute: parts['hour']! * 60 + parts['minute']!,
  }
}

/**
 * The instant at which clocks in the time zone show this. A time that is skipped in spring is the same distance after
 * the gap; of one that comes twice in autumn it is one of the two.
 */
export function instantOf(local: LocalTime, timeZone: string): number {
  const wanted = utc(local)
  const guess = wanted - offset(wanted, timeZone)
  return wanted - offset(guess, timeZone) // the offset may have changed between the two
}

const offset = (instant: number, timeZone: string) =>
  utc(localTime(instant, timeZone)) - Math.floor(instant / 60_000) * 60_000
const utc = ({ year, month, day, minute }: LocalTime) => Date.UTC(year, month - 1, day, 0, minute)

// The making of a format costs far more than its use.
const formats = new Map<string, Intl.DateTimeFormat>()
function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone)
  if (!format) {
    const numeric = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric' } as const
    formats.set(
      timeZone,
      (format = new Intl.DateTimeFormat('en-u-ca-gregory-nu-latn', { ...numeric, timeZone, hourCycle: 'h23' })),
    )
  }
  return format
}
