import { type Request, type RequestHandler, type Response, Router, urlencoded } from 'express'
import type { Window } from '../adapters/limits/limits.ts'
import { writeMeeting } from '../calendars/write-calendar.ts'
import type { Core } from '../context.ts'
import { errorRecord, TraeError } from '../errors.ts'
import { providerTimes } from '../plugins/provider-times.ts'
import { cancelByLead, moveByLead, REFUSALS } from '../sales/change-by-lead.ts'
import { changeLink } from '../sales/meeting-link.ts'
import { type MeetingOfLink, meetingOfLink } from '../sales/meeting-of-link.ts'
import { otherTimes } from '../sales/meeting-times.ts'
import { offeredTime, openOfferedTime } from '../sales/offered-time.ts'
import { answerToWish, type Asked, askProvider } from '../triggers/ask-provider.ts'
import { textOf } from './landing/form.ts'
import { chooseLocale } from './landing/texts.ts'
import { meetingPage, type MeetingPageView, noMeetingPage, type OfferedTime } from './meetings/meeting-page.ts'
import { route } from './route.ts'
import { sendPage } from './send-page.ts'

const readBody = urlencoded({ extended: false, limit: '16kb', inflate: false })
/** Changes of one meeting by its link: each writes to the lead and rings whoever takes it. */
const CHANGES: readonly Window[] = [{ name: 'hour', seconds: 3600, limit: 10 }]
/** Looks at the free times of one meeting that a vendor is asked for. */
const LOOKS: readonly Window[] = [{ name: 'hour', seconds: 3600, limit: 60 }]
const LONGEST_REASON = 500
/** How long a page waits for the answer of a vendor to what the lead has asked for, before it says that it is on its way. */
const PATIENCE_MS = 8_000

/**
 * `/meetings/:token`, the secret address at which a lead moves or cancels its meeting: GET shows it, whoever fetches it ahead, and
 * changes nothing; POST does. `/meetings/:token/meeting.ics` is the meeting for a calendar.
 */
export function meetingRouter(core: Core): Router {
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
    const startsAt = chosenTime(core, meeting, textOf(body, 'startsAt', 100))
    const again = async (status: number, problem: MeetingPageView['problem']) =>
      sendMeeting(request, response.status(status), await meetingOfLink(core, tokenOf(request)), { problem, reason })
    if (what === 'move' && startsAt === undefined) return again(422, 'choose')
    try {
      const taken = await core.limits.take(`meeting:${id}`, CHANGES)
      if (!taken.allowed) {
        response.setHeader('retry-after', Math.max(...taken.left.map(({ reset }) => reset)))
        return await again(429, 'tooMany')
      }
      if (meeting.provider) {
        const asked: Asked =
          startsAt && what === 'move' ? { kind: 'move', startsAt } : { kind: 'cancel', reason: reason || null }
        await askProvider(core, { ...meeting, provider: meeting.provider }, asked, sequence)
      } else if (startsAt && what === 'move') await moveByLead(core, workspaceId, { id, startsAt, sequence })
      else await cancelByLead(core, workspaceId, { id, sequence, reason: reason || null })
    } catch (error) {
      const refused = refusalOf(error)
      if (refused) return again(409, refused)
      core.log.error({ err: error }, 'what a lead did to its meeting could not be stored')
      return again(503, 'unavailable')
    }
    const page = `/meetings/${tokenOf(request)}`
    // What is on its way still, or was refused, the page says itself
    const done = meeting.provider === null || (await answerToWish(core, meeting, PATIENCE_MS)) === 'done'
    response.redirect(303, done ? `${page}?done=${what === 'move' ? 'moved' : 'cancelled'}` : page)
  })

  const file = on((meeting, _request, response) => {
    if (meeting.provider) throw new TraeError('NOT_FOUND', 'Its calendar has sent the file of this meeting itself.')
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
    const times = meeting.state === 'open' && meeting.wish?.state !== 'asked' ? await timesFor(core, meeting) : []
    const frame = { locale: meeting.locale, secret: true }
    // The vendor writes its own invitation, under a UID that we do not know
    const file = meeting.provider === null ? `/meetings/${tokenOf(request)}/meeting.ics` : undefined
    const found = { file, times, ...view }
    sendPage(response, frame, nonce => meetingPage(meeting, { nonce, ...found }))
  }

  route(router, '/meetings/:token', { GET: [show], POST: [readBody, change] })
  route(router, '/meetings/:token/meeting.ics', { GET: [file] })
  return router
}

/** The times that the page offers; undefined where the vendor's calendar does not say. */
async function timesFor(core: Core, meeting: MeetingOfLink): Promise<readonly OfferedTime[] | undefined> {
  const { id, workspaceId, provider } = meeting
  const now = core.clock.now()
  if (!provider)
    return (await otherTimes(core, workspaceId, meeting, now)).map(({ startsAt }) => ({ startsAt, value: startsAt.toISOString() })) // prettier-ignore
  try {
    if (!(await core.limits.take(`meeting-times:${id}`, LOOKS)).allowed) return undefined
    const times = await providerTimes(core, workspaceId, { ...meeting, provider }, now)
    return times.map(({ startsAt }) => ({ startsAt, value: offeredTime(core, id, startsAt) }))
  } catch (error) {
    const { code, message } = errorRecord(error)
    core.log.warn({ code, message, pluginId: provider.pluginId }, 'the times that a lead may choose could not be read')
    return undefined
  }
}

/** Undefined where none was chosen. */
function chosenTime(core: Core, { id, provider }: MeetingOfLink, value: string): Date | undefined {
  if (provider) return openOfferedTime(core, id, value)
  const startsAt = new Date(value)
  return Number.isNaN(startsAt.getTime()) ? undefined : startsAt
}

const tokenOf = (request: Request) => String(request.params['token'])

/** Why a change was refused; undefined for what is no refusal. */
function refusalOf(error: unknown) {
  if (!(error instanceof TraeError) || error.code !== 'CONFLICT') return undefined
  const reason = error.details?.['reason']
  return REFUSALS.find(one => one === reason) ?? 'taken' // nobody is free at that time
}
