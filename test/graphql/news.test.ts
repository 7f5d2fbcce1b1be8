import { createClient } from 'graphql-sse'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newId } from '../../core/ids.ts'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { cancelMeeting, moveMeeting } from '../../core/sales/change-meeting.ts'
import { scheduleMeeting } from '../../core/sales/meetings.ts'
import { sendMessage } from '../../core/sales/messages.ts'
import { encodeNodeId } from '../../graphql/node-id.ts'
import { openTestServer, type TestServer } from '../http/open-test-server.ts'
import { insertWorkspace } from '../plugins/world.ts'
import { DATABASE_KINDS } from '../support/database.ts'

const WAIT = { timeout: 20_000 }

describe.each(DATABASE_KINDS)('news over a subscription, on %s,', kind => {
  let host: TestServer
  let token: string
  let leadId: string
  let number = 0
  beforeAll(async () => {
    host = await openTestServer(kind)
    token = await host.token()
    leadId = await capture()
  })
  afterAll(() => host?.close())

  const capture = async () => {
    const lead = leadInput.parse({ name: 'Ana', email: `n${number++}@example.com` })
    return (await captureLead(host.core, host.core.workspaceId, lead, { source: 'test' })).leadId
  }
  const send = async (subject: string) => {
    host.core.clock.advance(1000)
    const message = { leadId, to: 'n0@example.com', subject, body: 'text' }
    return sendMessage(host.core, host.core.workspaceId, message, { key: newId(), runId: null })
  }
  /** What a subscription has brought; it stands when this is there. */
  const watch = async <Data>(topic: string, query: string, variables: Record<string, unknown> = {}) => {
    const client = createClient({
      url: `${host.url}/graphql`,
      retryAttempts: 0,
      headers: { authorization: `Bearer ${token}` },
    })
    const got: Data[] = []
    const errors: unknown[] = []
    const before = listening(topic)
    const stop = client.subscribe<Data>(
      { query, variables },
      {
        next: ({ data, errors: refused }) => (data ? got.push(data) : errors.push(...(refused ?? []))),
        error: error => errors.push(error),
        complete: () => {},
      },
    )
    await expect.poll(() => listening(topic) > before || errors.length > 0, WAIT).toBe(true)
    return { got, errors, stop }
  }
  /** How many listen to a topic, counted where they are put. */
  const counts = new Map<string, number>()
  const listening = (topic: string) => {
    if (!counts.has(topic)) {
      counts.set(topic, 0)
      const { pubsub } = host.core
      const { subscribe } = pubsub
      pubsub.subscribe = function (this: typeof pubsub, heard: never, options: never) {
        counts.set(heard, (counts.get(heard) ?? 0) + 1)
        return subscribe.call(this, heard, options)
      } as typeof subscribe
    }
    return counts.get(topic)!
  }

  interface News {
    messageCreated: { cursor: string; message: { subject: string } }
  }
  const MESSAGES =
    'subscription m($after: String, $leadId: ID) { messageCreated(after: $after, leadId: $leadId) { cursor message { subject } } }'
  const subjects = (got: News[]) => got.map(({ messageCreated }) => messageCreated.message.subject)

  it('messages go on after a cursor, without a gap and without a repeat', async () => {
    const first = await watch<News>('message.created', MESSAGES)
    await send('one')
    await expect.poll(() => subjects(first.got), WAIT).toEqual(['one'])
    first.stop()
    const { cursor } = first.got[0]!.messageCreated
    for (let more = 0; more < 3; more++) await send(`missed ${more}`)
    const second = await watch<News>('message.created', MESSAGES, { after: cursor })
    await send('live')
    await expect.poll(() => subjects(second.got), WAIT).toEqual(['missed 0', 'missed 1', 'missed 2', 'live'])
    second.stop()
    const last = second.got.at(-1)!.messageCreated.cursor
    const { json } = await host.graphql(
      `{ messages(after: "${last}", sort: {by: CREATED_AT, direction: ASC}) { edges { cursor } } }`,
    )
    expect(json.data.messages.edges, 'the cursor is one of the list').toEqual([])
  })
  it('what comes while the missed ones are read comes once', async () => {
    const { got, stop } = await watch<News>('message.created', MESSAGES)
    await send('start')
    await expect.poll(() => got.length, WAIT).toBe(1)
    stop()
    const after = got[0]!.messageCreated.cursor
    const sql = host.core.sqlOf(host.core.workspaceId)
    const { query } = sql
    let sent = false
    // A message that is committed and told of after the subscription listens, before the missed ones are read
    Object.assign(sql, {
      query: async (...args: Parameters<typeof query>) => {
        if (args[0].text.includes('from messages m') && counts.get('message.created')! > before && !sent) {
          sent = true
          Object.assign(sql, { query })
          await send('between')
        }
        return query.apply(sql, args)
      },
    })
    const before = listening('message.created')
    const again = await watch<News>('message.created', MESSAGES, { after })
    await send('end')
    await expect.poll(() => subjects(again.got), WAIT).toContain('end')
    expect(subjects(again.got)).toEqual(['between', 'end'])
    expect(sent).toBe(true)
    again.stop()
  })
  it('a cursor that is none is refused', async () => {
    const { errors, stop } = await watch<News>('message.created', MESSAGES, { after: 'nonsense' })
    await expect.poll(() => JSON.stringify(errors), WAIT).toContain('not a cursor')
    stop()
  })
  it('meetings are told of when they are booked, moved and cancelled', async () => {
    const { core } = host
    const { got, stop } = await watch<{ meetingUpdated: { meeting: { status: string; startsAt: string } } }>(
      'meeting.updated',
      'subscription m($leadId: ID) { meetingUpdated(leadId: $leadId) { meeting { status startsAt } } }',
      { leadId: encodeNodeId('Lead', leadId) },
    )
    const book = (leadId: string, startsAt: string, endsAt: string) =>
      scheduleMeeting(
        core,
        core.workspaceId,
        { leadId, title: 'Call', startsAt, endsAt, attendees: [] },
        { key: newId(), runId: null },
      )
    await book(await capture(), '2030-01-07T15:00:00.000Z', '2030-01-07T15:30:00.000Z') // of somebody else
    const { id } = await book(leadId, '2030-01-08T15:00:00.000Z', '2030-01-08T15:30:00.000Z')
    await expect.poll(() => got.length, WAIT).toBe(1)
    await moveMeeting(core, core.workspaceId, { id, startsAt: '2030-01-09T15:00:00.000Z' })
    await expect.poll(() => got.length, WAIT).toBe(2)
    await cancelMeeting(core, core.workspaceId, { id })
    await expect.poll(() => got.length, WAIT).toBe(3)
    expect(got.map(({ meetingUpdated: { meeting } }) => [meeting.status, meeting.startsAt.slice(8, 10)])).toEqual([
      ['SCHEDULED', '08'],
      ['SCHEDULED', '09'],
      ['CANCELLED', '09'],
    ])
    stop()
  })

  describe('figures', () => {
    interface Figures {
      figuresUpdated: { figures: { leadsProcessed: number } }
    }
    const FIGURES = 'subscription f($days: Int) { figuresUpdated(days: $days) { figures { leadsProcessed } } }'
    const latest = ({ got }: { got: Figures[] }) => got.at(-1)?.figuresUpdated.figures.leadsProcessed
    /** How often they were counted. */
    const counted = () => {
      const sql = host.core.sqlOf(host.core.workspaceId)
      const { query } = sql
      const seen = { count: 0, restore: () => Object.assign(sql, { query }) }
      Object.assign(sql, {
        query: (...args: Parameters<typeof query>) => {
          if (args[0].name === 'analytics-overview') seen.count++
          return query.apply(sql, args)
        },
      })
      return seen
    }

    it('come at once, and when something happens, counted once for all who look', async () => {
      const seen = counted()
      const lookers: Awaited<ReturnType<typeof watch<Figures>>>[] = []
      for (let one = 0; one < 5; one++) lookers.push(await watch<Figures>('figures.changed', FIGURES))
      await expect.poll(() => lookers.map(looker => looker.got.length), WAIT).toEqual([1, 1, 1, 1, 1])
      expect(seen.count).toBe(1)
      const before = latest(lookers[0]!)!
      for (let more = 0; more < 4; more++) await capture()
      await expect.poll(() => lookers.map(latest), WAIT).toEqual(lookers.map(() => before + 4))
      // as often as each was told, and not once for each of them
      await expect.poll(() => [...new Set(lookers.map(({ got }) => got.length))], WAIT).toHaveLength(1)
      await expect.poll(() => seen.count - lookers[0]!.got.length, WAIT).toBe(0)
      for (const { stop } of lookers) stop()
      seen.restore()
    })
    it('are counted for nobody when nobody looks', async () => {
      const seen = counted()
      const looker = await watch<Figures>('figures.changed', FIGURES, { days: 7 })
      await expect.poll(() => looker.got.length, WAIT).toBe(1)
      looker.stop()
      await expect
        .poll(async () => {
          const before = seen.count
          await capture()
          await new Promise(resolve => setTimeout(resolve, 1200)) // longer than they rest
          return seen.count - before
        }, WAIT)
        .toBe(0)
      seen.restore()
    })
    it('of another workspace move nothing, and a span that makes no sense is refused', async () => {
      const looker = await watch<Figures>('figures.changed', FIGURES)
      await expect.poll(() => looker.got.length, WAIT).toBe(1)
      const before = latest(looker)!
      const other = await insertWorkspace(host.core, 'other')
      await captureLead(host.core, other, leadInput.parse({ name: 'B', email: 'b@example.com' }), { source: 'test' })
      await capture()
      await expect.poll(() => latest(looker), WAIT).toBe(before + 1)
      looker.stop()
      const { errors, stop } = await watch<Figures>('figures.changed', FIGURES, { days: 0 })
      await expect.poll(() => JSON.stringify(errors), WAIT).toContain('days must be from 1 to 366')
      stop()
    })
  })
})
