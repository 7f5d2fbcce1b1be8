import { calendarService, defineAction, PluginError } from 'trae-os/sdk'
import { bookFor } from '../book.ts'
import { freeSlots } from '../busy.ts'
import { eventIdOf, findEvent, told } from '../events.ts'

export const schedule = defineAction({
  ...calendarService.actions.schedule,
  idempotency: 'key', // the event has the id of the step: made once, found by every repeat
  run: async (request, ctx) => {
    const id = eventIdOf(ctx.run.key)
    const there = await findEvent(ctx, id) // else its own time would be taken, and it would look for another
    if (there) return told(ctx, there)
    const [slot] = await freeSlots(ctx, request, { now: ctx.now, limit: 1 })
    if (!slot)
      throw new PluginError(
        'UNAVAILABLE',
        'There is no free time in working hours. Free some time or allow a later `latest`.',
        {
          retryable: false, // another try a minute later would find the same calendar
        },
      )
    return told(ctx, await bookFor(ctx, id, request, slot))
  },
})
