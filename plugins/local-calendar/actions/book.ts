import { calendarService, defineAction } from 'trae-os/sdk'
import { parseMinutes } from '../parse-minutes.ts'

export const bookTime = defineAction({
  ...calendarService.actions.book,
  description:
    'Books this very time with somebody who is free, once per step. In nobody’s working hours it is whoever is free. Fails with CONFLICT when nobody is.',
  idempotency: 'key',
  run: async ({ leadId, startsAt, duration = '30m', title, location }, ctx) => {
    const lead = await ctx.records.leads.get({ id: leadId })
    const start = Date.parse(startsAt)
    return ctx.records.meetings.schedule({
      leadId,
      title: title ?? ctx.t('title', { name: lead.name }),
      startsAt: new Date(start).toISOString(),
      endsAt: new Date(start + parseMinutes(duration) * 60_000).toISOString(),
      attendees: lead.email === null ? [] : [{ name: lead.name, email: lead.email }],
      location,
    })
  },
})
