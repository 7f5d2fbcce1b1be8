import { defineAction, Findings, findingsShape, sayIn, z } from 'trae-os/sdk'
import { readTimes, type Wish } from '../read-times.ts'

const moment = z.iso.datetime({ offset: true })

export const intelligentScheduling = defineAction({
  title: 'Choose a time that fits',
  description:
    'Reads from a reply when somebody can (“quinta de manhã”, “tomorrow after 2pm”) and puts the free times in order: those that fit first. Books nothing. ' +
    'Where no free time fits, `best` is null: ask rather than book.',
  input: z.object({
    text: z.string().max(5000).describe('What they wrote.'),
    slots: z
      .array(z.looseObject({ startsAt: moment, endsAt: moment }))
      .max(250)
      .describe('From calendar/find-slots; none to ask only what was understood.'),
    at: moment.describe('When they wrote it: “tomorrow” is the day after.'),
    timeZone: z
      .string()
      .max(60)
      .nullish()
      .describe('Theirs, IANA; without it the lead’s of the run, else the workspace’s.'),
  }),
  output: z.object({
    ...findingsShape,
    understood: z.array(z.string()).describe('The words that were read as a time; empty: they said none.'),
    best: z.object({ startsAt: z.string(), endsAt: z.string() }).nullable(),
    slots: z.array(z.object({ startsAt: z.string(), endsAt: z.string(), fits: z.boolean(), local: z.string() })),
    reason: z.string().describe('In the language of the team.'),
  }),
  effect: 'none',
  idempotency: 'none',
  sample: {
    text: 'Pode ser quinta de manhã?',
    at: '2026-03-02T12:00:00Z',
    slots: [{ startsAt: '2026-03-05T13:00:00Z', endsAt: '2026-03-05T13:30:00Z' }],
  },
  run: ({ text, slots, at, timeZone }, ctx) => {
    const zone = timeZone ?? ctx.timeZone
    const { locale } = ctx.workspace
    // A person of the team reads a time of another zone only with its name
    const named = zone === ctx.workspace.timeZone ? {} : ({ timeZoneName: 'short' } as const)
    const wish = readTimes(text)
    const said = wish.words.length > 0
    const today = localOf(at, zone)
    const judged = slots.map(({ startsAt, endsAt }) => ({
      startsAt,
      endsAt,
      fits: !said || fits(wish, today, localOf(startsAt, zone)),
      local: new Intl.DateTimeFormat(locale, {
        timeZone: zone,
        weekday: 'short',
        day: 'numeric',
        month: 'short',
        hour: '2-digit',
        minute: '2-digit',
        ...named,
      }).format(new Date(startsAt)),
    }))
    judged.sort((a, b) => Number(b.fits) - Number(a.fits) || Date.parse(a.startsAt) - Date.parse(b.startsAt))
    const first = judged[0]?.fits ? judged[0] : undefined
    const why = slots.length === 0 ? 'none' : first ? (said ? 'fits' : 'first') : 'unfit'
    const say = sayIn(ctx)
    const findings = new Findings()
    const words = findings.given(say('fact.words'), wish.words.join(', '), 'input.text', say('time.ask'))
    const from = words ? `input.slots, ${words}` : 'input.slots'
    const fitting = judged.filter(one => one.fits).length
    if (slots.length === 0) findings.missing(say('fact.free'), say('time.none'))
    else findings.fact(say('fact.free'), `${fitting} / ${slots.length}`, 'computed', from)
    if (first) findings.fact(say('fact.best'), first.local, 'computed', from)
    return {
      understood: wish.words,
      best: first ? { startsAt: first.startsAt, endsAt: first.endsAt } : null,
      slots: judged,
      reason: ctx.t(`time.${why}`, { words: wish.words.join(', '), when: first?.local ?? '' }, locale),
      ...findings.shown,
    }
  },
})

interface Local {
  /** Days since 1970, of the local calendar. */
  readonly day: number
  readonly weekday: number
  readonly hour: number
}

function localOf(instant: string, timeZone: string): Local {
  const style = {
    timeZone,
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    hourCycle: 'h23',
  } as const
  const parts = Object.fromEntries(
    new Intl.DateTimeFormat('en-US', style)
      .formatToParts(new Date(instant))
      .map(({ type, value }) => [type, Number(value)]),
  ) as Record<string, number>
  const day = Date.UTC(parts['year']!, parts['month']! - 1, parts['day']!) / 86_400_000
  return { day, weekday: ((day + 3) % 7) + 1, hour: parts['hour']! + parts['minute']! / 60 } // 1970-01-01 was a Thursday
}

function fits({ weekdays, inDays, nextWeek, from, until }: Wish, today: Local, slot: Local): boolean {
  const nextMonday = today.day + (8 - today.weekday)
  const days = weekdays.length > 0 || inDays.length > 0
  const dayFits = weekdays.includes(slot.weekday) || inDays.includes(slot.day - today.day)
  if (days && !dayFits) return false
  if (nextWeek && (slot.day < nextMonday || slot.day >= nextMonday + 7)) return false
  return slot.hour >= (from ?? 0) && slot.hour < (until ?? 24)
}
