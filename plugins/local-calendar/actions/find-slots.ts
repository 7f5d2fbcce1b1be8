import { calendarService, defineAction, findSlots, PluginError } from 'trae-os/sdk'
import { parseMinutes } from '../parse-minutes.ts'
import { HORIZON, NOTICE } from '../horizon.ts'

export const findFreeTimes = defineAction({
  ...calendarService.actions['find-slots'],
  description:
    'Free times between 9:00 and 18:00, Monday to Friday, in the time zone of the workspace, at least two hours ahead, earliest first. Books nothing.',
  idempotency: 'none',
  run: async ({ duration = '30m', earliest, latest, limit = 5 }, ctx) => {
    const { timeZone } = ctx.workspace
    const from = Math.max(ctx.now + NOTICE, earliest === undefined ? 0 : Date.parse(earliest))
    const to = latest === undefined ? from + HORIZON : Date.parse(latest)
    if (to <= from)
      throw new PluginError('VALIDATION', `\`latest\` (${latest}) is not after ${new Date(from).toISOString()}.`)
    const minutes = parseMinutes(duration)
    const [start, end] = [new Date(from).toISOString(), new Date(to).toISOString()]
    const busy = await ctx.records.meetings.busy({ from: start, to: end })
    const slots: { startsAt: string; endsAt: string }[] = []
    for (const slot of findSlots({ from, to, minutes, timeZone, busy })) {
      slots.push({ startsAt: new Date(slot.start).toISOString(), endsAt: new Date(slot.end).toISOString() })
      if (slots.length === limit) break
    }
    return { slots, timeZone }
  },
})
