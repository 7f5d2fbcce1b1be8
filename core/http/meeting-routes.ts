import { type Request, type RequestHandler, type Response, Router, urlencoded } from 'express'
import type { Window } from '../adapters/limits/limits.ts'
import { writeMeeting } from '../calendars/write-calendar.ts'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { cancelByLead, moveByLead, REFUSALS } from '../sales/change-by-lead.ts'
import { changeLink } from '../sales/meeting-link.ts'
import { type MeetingOfLink, meetingOfLink } from '../sales/meeting-of-link.ts'
import { otherTimes } from '../sales/meeting-times.ts'
import { textOf } from './landing/form.ts'
import { chooseLocale } from './landing/texts.ts'
import { meetingPage, type MeetingPageView, noMeetingPage } from './meetings/meeting-page.ts'
import { route } from './route.ts'
import { sendPage } from './send-page.ts'

const readBody = urlencoded({ extended: false, limit: '16kb', inflate: false })
/** Changes of one meeting by its link: each writes to the lead and rings whoever takes it. */
const CHANGES: readonly Window[] = [{ name: 'hour', seconds: 3600, limit: 10 }]
const LONGEST_REASON = 500

type PageCore = Pick<Core, 'sql' | 'clock' | 'queue' | 'pubsub' | 'log' | 'vault' | 'config' | 'limits'>

/**
 * `/meetings/:token`, the secret address at which a lead moves or cancels its meeting: GET shows it, whoever fetches it ahead, and
 * changes nothing; POST does. `/meetings/:token/meeting.ics` is the meeting for a calendar.
 */
export function meetingRouter(core: PageCore): Router {
  const router = Router()

  const on =
    (handle: (meeting: MeetingOfLink, request: Request, response: Response) => Promise<void> | void): RequestHandler =>
    async (request, response) => {
      const meeting = await meetingOfLink(core, tokenOf(request))
      if (meeting) return handle(meeting, request, response)
      const locale = chooseLocale(request.query['lang'], request.headers['accept-language'])
      sendPage(response.status(404), { locale, secret: true }, nonce => noMeetingPage(locale, nonce))
    }

  const show = on((meeting, request, response) => {
    const asked = request.query['done']
    const done = asked === 'moved' || asked === 'cancelled' ? asked : undefined
    // Who opens an old address reads of what was done while it is still so
    const holds = done === 'cancelled' ? meeting.state === 'cancelled' : meeting.state === 'open'
    return sendMeeting(request, response, meeting, holds ? { done } : {})
  })

  const change = on(async (meeting, request, response) => {
    const body = (request.body ?? {}) as Record<string, unknown>
    const what = textOf(body, 'do', 10)
    const sequence = Number(textOf(body, 'sequence', 10) || Number.NaN)
    if ((what !== 'move' && what !== 'cancel') || !Number.isInteger(sequence))
      throw new TraeError('BAD_USER_INPUT', 'The form must say what to do, and of which sequence, as the page does.')
    const { workspaceId, id } = meeting
    const reason = what === 'cancel' ? textOf(body, 'reason', LONGEST_REASON).trim() : undefined
    const startsAt = new Date(textOf(body, 'startsAt', 40))
    const again = async (status: number, problem: MeetingPageView['problem']) =>
      sendMeeting(request, response.status(status), await meetingOfLink(core, tokenOf(request)), { problem, reason })
    if (what === 'move' && Number.isNaN(startsAt.getTime())) return again(422, 'choose')
    try {
      const taken = await core.limits.take(`meeting:${id}`, CHANGES)
      if (!taken.allowed) {
        response.setHeader('retry-after', Math.max(...taken.left.map(({ reset }) => reset)))
        return await again(429, 'tooMany')
      }
      if (what === 'move') await moveByLead(core, workspaceId, { id, startsAt, sequence })
      else await cancelByLead(core, workspaceId, { id, sequence, reason: reason || null })
    } catch (error) {
      const refused = refusalOf(error)
      if (refused) return again(409, refused)
      core.log.error({ err: error }, 'what a lead did to its meeting could not be stored')
      return again(503, 'unavailable')
    }
    response.redirect(303, `/meetings/${tokenOf(request)}?done=${what === 'move' ? 'moved' : 'cancelled'}`)
  })

  const file = on((meeting, _request, response) => {
    response.setHeader('cache-control', 'private, no-store')
    response.setHeader('referrer-policy', 'no-referrer')
    response.setHeader('x-robots-tag', 'noindex')
    response.setHeader('content-disposition', 'attachment; filename="meeting.ics"')
    const url = changeLink(core, meeting.id)
    const cancelled = meeting.state === 'cancelled'
    response
      .type('text/calendar; charset=utf-8')
      .send(writeMeeting(core, { ...meeting, url, cancelled, description: url }))
  })

  const sendMeeting = async (
    request: Request,
    response: Response,
    meeting: MeetingOfLink | undefined,
    view: Pick<MeetingPageView, 'done' | 'problem' | 'reason'>,
  ) => {
    if (!meeting) throw new TraeError('NOT_FOUND', 'This meeting is not there any more.')
    const times = meeting.state === 'open' ? await otherTimes(core, meeting.workspaceId, meeting, core.clock.now()) : []
    const frame = { locale: meeting.locale, secret: true }
    const found = { file: `/meetings/${tokenOf(request)}/meeting.ics`, times, ...view }
    sendPage(response, frame, nonce => meetingPage(meeting, { nonce, ...found }))
  }

  route(router, '/meetings/:token', { GET: [show], POST: [readBody, change] })
  route(router, '/meetings/:token/meeting.ics', { GET: [file] })
  return router
}

const tokenOf = (request: Request) => String(request.params['token'])

/** Why a change was refused; undefined for what is no refusal. */
function refusalOf(error: unknown) {
  if (!(error instanceof TraeError) || error.code !== 'CONFLICT') return undefined
  const reason = error.details?.['reason']
  return REFUSALS.find(one => one === reason) ?? 'taken' // nobody is free at that time
}
