import { connect, Socket } from 'node:net'
import { buildSchema, parse, subscribe } from 'graphql'
import { createClient } from 'graphql-sse'
import { createClient as createWsClient } from 'graphql-ws'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import type { Viewer } from '../../core/access/viewer.ts'
import { startServer } from '../../core/http/server.ts'
import { newId } from '../../core/ids.ts'
import { createLog } from '../../core/log.ts'
import { PubSub } from '../../core/pubsub.ts'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { statement } from '../../core/sql.ts'
import type { Context } from '../../graphql/context.ts'
import { openGraphql } from '../../graphql/door.ts'
import { Pieces, piecesOf } from '../../graphql/pieces.ts'
import { subscribeShared, textOf } from '../../graphql/share-events.ts'
import { openTestServer, type TestServer } from '../http/open-test-server.ts'
import { DATABASE_KINDS } from '../support/database.ts'

const schema = buildSchema(
  'type Query { a: Int } type Event { text: String who: String } type Subscription { event(of: Int): Event }',
)

/** Counts, until it is called again, what goes to a socket in one piece and has these characters. */
function countWrites(text: string): () => number {
  let count = 0
  const { _write, _writev } = Socket.prototype
  const look = (...chunks: unknown[]) => void (chunks.some(chunk => String(chunk).includes(text)) && count++)
  Socket.prototype._write = function (this: Socket, chunk, ...rest) {
    look(chunk)
    return _write.call(this, chunk, ...rest)
  }
  Socket.prototype._writev = function (this: Socket, chunks, done) {
    look(...chunks.map(({ chunk }) => chunk))
    return _writev!.call(this, chunks, done)
  }
  return () => {
    Object.assign(Socket.prototype, { _write, _writev })
    return count
  }
}

/** How many subscriptions have begun to listen since. */
function countSubscriptions(pubsub: PubSub): () => number {
  let count = 0
  const { subscribe } = pubsub
  Object.assign(pubsub, {
    subscribe: (...args: Parameters<typeof subscribe>) => (count++, subscribe.apply(pubsub, args)),
  })
  return () => count
}

/** A subscription to given payloads, by somebody. */
async function watch(
  payloads: object[],
  viewer: Partial<Viewer>,
  text = '{ text }',
  variables: object = {},
  locale = 'en',
) {
  let executed = 0
  const contextValue = { viewer: viewer as Viewer, locale, requestId: 'r' } as Context
  const document = documents.get(text) ?? parse(`subscription s($of: Int) { event(of: $of) ${text} }`)
  documents.set(text, document)
  const results = await subscribeShared(
    { log: createLog('silent') },
    {
      schema,
      document,
      contextValue,
      variableValues: variables as Record<string, unknown>,
      fieldResolver: (parent, _args, context, info) => {
        executed++
        return info.fieldName === 'who' ? context.viewer.userId : (parent as Record<string, unknown>)[info.fieldName]
      },
      subscribeFieldResolver: () => new Pieces(inOnePiece(payloads)),
    },
  )
  const turns: (readonly object[])[] = []
  for await (const turn of results as AsyncIterable<readonly object[]>) turns.push(turn)
  return { got: turns.flat(), turns: turns.map(turn => turn.length), executed }
}
const documents = new Map<string, ReturnType<typeof parse>>()
async function* inOnePiece<Payload>(payloads: Payload[]) {
  yield payloads
}

