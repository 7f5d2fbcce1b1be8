import { calendarService, defineAction, PluginError } from 'trae-os/sdk'
import { parseMinutes } from '../parse-minutes.ts'
import { HORIZON, NOTICE } from '../horizon.ts'

export const findFreeTimes = defineAction({
  ...calendarService.actions['find-slots'],
  description:
    'Times at which somebody of the team is free in their working hours, at least two hours ahead, earliest first. Books nothing.',
  idempotency: 'none',
  run: async ({ duration = '30m', earliest, latest, limit = 5 }, ctx) => {
    const from = Math.max(ctx.now + NOTICE, earliest === undefined ? 0 : Date.parse(earliest))
    const to = latest === undefined ? from + HORIZON : Date.parse(latest)
    if (to <= from)
      throw new PluginError('VALIDATION', `\`latest\` (${latest}) is not after ${new Date(from).toISOString()}.`)
    const slots = await ctx.records.meetings.free({
      from: new Date(from).toISOString(),
      to: new Date(to).toISOString(),
      minutes: parseMinutes(duration),
      limit,
    })
    return { slots: [...slots], timeZone: ctx.workspace.timeZone }
  },
})
