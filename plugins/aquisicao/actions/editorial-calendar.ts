import { defineAction, draft, Findings, findingsShape, sayIn, z } from 'trae-os/sdk'
import { write } from '../write.ts'

const DAY = 86_400_000

export const editorialCalendar = defineAction({
  title: 'Plan the editorial calendar',
  description:
    'Spreads the posts of each channel over the days that are free for it and gives each a theme in turn. With a model also what each is about. Holidays are ' +
    'those you name.',
  input: z.object({
    from: z.iso.date().describe('The first day.'),
    weeks: z.int().min(1).max(26).default(4),
    channels: z
      .array(
        z.object({
          name: z.string().trim().min(1).max(60),
          perWeek: z.int().min(1).max(7),
          weekdays: z.array(z.int().min(1).max(7)).max(7).default([1, 2, 3, 4, 5]).describe('1 is Monday.'),
        }),
      )
      .min(1)
      .max(8),
    themes: z.array(z.string().trim().min(1).max(200)).max(30).default([]),
    notOn: z.array(z.iso.date()).max(60).default([]).describe('Holidays and other days off.'),
    audience: z.string().trim().max(500).nullish(),
  }),
  output: z.object({
    ...findingsShape,
    slots: z.array(z.object({ day: z.string(), channel: z.string(), theme: z.string().nullable() })),
    dropped: z.int().describe('Posts that found no free day.'),
    draft,
  }),
  effect: 'read',
  idempotency: 'none',
  sample: {
    from: '2026-03-02',
    weeks: 2,
    channels: [{ name: 'LinkedIn', perWeek: 2 }],
    themes: ['Caso de cliente', 'Bastidores'],
  },
  run: async ({ from, weeks, channels, themes, notOn, audience }, ctx) => {
    const say = sayIn(ctx)
    const findings = new Findings()
    const { slots, wanted } = plan(from, weeks, channels, new Set(notOn))
    const dated = slots.map((slot, i) => ({ ...slot, theme: themes.length === 0 ? null : themes[i % themes.length]! }))
    findings.told(say, { themes, audience })
    for (const { day, channel, theme } of dated.slice(0, 60))
      findings.fact(say('calendar.slot', { day, channel }), theme ?? say('calendar.open'), 'given', 'input')
    if (themes.length > 0) await findings.recall(ctx, 'aquisicao', themes.join(', '))
    const ideas = themes.length === 0 ? null : await write(ctx, findings, 'editorial-calendar')
    return { slots: dated, dropped: wanted - slots.length, draft: ideas, ...findings.shown }
  },
})

interface Channel {
  readonly name: string
  readonly perWeek: number
  readonly weekdays: readonly number[]
}

/** In each week the posts of a channel stand as far apart as its free days allow. */
function plan(from: string, weeks: number, channels: readonly Channel[], off: ReadonlySet<string>) {
  const start = Date.parse(from)
  const slots: { day: string; channel: string }[] = []
  for (let week = 0; week < weeks; week++)
    for (const { name, perWeek, weekdays } of channels) {
      const free = [...Array(7).keys()]
        .map(i => new Date(start + (week * 7 + i) * DAY))
        .filter(date => weekdays.includes(date.getUTCDay() || 7))
        .map(date => date.toISOString().slice(0, 10))
        .filter(day => !off.has(day))
      const many = Math.min(perWeek, free.length)
      for (let i = 0; i < many; i++)
        slots.push({ day: free[Math.floor(((i + 0.5) * free.length) / many)]!, channel: name })
    }
  slots.sort((a, b) => a.day.localeCompare(b.day))
  return { slots, wanted: weeks * channels.reduce((sum, { perWeek }) => sum + perWeek, 0) }
}