describe('an event', () => {
  const ada = { userId: newId<Viewer['userId']>(), workspaceId: newId<Viewer['workspaceId']>(), role: 'OWNER' } as const
  const bob = { ...ada, userId: newId<Viewer['userId']>() }

  it('is executed and made text once for all who ask the same with the same rights', async () => {
    const payloads = [{ event: { text: 'one' } }]
    const [first, second] = [await watch(payloads, ada), await watch(payloads, bob)]
    expect(first.got).toEqual([{ data: { event: { text: 'one' } } }])
    expect([first.executed > 0, second.executed]).toEqual([true, 0])
    expect(second.got[0]).toBe(first.got[0])
    expect(textOf(second.got[0]!)).toBe('{"data":{"event":{"text":"one"}}}')
  })
  it.each([
    ['another workspace', { ...bob, workspaceId: newId<Viewer['workspaceId']>() }, '{ text }', {}, 'en'],
    ['another role', { ...bob, role: 'VIEWER' as const }, '{ text }', {}, 'en'],
    ['an API key with scopes', { ...bob, key: { id: newId(), scopes: [] } }, '{ text }', {}, 'en'],
    ['another document', bob, '{ text again: text }', {}, 'en'],
    ['other variables', bob, '{ text }', { of: 2 }, 'en'],
    ['another language', bob, '{ text }', {}, 'pt-BR'],
  ])('is not shared with %s', async (_name, viewer, text, variables, locale) => {
    const payloads = [{ event: { text: 'one' } }]
    const first = await watch(payloads, ada)
    const second = await watch(payloads, viewer, text, variables, locale)
    expect(second.executed).toBeGreaterThan(0)
    expect(second.got[0]).not.toBe(first.got[0])
  })
  it('that tells who somebody is, tells each their own', async () => {
    const payloads = [{ event: { text: 'one' } }]
    const who = async (viewer: Partial<Viewer>) => JSON.stringify((await watch(payloads, viewer, '{ who }')).got)
    const all = await Promise.all([who(ada), who(bob), who(ada), who(bob)])
    expect(all[0]).toContain(ada.userId)
    expect(all[1]).toContain(bob.userId)
    expect(all.slice(2)).toEqual(all.slice(0, 2))
  })
})

describe('what comes in pieces', () => {
  const events = ['one', 'two', 'three'].map(text => ({ event: { text } }))

  it('stays together for all who share it', async () => {
    expect((await watch(events, { role: 'OWNER' })).turns).toEqual([3])
  })
  it('comes one after the other to who takes no pieces, and is left by them', async () => {
    let left = false
    const pieces = inOnePiece(events.slice(0, 2))
    const source = new Pieces({
      next: () => pieces.next(),
      async return() {
        left = true
        return { value: undefined, done: true }
      },
    })
    const results = await subscribe({
      schema,
      document: parse('subscription { event { text } }'),
      subscribeFieldResolver: () => source,
    })
    const got = []
    for await (const result of results as AsyncIterable<object>) {
      got.push(result)
      if (got.length === 2) break
    }
    expect(got).toEqual(events.slice(0, 2).map(data => ({ data })))
    expect(left).toBe(true)
  })
  it('passes an empty piece over, and ends with the last', async () => {
    async function* pieces() {
      yield [events[0]]
      yield []
      yield [events[1], events[2]]
    }
    const got = []
    for await (const event of new Pieces(pieces())) got.push(event)
    expect(got).toEqual(events)
  })
  it('is made of single payloads where a source yields those', async () => {
    async function* source() {
      yield* events
    }
    const pieces = piecesOf(source())
    expect(await pieces.next()).toEqual({ value: [events[0]], done: false })
    await pieces.return!()
    expect(await pieces.next()).toEqual({ value: undefined, done: true })
  })
})

it('a topic says once what happened several times in one turn, and again in the next', async () => {
  const pubsub = new PubSub()
  const heard = pubsub.subscribe('lead.updated')
  const tell = (leadId: string) => pubsub.publish('lead.updated', { workspaceId: 'w', leadId })
  for (const leadId of ['a', 'b', 'a', 'a', 'c']) tell(leadId)
  expect((await heard.next()).value).toEqual(['a', 'b', 'c'].map(leadId => ({ workspaceId: 'w', leadId })))
  tell('a')
  expect((await heard.next()).value).toEqual([{ workspaceId: 'w', leadId: 'a' }])
})

describe('a slow subscriber', () => {
  const detail = (workspaceId = 'w') => ({ workspaceId, leadId: 'l' })
  it('costs itself only: beyond its queue it is told to come back', async () => {
    const pubsub = new PubSub()
    const slow = pubsub.subscribe('lead.updated', { limit: 10 })
    const fast = pubsub.subscribe('lead.updated', { limit: 10 })
    for (let index = 0; index < 11; index++) {
      pubsub.publish('lead.updated', detail())
      expect((await fast.next()).done).toBe(false)
    }
    await expect(slow.next()).rejects.toMatchObject({ code: 'BEHIND' })
    pubsub.publish('lead.updated', detail())
    expect((await fast.next()).done).toBe(false)
  })
  it('is not held up by what concerns others', async () => {
    const pubsub = new PubSub()
    const one = pubsub.subscribe('lead.updated', { limit: 10, workspaceId: 'mine' })
    for (let index = 0; index < 100; index++) pubsub.publish('lead.updated', detail('theirs'))
    pubsub.publish('lead.updated', detail('mine'))
    expect((await one.next()).value).toEqual([detail('mine')])
  })
})

