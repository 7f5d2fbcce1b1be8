import { defineAction, z } from 'trae-os/sdk'
import { eventOutput, type GoogleEvent, shownEvent } from '../events.ts'
import { calendarPath, request } from '../request.ts'

export const getEvent = defineAction({
  title: 'Read an event',
  description: 'An event of the calendar, and what its guests have answered.',
  input: z.object({ id: z.string().min(1).max(1024) }),
  output: eventOutput,
  effect: 'read',
  idempotency: 'none',
  sample: { id: 'abc123def456' },
  run: async ({ id }, ctx) =>
    shownEvent(await request<GoogleEvent>(ctx, { path: await calendarPath(ctx, 'events', id) })),
})
