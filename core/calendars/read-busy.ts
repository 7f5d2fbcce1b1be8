import ICAL from 'ical.js'
import { TraeError } from '../errors.ts'
import { instantOf } from '../playbooks/local-time.ts'

export interface BusyTime {
  readonly uid: string
  readonly startsAt: Date
  readonly endsAt: Date
}

/** Occurrences that are looked at, of the whole calendar: one that has more is refused, not half read. */
const MOST_OCCURRENCES = 100_000
const MOST_BUSY = 5_000

/**
 * When a calendar (RFC 5545) is busy between two instants, in order. Repeated events are expanded with their exceptions; what is
 * cancelled or shown as free counts for nothing. Times without a zone, and whole days, are meant in `timeZone` (IANA). Pure. Throws
 * `VALIDATION` for a text that is no calendar, or one with too many occurrences.
 */
export function readBusy(
  text: string,
  { from, to, timeZone }: { readonly from: Date; readonly to: Date; readonly timeZone: string },
): BusyTime[] {
  const calendar = parse(text)
  const components = calendar.getAllSubcomponents('vevent')
  const moved = Map.groupBy(
    components.filter(one => one.hasProperty('recurrence-id')),
    uidOf,
  )
  const busy: BusyTime[] = []
  let looked = 0
  const take = (uid: string, component: ICAL.Component, start: ICAL.Time, end: ICAL.Time) => {
    const startsAt = new Date(instant(start, component, timeZone))
    const endsAt = new Date(instant(end, component, timeZone))
    if (isFree(component) || endsAt <= from || startsAt >= to || endsAt <= startsAt) return
    if (busy.length === MOST_BUSY) throw tooMany()
    busy.push({ uid, startsAt, endsAt })
  }
  for (const component of components) {
    if (component.hasProperty('recurrence-id') || !component.hasProperty('dtstart')) continue
    const event = new ICAL.Event(component, { strictExceptions: true })
    const uid = uidOf(component)
    if (!event.isRecurring()) {
      take(uid, component, event.startDate, event.endDate)
      continue
    }
    for (const exception of moved.get(uid) ?? []) event.relateException(exception)
    const iterator = event.iterator()
    for (let next = iterator.next(); next; next = iterator.next()) {
      if (++looked > MOST_OCCURRENCES) throw tooMany()
      if (instant(next, component, timeZone) >= to.getTime()) break
      const { item, startDate, endDate } = event.getOccurrenceDetails(next)
      take(uid, item.component, startDate, endDate)
    }
  }
  return busy.toSorted((a, b) => a.startsAt.getTime() - b.startsAt.getTime())
}

function parse(text: string): ICAL.Component {
  try {
    const calendar = new ICAL.Component(ICAL.parse(text) as unknown[] as never)
    if (calendar.name === 'vcalendar') return calendar
  } catch {
    // said below
  }
  throw new TraeError('VALIDATION', 'What stands there is no calendar (iCalendar, .ics): look at the address.')
}

const uidOf = (component: ICAL.Component) => String(component.getFirstPropertyValue('uid') ?? '')

function isFree(component: ICAL.Component): boolean {
  const said = (name: string) => String(component.getFirstPropertyValue(name) ?? '').toUpperCase()
  return said('transp') === 'TRANSPARENT' || said('status') === 'CANCELLED'
}

/** Zones of the calendar itself hold; a name without a definition is one of IANA where it is known, else the time is meant where we are. */
function instant(time: ICAL.Time, component: ICAL.Component, timeZone: string): number {
  const { year, month, day, hour, minute } = time
  if (time.isDate) return instantOf({ year, month, day, hour: 0, minute: 0 }, timeZone)
  if (time.zone !== ICAL.Timezone.localTimezone) return time.toUnixTime() * 1000
  const named = component.getFirstProperty('dtstart')?.getFirstParameter('tzid')
  return instantOf({ year, month, day, hour, minute }, named !== undefined && isZone(named) ? named : timeZone)
}

function isZone(name: string): boolean {
  try {
    return Intl.DateTimeFormat('en', { timeZone: name }) !== undefined
  } catch {
    return false
  }
}

const tooMany = () =>
  new TraeError('VALIDATION', 'This calendar has more occurrences than are read: subscribe to one with fewer.')
