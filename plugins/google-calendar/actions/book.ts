import { calendarService, defineAction, PluginError } from 'trae-os/sdk'
import { bookFor } from '../book.ts'
import { busyIn, iso, minutesOf } from '../busy.ts'
import { eventIdOf, findEvent, told } from '../events.ts'

export const bookTime = defineAction({
  ...calendarService.actions.book,
  idempotency: 'key',
  run: async (request, ctx) => {
    const id = eventIdOf(ctx.run.key)
    const there = await findEvent(ctx, id)
    if (there) return told(ctx, there)
    const start = Date.parse(request.startsAt)
    const end = start + minutesOf(request.duration) * 60_000
    if ((await busyIn(ctx, start, end)).length > 0)
      throw new PluginError('CONFLICT', `Google Calendar: ${iso(start)} is taken. Choose another time.`)
    return told(ctx, await bookFor(ctx, id, request, { startsAt: iso(start), endsAt: iso(end) }))
  },
})
