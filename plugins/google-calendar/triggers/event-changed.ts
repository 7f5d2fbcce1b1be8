import { type Context, defineTrigger } from 'trae-os/sdk'
import { eventOutput, type GoogleEvent, shownEvent } from '../events.ts'
import { calendarPath, isStatus, request } from '../request.ts'
import { register, unregister } from './channel.ts'

interface Page {
  readonly items?: readonly GoogleEvent[]
  readonly nextPageToken?: string
  readonly nextSyncToken?: string
}

/** Google's own token of what was told; before there is one, the list of all events has to be read to its end. */
interface Cursor {
  readonly syncToken?: string
  readonly pageToken?: string
  /** Events that were changed since are told while the whole list is read; the first time none. */
  readonly tellSince?: string
  /** When something was last told, by our clock. */
  readonly askedAt: string
}

export const eventChanged = defineTrigger({
  kind: 'poll',
  title: 'An event was created, changed or cancelled',
  description:
    'Something has changed in the calendar since the account was connected. Asked every five minutes; where Google can reach this host, it rings at once.',
  every: '5m',
  credential: 'google',
  push: { verify: { scheme: 'token', header: 'x-goog-channel-token' }, secret: 'own' },
  register,
  unregister,
  output: eventOutput,
  sample: {
    id: 'abc123def456',
    status: 'confirmed',
    title: 'Ana Souza',
    startsAt: '2026-11-30T14:00:00-03:00',
    endsAt: '2026-11-30T14:30:00-03:00',
    location: null,
    link: 'https://meet.google.com/abc-defg-hij',
    page: 'https://www.google.com/calendar/event?eid=abc',
    attendees: [{ email: 'ana@acme.com.br', response: 'accepted' }],
    updatedAt: '2026-11-28T12:00:00.000Z',
  },
  poll: async (kept, ctx) => {
    const now = new Date().toISOString()
    const cursor = (kept ?? { askedAt: now }) as Cursor
    try {
      return await look(cursor, now, ctx)
    } catch (error) {
      // Google has forgotten what it told: the whole list is read again, and what was changed since is told
      if (isStatus(error, 410))
        return { events: [], cursor: { tellSince: cursor.askedAt, askedAt: cursor.askedAt }, more: true }
      throw error
    }
  },
})

async function look({ syncToken, pageToken, tellSince, askedAt }: Cursor, now: string, ctx: Context) {
  const {
    items = [],
    nextPageToken,
    nextSyncToken,
  } = await request<Page>(ctx, {
    path: await calendarPath(ctx, 'events'),
    query: { maxResults: 250, showDeleted: true, syncToken, pageToken },
  })
  const since = tellSince === undefined ? undefined : Date.parse(tellSince) - SKEW_MS
  const told = items.filter(({ updated }) =>
    syncToken === undefined ? since !== undefined && Date.parse(updated ?? '') >= since : true,
  )
  const events = told.map(event => ({
    data: shownEvent(event),
    dedupe: `${event.id}@${event.updated ?? event.status}`,
  }))
  if (nextPageToken === undefined) return { events, cursor: { syncToken: nextSyncToken, askedAt: now } }
  const next = { pageToken: nextPageToken, askedAt, ...(syncToken && { syncToken }), ...(tellSince && { tellSince }) }
  return { events, cursor: next, more: true }
}

/** Between Google's clock and ours; what is told twice is stored once. */
const SKEW_MS = 60_000
