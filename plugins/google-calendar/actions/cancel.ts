import { calendarService, defineAction } from 'trae-os/sdk'
import { calendarPath, isStatus, request } from '../request.ts'

export const cancel = defineAction({
  ...calendarService.actions.cancel,
  idempotency: 'key',
  run: async ({ id, reason }, ctx) => {
    try {
      await request(ctx, {
        method: 'DELETE',
        path: await calendarPath(ctx, 'events', id),
        query: { sendUpdates: 'all' },
      })
    } catch (error) {
      if (!isStatus(error, 410)) throw error // it was cancelled before
    }
    await ctx.records.meetings.calledOff({ externalId: id, ...(reason === undefined ? {} : { reason }) })
    return { id, cancelled: true as const }
  },
})
