import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Asked } from '../../../core/testing/open-api.ts'
import { readApi } from '../read-api.ts'

export const CLIENT = { clientId: 'client-of-the-app', clientSecret: 'secret-of-the-app' }

interface Reply {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}
export type Instead = { readonly on?: string } & (Reply | { readonly after: 'lost' })
export interface Kept {
  readonly id: string
  status: string
  summary?: string
  location?: string
  start: { dateTime: string; timeZone?: string }
  end: { dateTime: string; timeZone?: string }
  attendees?: { email: string; responseStatus?: string }[]
  hangoutLink?: string
  updated: string
  /** When it last changed, counted. */
  change: number
}
interface Channel {
  readonly id: string
  readonly resourceId: string
  readonly address: string
  readonly token: string
  readonly expiration: number
}

const api = readApi('google-calendar')
const PAGE = 3

/** Google as far as our plugin needs it; every request to its calendar, and every answer, is held against its description. */
export class Google {
  readonly problems: string[] = []
  readonly asked: string[] = []
  readonly events = new Map<string, Kept>()
  readonly channels = new Map<string, Channel>()
  readonly mails: string[] = []
  readonly instead: Instead[] = []
  /** Its clock, in milliseconds since 1970. */
  now = Date.now()
  /** Sync tokens of before this change are forgotten. */
  forgotten = 0
  #change = 0
  #tokens = 0

  consent(address: string): { state: string; code: string } {
    return { state: new URL(address).searchParams.get('state')!, code: 'code-1' }
  }

  answer = (request: IncomingMessage & { text: string }, response: ServerResponse): void => {
    const send = ({ status, body, headers }: Reply) =>
      response
        .writeHead(status, { 'content-type': 'application/json', ...headers })
        .end(body === undefined ? '' : JSON.stringify(body))
    if (request.url === '/token') {
      const form = Object.fromEntries(new URLSearchParams(request.text))
      if (form['client_secret'] !== CLIENT.clientSecret)
        return void send({ status: 401, body: { error: 'invalid_client' } })
      const access_token = `access-token-${++this.#tokens}`
      return void send({
        status: 200,
        body: { access_token, expires_in: 3599, refresh_token: 'refresh-token', token_type: 'Bearer' },
      })
    }
    const asked = api({ method: request.method!, url: request.url!, headers: request.headers, text: request.text })
    this.problems.push(...asked.problems)
    this.asked.push(asked.operationId)
    const reply = asked.problems.length > 0 ? refusal(400, 'invalid', asked.problems.join('; ')) : this.#reply(asked)
    if (reply === 'lost') return void response.destroy()
    if (reply.body !== undefined) this.problems.push(...asked.answerProblems(reply.status, reply.body))
    send(reply)
  }

  /** Somebody does something in the calendar itself. */
  change(id: string, what: Partial<Kept>): Kept {
    const before = this.events.get(id)
    const start = { dateTime: new Date(this.now).toISOString() }
    const event: Kept = {
      ...(before ?? { id, status: 'confirmed', start, end: start }),
      ...what,
      updated: new Date(this.now).toISOString(),
      change: ++this.#change,
    }
    this.events.set(id, event)
    return event
  }

