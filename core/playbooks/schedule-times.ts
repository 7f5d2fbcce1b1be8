import { Cron } from 'croner'
import { instantOf, localTime } from './local-time.ts'

/** When a schedule fires. */
export type Timing =
  /** Five fields, in the local time of a zone. */
  | { readonly kind: 'cron'; readonly cron: string; readonly timeZone: string }
  /** Counted from the moment at which the schedule came to be. */
  | { readonly kind: 'every'; readonly everyMs: number }

/**
 * The first tick after a moment (milliseconds since 1970); of `every`, one interval later. A local time that clocks skip
 * is the first instant after the gap, one that comes twice is the first of the two, and times that fall on one instant are
 * one tick. Undefined where there is none. croner knows the pattern only, and never a time zone: it would leave skipped
 * times out.
 */
export function nextTick(timing: Timing, after: number): number | undefined {
  if (timing.kind === 'every') return after + timing.everyMs
  const { timeZone } = timing
  const pattern = patternOf(timing.cron)
  const { year, month, day, hour, minute } = localTime(after, timeZone)
  let wall = new Date(Date.UTC(year, month - 1, day, hour, minute))
  // in an hour that comes again, its times have been: a few steps until the clocks are past it
  for (;;) {
    const next = pattern.nextRun(wall)
    if (!next) return undefined
    const local = { year: next.getUTCFullYear(), month: next.getUTCMonth() + 1, day: next.getUTCDate() }
    const instant = instantOf({ ...local, hour: next.getUTCHours(), minute: next.getUTCMinutes() }, timeZone)
    if (instant > after) return instant
    wall = next
  }
}

/** The latest `limit` ticks from `first` (itself a tick) up to `until`, in order, and whether there were earlier ones. */
export function ticksUntil(
  timing: Timing,
  first: number,
  until: number,
  limit: number,
): { readonly ticks: readonly number[]; readonly more: boolean } {
  if (first > until) return { ticks: [], more: false }
  if (timing.kind === 'every') {
    const count = Math.floor((until - first) / timing.everyMs) + 1
    const left = Math.max(0, count - limit)
    const ticks = Array.from({ length: count - left }, (_, index) => first + (left + index) * timing.everyMs)
    return { ticks, more: left > 0 }
  }
  // a year of minutes is half a million ticks: look backwards through windows that grow until one holds enough
  for (let window = 3_600_000; ; window *= 4) {
    const from = Math.max(first - 1, until - window)
    const ticks: number[] = []
    for (let tick = nextTick(timing, from); tick !== undefined && tick <= until; tick = nextTick(timing, tick))
      ticks.push(tick)
    if (from === first - 1) return { ticks: ticks.slice(-limit), more: ticks.length > limit }
    if (ticks.length >= limit) return { ticks: ticks.slice(-limit), more: true }
  }
}

const patterns = new Map<string, Cron>()
function patternOf(cron: string): Cron {
  const known = patterns.get(cron)
  if (known) return known
  if (patterns.size >= 1000) patterns.clear() // texts that are only checked come from anyone
  const pattern = new Cron(cron, { timezone: 'UTC', mode: '5-part' })
  patterns.set(cron, pattern)
  return pattern
}

/** What is wrong with a pattern, and where in its text; undefined where it is fine. */
export interface CronFault {
  readonly message: string
  readonly start: number
  readonly end: number
}

const FIELDS = ['minute', 'hour', 'day of the month', 'month', 'day of the week'] as const

export function cronFault(cron: string): CronFault | undefined {
  const fields = Array.from(cron.matchAll(/\S+/g))
  const whole = { start: 0, end: cron.length }
  if (!cron.trim().startsWith('@') && fields.length !== FIELDS.length)
    return {
      message: `it must have five fields (${FIELDS.join(', ')}), found ${fields.length}`,
      ...whole,
    }
  const why = refusal(cron)
  if (why === undefined)
    return nextTick({ kind: 'cron', cron, timeZone: 'UTC' }, Date.UTC(2026, 0)) === undefined
      ? { message: 'this time never comes', ...whole }
      : undefined
  for (const [index, field] of fields.entries()) {
    const alone = FIELDS.map((_, position) => (position === index ? field[0] : '*')).join(' ')
    const fault = fields.length === FIELDS.length ? refusal(alone) : undefined
    if (fault !== undefined)
      return {
        message: `the ${FIELDS[index]} cannot be ${field[0]} (${fault})`,
        start: field.index,
        end: field.index + field[0].length,
      }
  }
  return { message: why, ...whole }
}

function refusal(cron: string): string | undefined {
  try {
    patternOf(cron)
    return undefined
  } catch (error) {
    return (error as Error).message.replace(/^CronPattern: (Syntax error, )?/, '').replace(/\.$/, '')
  }
}
