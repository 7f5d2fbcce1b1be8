import { instantOf, localTime } from './local-time.ts'

const MINUTE = 60_000

/** Working hours, local time; meetings start at the full or the half hour. */
const OPENS = 9 * 60
const CLOSES = 18 * 60
const GRID = 30

/** Between which moments a meeting of how many minutes is wanted, and what stands in the way. */
export interface SlotRequest {
  /** Instants in milliseconds since 1970. */
  readonly from: number
  readonly to: number
  readonly minutes: number
  /** IANA name. */
  readonly timeZone: string
  /** ISO 8601. */
  readonly busy: readonly { readonly startsAt: string; readonly endsAt: string }[]
}

/**
 * Free times from 9:00 to 18:00, Monday to Friday, in the time zone, in order; each overlaps nothing that is busy. Pure
 * and lazy: take the first. Days are counted in local time, so that weekends and the change to summer time fall right.
 */
export function* findSlots({
  from,
  to,
  minutes,
  timeZone,
  busy,
}: SlotRequest): Generator<{ start: number; end: number }> {
  const taken = busy.map(span => ({ start: Date.parse(span.startsAt), end: Date.parse(span.endsAt) }))
  const first = localTime(from, timeZone)
  for (let day = Date.UTC(first.year, first.month - 1, first.day); ; day += 24 * 60 * MINUTE) {
    const date = new Date(day) // only its calendar date counts
    const midnight = { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() }
    if (instantOf({ ...midnight, minute: OPENS }, timeZone) + minutes * MINUTE > to) return
    if (date.getUTCDay() === 0 || date.getUTCDay() === 6) continue
    for (let minute = OPENS; minute + minutes <= CLOSES; minute += GRID) {
      const start = instantOf({ ...midnight, minute }, timeZone)
      const end = start + minutes * MINUTE
      if (start >= from && end <= to && !taken.some(span => span.start < end && start < span.end)) yield { start, end }
    }
  }
}
