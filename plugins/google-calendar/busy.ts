import { type Context, findSlots, PluginError } from 'trae-os/sdk'
import type { GoogleEvent } from './events.ts'
import { calendarPath, request } from './request.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
/** Two hours' notice, then the next two weeks: who waits longer has forgotten why. */
const NOTICE = 2 * HOUR
const HORIZON = 14 * DAY

export interface SlotQuestion {
  readonly duration?: string | undefined
  readonly earliest?: string | undefined
  readonly latest?: string | undefined
}

/** Free times in working hours, earliest first; `now` in milliseconds since 1970. */
export async function freeSlots(
  ctx: Context,
  { duration, earliest, latest }: SlotQuestion,
  { now, limit }: { readonly now: number; readonly limit: number },
): Promise<{ readonly startsAt: string; readonly endsAt: string }[]> {
  const from = Math.max(now + NOTICE, earliest === undefined ? 0 : Date.parse(earliest))
  const to = latest === undefined ? from + HORIZON : Date.parse(latest)
  if (to <= from)
    throw new PluginError(
      'VALIDATION',
      `A meeting must end by ${latest}, but may not start before ${iso(from)}. Choose a later \`latest\`.`,
    )
  const busy = await busyIn(ctx, from, to)
  const found = []
  for (const { start, end } of findSlots({
    from,
    to,
    minutes: minutesOf(duration),
    timeZone: ctx.workspace.timeZone,
    busy,
  })) {
    if (found.length === limit) break
    found.push({ startsAt: iso(start), endsAt: iso(end) })
  }
  return found
}

/** What is taken between two instants, in this calendar. */
export async function busyIn(ctx: Context, from: number, to: number) {
  const { calendarId } = await ctx.credential('google')
  const id = calendarId || 'primary'
  const { calendars } = await request<{
    calendars: Readonly<
      Record<string, { busy?: readonly { start: string; end: string }[]; errors?: readonly { reason?: string }[] }>
    >
  }>(ctx, { method: 'POST', path: '/freeBusy', body: { timeMin: iso(from), timeMax: iso(to), items: [{ id }] } })
  const { busy = [], errors = [] } = calendars[id] ?? {}
  if (errors.length > 0)
    throw new PluginError(
      'NOT_FOUND',
      `Google Calendar: the calendar ${id} cannot be read (${errors[0]!.reason ?? 'unknown'}).`,
    )
  return busy.map(({ start, end }) => ({ startsAt: start, endsAt: end }))
}

/** Is anything but this event in the way? */
export async function isTaken(ctx: Context, id: string, from: number, to: number): Promise<boolean> {
  let pageToken: string | undefined
  do {
    const { items = [], nextPageToken } = await request<{ items?: readonly GoogleEvent[]; nextPageToken?: string }>(
      ctx,
      {
        path: await calendarPath(ctx, 'events'),
        query: { timeMin: iso(from), timeMax: iso(to), singleEvents: true, maxResults: 250, pageToken },
      },
    )
    if (items.some(one => one.id !== id && one.status !== 'cancelled' && one.transparency !== 'transparent'))
      return true
    pageToken = nextPageToken
  } while (pageToken !== undefined)
  return false
}

/** Minutes of `30m`, `1h` or ISO 8601 `PT1H30M`; half an hour without one. Throws `VALIDATION`. */
export function minutesOf(duration = '30m'): number {
  const [, short, unit, hours, minutes] = /^(?:(\d{1,4})([mh])|PT(?:(\d{1,2})H)?(?:(\d{1,4})M)?)$/.exec(duration) ?? []
  const total =
    short === undefined ? Number(hours ?? 0) * 60 + Number(minutes ?? 0) : Number(short) * (unit === 'h' ? 60 : 1)
  if (total >= 5 && total <= 8 * 60) return total
  throw new PluginError(
    'VALIDATION',
    `A meeting cannot last ${JSON.stringify(duration)}: write 5 minutes to 8 hours as 30m, 1h or PT45M.`,
  )
}

export const iso = (instant: number) => new Date(instant).toISOString()