describe.each(DATABASE_KINDS)('over SSE, on %s,', kind => {
  let host: TestServer
  beforeAll(async () => {
    host = await openTestServer(kind)
  })
  afterAll(() => host.close())
  const QUERY = 'subscription { leadUpdated { lead { name data } } }'
  const capture = async (data: object = {}) =>
    (
      await captureLead(
        host.core,
        host.core.workspaceId,
        leadInput.parse({ name: 'Ana', email: 'ana@example.com', data }),
        { source: 'test' },
      )
    ).leadId
  const listening = () => new Promise(resolve => setTimeout(resolve, 200))

  it('who fell behind hears a code that says so, and then the end', async () => {
    const client = createClient({
      url: `${host.url}/graphql`,
      retryAttempts: 0,
      headers: { authorization: `Bearer ${await host.token()}` },
    })
    const heard: unknown[] = []
    const over = new Promise<void>(resolve =>
      client.subscribe(
        { query: QUERY },
        { next: value => void heard.push(value), error: () => resolve(), complete: resolve },
      ),
    )
    await listening()
    const { workspaceId } = host.core
    for (let index = 0; index < 10_001; index++)
      host.core.pubsub.publish('lead.updated', { workspaceId, leadId: newId() }) // in one turn: nobody can read
    await over
    expect(JSON.stringify(heard.at(-1))).toContain('SUBSCRIBER_BEHIND')
    expect((await host.graphql('{ viewer { email } }')).json.data.viewer.email).toBe(host.core.owner.email)
  })
  /** A client that reads nothing once its subscription stands. */
  const deaf = {
    async sse() {
      const body = JSON.stringify({ query: QUERY })
      const socket = connect(Number(new URL(host.url).port), '127.0.0.1')
      socket.write(
        `POST /graphql HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${await host.token()}\r\nAccept: text/event-stream\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      )
      await new Promise(resolve => socket.once('data', resolve))
      socket.pause()
      return () => socket.destroy()
    },
    async ws() {
      const socket = new WebSocket(`${host.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
      const say = (message: object) => socket.send(JSON.stringify(message))
      const hears = () => new Promise<string>(resolve => socket.once('message', data => resolve(String(data))))
      await new Promise(resolve => socket.once('open', resolve))
      say({ type: 'connection_init', payload: { authorization: `Bearer ${await host.token()}` } })
      expect(await hears()).toContain('connection_ack')
      say({ id: 'deaf', type: 'subscribe', payload: { query: QUERY, extensions: { standing: 'here' } } })
      expect(await hears()).toContain('here')
      socket.pause()
      return () => socket.terminate()
    },
  }
  it.each(['sse', 'ws'] as const)(
    'a client of %s that reads nothing is waited for: no more is made for it',
    async by => {
      const leadId = await capture({ big: 'x'.repeat(30_000) })
      const leave = await deaf[by]()
      await listening()
      const sql = host.core.sqlOf(host.core.workspaceId)
      const { query } = sql
      let reads = 0
      Object.assign(sql, {
        query: (...args: Parameters<typeof query>) => {
          if (args[0].name === 'find-leads') reads++
          return query.apply(sql, args)
        },
      })
      const PIECES = 30 // 45 MB, more than a socket holds
      for (let index = 0; index < PIECES * 50; index++)
        host.core.pubsub.publish('lead.updated', { workspaceId: host.core.workspaceId, leadId })
      let last = -1
      await expect
        .poll(
          () => {
            const rests = reads > 0 && reads === last
            last = reads
            return rests
          },
          { interval: 500, timeout: 20_000 },
        )
        .toBe(true)
      Object.assign(sql, { query })
      expect(reads).toBeLessThan(PIECES) // each piece is read once
      leave()
    },
  )
  it.each(['sse', 'ws'] as const)(
    'what a turn brings is one write to a subscriber of %s, and nothing is missing',
    async by => {
      const leadIds: string[] = []
      for (let index = 0; index < 20; index++) {
        const input = leadInput.parse({ name: `Turn ${by} ${index}`, email: `turn-${by}-${index}@example.com` })
        leadIds.push((await captureLead(host.core, host.core.workspaceId, input, { source: 'test' })).leadId)
      }
      const authorization = `Bearer ${await host.token()}`
      const subscribers = 5
      const clients = Array.from({ length: subscribers }, () =>
        by === 'sse'
          ? createClient({ url: `${host.url}/graphql`, retryAttempts: 0, headers: { authorization } })
          : createWsClient({
              url: `${host.url.replace('http', 'ws')}/graphql`,
              webSocketImpl: WebSocket,
              retryAttempts: 0,
              connectionParams: { authorization },
            }),
      )
      const standing = countSubscriptions(host.core.pubsub)
      const heard = clients.map(() => [] as string[])
      const stops = clients.map((client, index) =>
        client.subscribe<{ leadUpdated: { lead: { name: string } } }>(
          { query: 'subscription { leadUpdated { lead { name } } }' },
          { next: ({ data }) => void heard[index]!.push(data!.leadUpdated.lead.name), error() {}, complete() {} },
        ),
      )
      await expect.poll(standing, { timeout: 20_000 }).toBe(subscribers)
      const writes = countWrites('leadUpdated')
      for (const leadId of leadIds)
        host.core.pubsub.publish('lead.updated', { workspaceId: host.core.workspaceId, leadId })
      await expect
        .poll(() => heard.map(({ length }) => length), { timeout: 20_000 })
        .toEqual(heard.map(() => leadIds.length))
      const count = writes()
      stops.forEach(stop => stop())
      for (const names of heard) expect(names).toEqual(leadIds.map((_, index) => `Turn ${by} ${index}`))
      expect(count).toBe(subscribers)
    },
  )
  it('a journal goes on after a dropped connection and a restarted server, without a gap or a repeat', async () => {
    const { sql, workspaceId, clock, pubsub } = host.core
    const [version] = await sql.query<{ id: string; playbook_id: string }>(
      statement('test.any', 'select id, playbook_id from playbook_versions limit 1'),
    )
    const ids = version ?? (await publishQuiet())
    const runId = newId()
    await sql.query(
      statement(
        'test.run',
        `insert into runs (id, workspace_id, playbook_id, version_id, status, created_at, updated_at) values ($1, $2, $3, $4, 'running', $5, $5)`,
      ),
      [runId, workspaceId, ids.playbook_id, ids.id, clock.now()],
    )
    let seq = 0
    const write = async () => {
      seq++
      await sql.query(
        statement(
          'test.entry',
          `insert into journal (run_id, seq, workspace_id, kind, at) values ($1, $2, $3, 'log', $4)`,
        ),
        [runId, seq, workspaceId, clock.now()],
      )
      pubsub.publish('run.appended', { workspaceId, runId, seq })
    }
    const seen: string[] = []
    const follow = async (url: string, until: number) => {
      const client = createClient({
        url: `${url}/graphql`,
        retryAttempts: 0,
        headers: { authorization: `Bearer ${await host.token()}` },
      })
      const query =
        'subscription j($run: ID!, $after: String) { runEventAppended(runId: $run, after: $after) { cursor } }'
      const variables = { run: Buffer.from(`Run:${runId}`).toString('base64url'), after: seen.at(-1) ?? null }
      for await (const { data } of client.iterate<{ runEventAppended: { cursor: string } }>({ query, variables })) {
        seen.push(data!.runEventAppended.cursor)
        if (seen.length === until) break // the socket is dropped
      }
    }
    for (let index = 0; index < 10; index++) await write()
    await follow(host.url, 7)
    await write()
    const again = await startServer(host.core, { doors: [openGraphql], grace: 100 })
    const rest = follow(again.url, 15)
    for (let index = 0; index < 4; index++) await write()
    await rest
    await again.close()
    expect(seen).toEqual(Array.from({ length: 15 }, (_, index) => String(index + 1)))
  })
  const publishQuiet = async () => {
    const { publishPlaybook } = await import('../../core/publishing/publish-playbook.ts')
    const text =
      'id: quiet\nname: Quiet\nmodule: pre_vendas\ntriggers:\n  - event: never.happens\nsteps:\n  - wait: 1d\n'
    await publishPlaybook(host.core, host.core.workspaceId, text)
    const [row] = await host.core.sql.query<{ id: string; playbook_id: string }>(
      statement('test.any', 'select id, playbook_id from playbook_versions limit 1'),
    )
    return row!
  }
})
