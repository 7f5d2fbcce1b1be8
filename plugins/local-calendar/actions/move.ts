import { calendarService, defineAction } from 'trae-os/sdk'

export const move = defineAction({
  ...calendarService.actions.move,
  idempotency: 'key',
  run: ({ id, startsAt }, ctx) => ctx.records.meetings.move({ id, startsAt }),
})
