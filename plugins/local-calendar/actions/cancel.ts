import { calendarService, defineAction } from 'trae-os/sdk'

export const cancel = defineAction({
  ...calendarService.actions.cancel,
  idempotency: 'key',
  run: (meeting, ctx) => ctx.records.meetings.cancel(meeting),
})