  #reply(asked: Asked): Reply | 'lost' {
    const index = this.instead.findIndex(({ on }) => on === undefined || on === asked.operationId)
    const [instead] = index < 0 ? [] : this.instead.splice(index, 1)
    if (instead && !('after' in instead)) return instead
    const done = this.#do(asked)
    return instead ? 'lost' : done
  }

  #do({ operationId, path, query, body }: Asked): Reply {
    const id = path['eventId'] ?? ''
    const kept = this.events.get(id)
    switch (operationId) {
      case 'calendar.calendarList.list': {
        const first = query.get('pageToken') === null
        const items = first
          ? [{ id: 'ana@acme.com.br', summary: 'Ana', primary: true, accessRole: 'owner' }]
          : [{ id: 'team@group.calendar.google.com', summary: 'Team', accessRole: 'writer' }]
        return {
          status: 200,
          body: { kind: 'calendar#calendarList', items, ...(first ? { nextPageToken: 'p2' } : {}) },
        }
      }
      case 'calendar.freebusy.query': {
        const { timeMin, timeMax, items } = body as { timeMin: string; timeMax: string; items: { id: string }[] }
        const busy = this.#between(timeMin, timeMax).map(({ start, end }) => ({
          start: start.dateTime,
          end: end.dateTime,
        }))
        return {
          status: 200,
          body: { kind: 'calendar#freeBusy', timeMin, timeMax, calendars: { [items[0]!.id]: { busy } } },
        }
      }
      case 'calendar.events.insert': {
        const event = body as { id: string } & Partial<Kept> & { conferenceData?: unknown }
        if (!/^[a-v0-9]{5,1024}$/.test(event.id)) return refusal(400, 'invalid', 'Invalid resource id value.')
        if (this.events.has(event.id)) return refusal(409, 'duplicate', 'The requested identifier already exists.')
        const { conferenceData, ...rest } = event
        if (query.get('sendUpdates') === 'all') this.mails.push(...(rest.attendees ?? []).map(({ email }) => email))
        const link =
          conferenceData && query.get('conferenceDataVersion') === '1'
            ? { hangoutLink: 'https://meet.google.com/abc' }
            : {}
        return { status: 200, body: shown(this.change(event.id, { ...rest, ...link })) }
      }
      case 'calendar.events.get':
        return kept ? { status: 200, body: shown(kept) } : refusal(404, 'notFound', 'Not Found')
      case 'calendar.events.patch':
        if (!kept) return refusal(404, 'notFound', 'Not Found')
        return { status: 200, body: shown(this.change(id, body as Partial<Kept>)) }
      case 'calendar.events.delete':
        if (!kept) return refusal(404, 'notFound', 'Not Found')
        if (kept.status === 'cancelled') return refusal(410, 'deleted', 'Resource has been deleted')
        this.change(id, { status: 'cancelled' })
        return { status: 204 }
      case 'calendar.events.list':
        return this.#list(query)
      case 'calendar.events.watch':
        return this.#watch(body as { id: string; address: string; token: string })
      case 'calendar.channels.stop': {
        const { id: channel, resourceId } = body as { id: string; resourceId: string }
        const there = this.channels.get(channel)?.resourceId === resourceId && this.channels.delete(channel)
        return there ? { status: 204 } : refusal(404, 'notFound', `Channel '${channel}' not found for project`)
      }
      default:
        throw new Error(`this Google does not play ${operationId}`)
    }
  }

  #between(from: string, to: string): Kept[] {
    return [...this.events.values()].filter(
      ({ status, start, end }) =>
        status !== 'cancelled' &&
        Date.parse(start.dateTime) < Date.parse(to) &&
        Date.parse(end.dateTime) > Date.parse(from),
    )
  }

  #list(query: URLSearchParams): Reply {
    const timeMin = query.get('timeMin')
    const token = query.get('syncToken')
    if (token !== null && timeMin !== null) return refusal(400, 'invalid', 'Sync token cannot be used with a time.')
    if (token !== null && Number(token) < this.forgotten)
      return refusal(410, 'fullSyncRequired', 'Sync token is no longer valid, a full sync is required.')
    const all = timeMin === null ? [...this.events.values()] : this.#between(timeMin, query.get('timeMax')!)
    const wanted = all.filter(({ change }) => change > Number(token ?? 0))
    const page = Number(query.get('pageToken') ?? 0)
    const items = wanted.slice(page * PAGE, (page + 1) * PAGE).map(shown)
    const more = wanted.length > (page + 1) * PAGE
    const next = more ? { nextPageToken: `${page + 1}` } : { nextSyncToken: `${this.#change}` }
    return { status: 200, body: { kind: 'calendar#events', items, ...next } }
  }

  #watch({ id, address, token }: { id: string; address: string; token: string }): Reply {
    if (this.channels.has(id)) return refusal(400, 'channelIdNotUnique', `Channel id ${id} not unique`)
    const channel = {
      id,
      resourceId: 'resource-of-the-calendar',
      address,
      token,
      expiration: this.now + 7 * 86_400_000,
    }
    this.channels.set(id, channel)
    const { resourceId, expiration } = channel
    return { status: 200, body: { kind: 'api#channel', id, resourceId, expiration: `${expiration}` } }
  }
}

/** As Google words what it refuses. */
export const refusal = (status: number, reason: string, message: string): Reply => ({
  status,
  body: { error: { code: status, message, errors: [{ domain: 'global', reason, message }] } },
})

const shown = ({ change: _change, ...event }: Kept) => ({ kind: 'calendar#event', ...event })
