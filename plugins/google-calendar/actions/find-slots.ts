import { calendarService, defineAction } from 'trae-os/sdk'
import { freeSlots } from '../busy.ts'

export const findFreeTimes = defineAction({
  ...calendarService.actions['find-slots'],
  idempotency: 'none',
  run: async (question, ctx) => ({
    slots: await freeSlots(ctx, question, { now: ctx.now, limit: question.limit ?? 5 }),
    timeZone: ctx.workspace.timeZone,
  }),
})
