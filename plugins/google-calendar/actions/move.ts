import { calendarService, defineAction, PluginError } from 'trae-os/sdk'
import { isTaken, iso } from '../busy.ts'
import { findEvent, type GoogleEvent, told } from '../events.ts'
import { calendarPath, request } from '../request.ts'

export const move = defineAction({
  ...calendarService.actions.move,
  idempotency: 'key', // set twice is set once
  run: async ({ id, startsAt }, ctx) => {
    const event = await findEvent(ctx, id)
    const from = event?.start?.dateTime
    if (!event || from === undefined)
      throw new PluginError('NOT_FOUND', `Google Calendar: there is no meeting ${id} that could be moved.`)
    const start = Date.parse(startsAt)
    const end = start + Date.parse(event.end?.dateTime ?? from) - Date.parse(from)
    if (await isTaken(ctx, id, start, end))
      throw new PluginError('CONFLICT', `Google Calendar: ${iso(start)} is taken. Choose another time.`)
    const { timeZone } = ctx.workspace
    const body = { start: { dateTime: iso(start), timeZone }, end: { dateTime: iso(end), timeZone } }
    const path = await calendarPath(ctx, 'events', id)
    const moved = await request<GoogleEvent>(ctx, { method: 'PATCH', path, query: { sendUpdates: 'all' }, body })
    return told(ctx, moved)
  },
})
