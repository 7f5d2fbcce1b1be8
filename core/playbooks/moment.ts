const MOMENT = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?) ?(Z|[+-]\d{2}:?\d{2})?)?$/i

/**
 * The moment that a text says: `2026-03-02` (midnight UTC) or `2026-03-02T09:00:00-03:00`; without an offset it is UTC. Undefined for what is
 * no moment, and for a day that no calendar has: JavaScript carries 2026-02-30 over into March.
 */
export function momentOf(text: string): Date | undefined {
  const [, day, time = '00:00', offset = 'Z'] = MOMENT.exec(text.trim()) ?? []
  if (day === undefined || !isDay(day)) return undefined
  const zone = offset.length === 5 ? `${offset.slice(0, 3)}:${offset.slice(3)}` : offset.toUpperCase()
  const moment = new Date(`${day}T${time}${zone}`)
  return Number.isNaN(moment.getTime()) ? undefined : moment
}

/** Is there such a day, as 2026-03-02? */
export function isDay(day: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(day) && new Date(`${day}T00:00:00Z`).toJSON()?.startsWith(day) === true
}

/** For messages: what is wrong with a text that looks like a moment and is none; empty for any other. */
export function noSuchDay(text: string): string {
  const day = /^\s*(\d{4}-\d{2}-\d{2})(?!\d)/.exec(text)?.[1]
  return day === undefined || isDay(day) ? '' : ` (no calendar has ${day})`
}
