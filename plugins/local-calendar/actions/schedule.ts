import { type BookedMeeting, calendarService, type Context, defineAction, hasCode, PluginError, z } from 'trae-os/sdk'
import { HORIZON, NOTICE } from '../horizon.ts'
import { parseMinutes } from '../parse-minutes.ts'

const TRIES = 10

const contract = calendarService.actions.schedule

export const schedule = defineAction({
  ...contract,
  description:
    'Books the first time at which somebody of the team is free in their working hours, at least two hours ahead, with ' +
    'whoever is. Once per step: a repeat gives the meeting that was booked.',
  output: contract.output.extend({
    title: z.string(),
    timeZone: z.string().describe('Of the workspace.'),
    location: z.string().nullable(),
  }),
  idempotency: 'key',
  run: async (request, ctx) => book(request, ctx, ctx.now),
})

/** `now` in milliseconds since 1970. Throws `UNAVAILABLE` when nothing is free, or when others
 * were always faster (retryable), `VALIDATION` for times that cannot be. */
export async function book(
  request: z.output<typeof contract.input>,
  ctx: Pick<Context, 'records' | 'workspace' | 'log' | 't'>,
  now: number,
): Promise<BookedMeeting & { title: string; timeZone: string; location: string | null }> {
  const { leadId, location } = request
  const { timeZone } = ctx.workspace
  const from = Math.max(now + NOTICE, request.earliest === undefined ? 0 : Date.parse(request.earliest))
  const to = request.latest === undefined ? from + HORIZON : Date.parse(request.latest)
  const minutes = parseMinutes(request.duration ?? '30m')
  if (to <= from)
    throw new PluginError(
      'VALIDATION',
      `A meeting must end by ${request.latest}, but may not start before ${iso(from)}. Choose a later \`latest\`.`,
    )

  const lead = await ctx.records.leads.get({ id: leadId })
  const title = request.title ?? ctx.t('title', { name: lead.name })
  const attendees = lead.email === null ? [] : [{ name: lead.name, email: lead.email }]
  for (let tries = 1; ; tries++) {
    const [slot] = await ctx.records.meetings.free({ from: iso(from), to: iso(to), minutes, limit: 1 })
    if (!slot)
      throw new PluginError(
        'UNAVAILABLE',
        `Nobody has ${minutes} minutes free in their working hours (${timeZone}) from ${iso(from)} to ${iso(to)}. Free some time or allow a later \`latest\`.`,
        { retryable: false }, // another try a minute later would find the same calendar
      )
    try {
      const meeting = await ctx.records.meetings.schedule({
        leadId,
        title,
        startsAt: slot.startsAt,
        endsAt: slot.endsAt,
        attendees,
        location,
      })
      return { ...meeting, title, timeZone, location: location ?? null }
    } catch (error) {
      if (!hasCode(error, 'CONFLICT')) throw error
      // Somebody booked it since we looked: the next one, but not for ever. Where many book at once, a later try finds them done.
      if (tries === TRIES)
        throw new PluginError(
          'UNAVAILABLE',
          `${tries} times in a row a time was taken before it could be booked. Try again later.`,
        )
      ctx.log.info(`${slot.startsAt} was taken meanwhile.`)
    }
  }
}

const iso = (instant: number) => new Date(instant).toISOString()
