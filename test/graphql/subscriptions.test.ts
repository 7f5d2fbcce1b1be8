import { createClient as createSseClient } from 'graphql-sse'
import { createClient as createWsClient } from 'graphql-ws'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { authenticate } from '../../core/access/authenticate.ts'
import { revokeSession } from '../../core/access/refresh.ts'
import { newId } from '../../core/ids.ts'
import { forgetEntry } from '../../core/memory/forget.ts'
import { learnFromOutcomes } from '../../core/memory/learn-from-outcomes.ts'
import { storeEntry } from '../../core/memory/store-entry.ts'
import { erasePerson } from '../../core/privacy/erase-person.ts'
import { publishPlaybook } from '../../core/publishing/publish-playbook.ts'
import { statement } from '../../core/sql.ts'
import { addCallLines, endCall, startCall } from '../../core/sales/calls.ts'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { encodeNodeId } from '../../graphql/node-id.ts'
import { insertWorkspace } from '../plugins/world.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { openTestServer, type TestServer } from '../http/open-test-server.ts'

const QUIET = `id: quiet
name: Never starts
module: pre_vendas
triggers:
  - event: never.happens
steps:
  - wait: 1d
`

interface Payload {
  readonly leadUpdated: { readonly lead: { readonly id: string; readonly name: string } }
  readonly callUpdated: {
    readonly call: { readonly id: string; readonly status: string }
    readonly lines: readonly { readonly text: string }[]
  }
  readonly runEventAppended: { readonly cursor: string; readonly event: { readonly seq: number } }
  readonly memoryChanged: Readonly<Record<'change' | 'entryId' | 'type' | 'module' | 'entry', unknown>>
  readonly brainStatusChanged: { readonly status: { readonly running: boolean } }
}

/** What a subscription has sent, and a way to wait for more. */
interface Watch {
  readonly got: Payload[]
  readonly over: Promise<void>
  until(count: number): Promise<Payload[]>
  stop(): void
}

describe.each(DATABASE_KINDS)('subscriptions, on %s', kind => {
  let host: TestServer
  let versionId: string
  let playbookId: string
  beforeAll(async () => {
    host = await openTestServer(kind)
    versionId = (await publishPlaybook(host.core, host.core.workspaceId, QUIET)).versionId
    const [row] = await host.core.sql.query<{ playbook_id: string }>(
      statement('test.playbook', 'select playbook_id from playbook_versions where id = $1'),
      [versionId],
    )
    playbookId = row!.playbook_id
  })
  afterAll(() => host.close())

  const freshToken = async () =>
    (await host.send('POST', '/auth/login', { body: host.core.owner, token: null })).json.access_token as string
  type Transport = (token: string, query: string, variables?: Record<string, unknown>) => Watch
  const standing: Promise<void>[] = []
  const watch = (
    subscribe: (
      sink: {
        next(value: { data?: unknown; errors?: unknown }): void
        error(error: unknown): void
        complete(): void
      },
      connected: () => void,
    ) => () => void,
  ): Watch => {
    const got: Payload[] = []
    const wakers = new Set<() => void>()
    const tell = () => wakers.forEach(wake => wake())
    let end = () => {}
    const over = new Promise<void>(resolve => (end = resolve))
    const connected = Promise.withResolvers<void>()
    standing.push(Promise.race([connected.promise, over]))
    const stop = subscribe(
      {
        next: value => (got.push((value.errors ? { errors: value.errors } : value.data) as Payload), tell()),
        error: error => (got.push({ error } as unknown as Payload), end(), tell()),
        complete: () => (end(), tell()),
      },
      connected.resolve,
    )
    const until = async (count: number) => {
      const late = AbortSignal.timeout(20_000)
      while (got.length < count) {
        if (late.aborted) throw new Error(`${got.length} of ${count} events came`)
        await new Promise<void>(resolve => {
          const timer = setTimeout(resolve, 100)
          wakers.add(() => (clearTimeout(timer), resolve()))
        })
      }
      return got
    }
    return { got, over, until, stop }
  }
  const sse: Transport = (token, query, variables) => {
    const client = createSseClient({
      url: `${host.url}/graphql`,
      retryAttempts: 0,
      headers: { authorization: `Bearer ${token}` },
    })
    return watch((sink, connected) =>
      client.subscribe({ query, variables: variables ?? {} }, sink as never, { connected }),
    )
  }
  const ws: Transport = (token, query, variables) => {
    const client = createWsClient({
      url: `${host.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      lazyCloseTimeout: 0,
      connectionParams: { authorization: `Bearer ${token}` },
      on: { ping: received => received && stands() },
    })
    let stands = () => {}
    return watch((sink, connected) => {
      stands = connected
      return client.subscribe({ query, variables: variables ?? {}, extensions: { standing: 'it' } }, sink as never)
    })
  }
  /** Every subscription so far stands, or has been refused. */
  const listeners = async () => Promise.all(standing)

  let number = 0
  const capture = async () => {
    const lead = leadInput.parse({ name: `Lead ${number}`, email: `l${number++}@example.com` })
    return (await captureLead(host.core, host.core.workspaceId, lead, { source: 'test' })).leadId
  }
  const ADD_RUN = statement(
    'test.run',
    `insert into runs (id, workspace_id, playbook_id, version_id, status, created_at, updated_at) values ($1, $2, $3, $4, 'running', $5, $5)`,
  )
  const ADD_ENTRY = statement(
    'test.entry',
    `insert into journal (run_id, seq, workspace_id, kind, at) values ($1, $2, $3, 'log', $4)`,
  )
  const newRun = async () => {
    const id = newId()
    await host.core.sql.query(ADD_RUN, [id, host.core.workspaceId, playbookId, versionId, host.core.clock.now()])
    return id
  }
  const append = async (runId: string, seq: number, tell = true) => {
    await host.core.sql.query(ADD_ENTRY, [runId, seq, host.core.workspaceId, host.core.clock.now()])
    if (tell) host.core.pubsub.publish('run.appended', { workspaceId: host.core.workspaceId, runId, seq })
  }
  const JOURNAL =
    'subscription j($runId: ID!, $after: String) { runEventAppended(runId: $runId, after: $after) { cursor event { seq } } }'
  const cursors = (events: Payload[]) => events.map(event => Number(event.runEventAppended.cursor))
  const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)

  describe.each([
    ['SSE', sse],
    ['web sockets', ws],
  ] as [string, Transport][])('over %s', (_name, open) => {
    it('tell of leads as they change, and of one alone when asked', async () => {
      const token = await freshToken()
      const first = await capture()
      const all = open(token, 'subscription { leadUpdated { lead { id name runs { edges { cursor } } } } }')
      const one = open(token, 'subscription l($id: ID) { leadUpdated(leadId: $id) { lead { id } } }', {
        id: encodeNodeId('Lead', first),
      })
      await listeners()
      const second = await capture()
      host.core.pubsub.publish('lead.updated', { workspaceId: host.core.workspaceId, leadId: first })
      expect((await all.until(2)).map(event => event.leadUpdated.lead.id)).toEqual([
        encodeNodeId('Lead', second),
        encodeNodeId('Lead', first),
      ])
      expect(await one.until(1)).toEqual([{ leadUpdated: { lead: { id: encodeNodeId('Lead', first) } } }])
      all.stop()
      one.stop()
    })
    it('tell of every call of the workspace as it begins, goes on and ends, and of one alone when asked', async () => {
      const token = await freshToken()
      const { core } = host
      const { workspaceId } = core
      const call = async () => startCall(core, workspaceId, { leadId: await capture() }, { by: null })
      const [first, body] = [await call(), 'callUpdated { call { id status lead { name } } lines { text } }']
      const all = open(token, `subscription { ${body} }`)
      const one = open(token, `subscription c($id: ID) { ${body.replace('Updated', 'Updated(callId: $id)')} }`, {
        id: encodeNodeId('Call', first.id),
      })
      await listeners()
      const second = await call()
      await all.until(1)
      core.pubsub.publish('call.updated', { workspaceId: newId(), callId: second.id, from: 1 })
      await addCallLines(core, workspaceId, second.id, [{ who: 'them', text: 'Quanto custa?' }])
      await all.until(2)
      await addCallLines(core, workspaceId, first.id, [{ who: 'us', text: 'Olá' }])
      await one.until(1)
      await endCall(core, workspaceId, second.id)
      const told = (await all.until(4)).map(({ callUpdated: { call, lines } }) => [
        call.id,
        call.status,
        ...lines.map(({ text }) => text),
      ])
      const [firstId, secondId] = [first, second].map(({ id }) => encodeNodeId('Call', id))
      expect(told).toEqual([
        [secondId, 'OPEN'],
        [secondId, 'OPEN', 'Quanto custa?'],
        [firstId, 'OPEN', 'Olá'],
        [secondId, 'ENDED'],
      ])
      expect(one.got.map(event => event.callUpdated.call.id)).toEqual([firstId])
      all.stop()
      one.stop()
    })
    it('show each event the record as it is then', async () => {
      const leadId = await capture()
      const seen = open(await freshToken(), 'subscription l($id: ID) { leadUpdated(leadId: $id) { lead { name } } }', {
        id: encodeNodeId('Lead', leadId),
      })
      await listeners()
      for (const name of ['One', 'Two', 'Three']) {
        await host.core.sql.query(statement('test.name', 'update leads set name = $2 where id = $1'), [leadId, name])
        host.core.pubsub.publish('lead.updated', { workspaceId: host.core.workspaceId, leadId })
        await seen.until(['One', 'Two', 'Three'].indexOf(name) + 1)
      }
      expect(seen.got.map(event => event.leadUpdated.lead.name)).toEqual(['One', 'Two', 'Three'])
      seen.stop()
    })
    it('say nothing of another workspace', async () => {
      const seen = open(await freshToken(), 'subscription { leadUpdated { lead { name } } }')
      await listeners()
      host.core.pubsub.publish('lead.updated', { workspaceId: newId(), leadId: await capture() })
      await capture()
      await seen.until(2)
      await listeners()
      expect(seen.got).toHaveLength(2) // the two captures of our own
      seen.stop()
    })
    it('hand out a journal without a gap or a repeat, wherever one goes on', async () => {
      const runId = await newRun()
      const variables = { runId: encodeNodeId('Run', runId) }
      const token = await freshToken()
      for (const seq of range(1, 5)) await append(runId, seq)
      const whole = open(token, JOURNAL, variables)
      const rest = open(token, JOURNAL, { ...variables, after: '3' })
      // written while the subscriptions open: some of it is read, some of it is heard, some of it both
      for (const seq of range(6, 40)) {
        await append(runId, seq, seq % 3 === 0 || seq === 40)
        await new Promise(resolve => setTimeout(resolve, 5))
      }
      expect(cursors(await whole.until(40))).toEqual(range(1, 40))
      expect(cursors(await rest.until(37))).toEqual(range(4, 40))
      rest.stop()
      for (const seq of range(41, 45)) await append(runId, seq)
      const resumed = open(token, JOURNAL, { ...variables, after: '40' })
      expect(cursors(await resumed.until(5))).toEqual(range(41, 45))
      expect(cursors(await whole.until(45))).toEqual(range(1, 45))
      whole.stop()
      resumed.stop()
    })
    it('refuse a run of nobody and a cursor that is none', async () => {
      for (const variables of [
        { runId: encodeNodeId('Run', newId()) },
        { runId: 'x' },
        { runId: encodeNodeId('Run', await newRun()), after: 'abc' },
      ]) {
        const answer = open(await freshToken(), JOURNAL, variables)
        const [event] = await answer.until(1)
        expect(JSON.stringify(event)).toMatch(/NOT_FOUND|BAD_USER_INPUT/)
        answer.stop()
      }
    })
    it('end with the access token, and with the session', async () => {
      const token = await freshToken()
      const { sessionId } = await authenticate(host.server.access, token)
      const revoked = open(token, 'subscription { leadUpdated { lead { id } } }')
      const expiring = open(await freshToken(), 'subscription { leadUpdated { lead { id } } }')
      await listeners()
      await revokeSession(host.core, host.server.access, sessionId!)
      await capture()
      await revoked.over
      expect(revoked.got).toEqual([])
      await expiring.until(1)
      host.core.clock.advance(901_000)
      await capture()
      await expiring.over
      expect(expiring.got).toHaveLength(1)
    })
    it('let go of everything when the client leaves', async () => {
      let held = 0
      const { pubsub } = host.core
      const { subscribe } = pubsub
      Object.assign(pubsub, {
        subscribe(...args: Parameters<typeof subscribe>) {
          const iterator = subscribe.apply(pubsub, args)
          const { return: end } = iterator
          held++
          let ended = false
          const leave = () => {
            if (!ended) held--
            ended = true
          }
          args[1]?.signal?.addEventListener('abort', leave)
          return Object.assign(iterator, { return: () => (leave(), end!.call(iterator)) })
        },
      })
      const seen = open(await freshToken(), 'subscription { leadUpdated { lead { id } } }')
      await listeners()
      expect(held).toBe(1)
      seen.stop()
      await expect.poll(() => held).toBe(0)
      Object.assign(pubsub, { subscribe })
    })
    it('memoryChanged tells what is stored, changed and removed, of the kinds asked for, and of no other workspace', async () => {
      const { core } = host
      const token = await freshToken()
      const ask = (args: string) =>
        `subscription { memoryChanged${args} { change entryId type module entry { key content outcome } } }`
      const all = open(token, ask(''))
      const leads = open(token, ask('(types: [LEAD])'))
      const sales = open(token, ask('(modules: ["vendas"])'))
      const elsewhere = await insertWorkspace(core, `elsewhere-${newId()}`)
      await listeners()
      const origin = `test:${newId()}`
      const note = { type: 'note' as const, content: 'elsewhere' }
      await storeEntry(core, elsewhere, note, origin)
      const lead = await storeEntry(
        core,
        core.workspaceId,
        { type: 'lead', email: `${newId()}@acme.com.br`, content: 'one' },
        origin,
      )
      await all.until(1) // what happens together is told once
      const made = await storeEntry(
        core,
        core.workspaceId,
        { type: 'decision', module: 'vendas', content: 'two' },
        origin,
      )
      await storeEntry(core, core.workspaceId, { type: 'decision', module: 'vendas', content: 'two' }, origin) // the same again is no change
      await all.until(2)
      await learnFromOutcomes(core, core.workspaceId, [{ key: made.key, outcome: 'success' }])
      await all.until(3)
      await forgetEntry(core, core.workspaceId, lead.key)
      const changes = (watch: Watch) => watch.got.map(({ memoryChanged }) => memoryChanged)
      await all.until(4)
      expect(changes(all)).toEqual([
        expect.objectContaining({ change: 'STORED', type: 'LEAD', entryId: encodeNodeId('MemoryEntry', lead.id) }),
        expect.objectContaining({ change: 'STORED', type: 'DECISION', module: 'vendas' }),
        expect.objectContaining({ change: 'STORED', entry: expect.objectContaining({ outcome: 'SUCCESS' }) }),
        { change: 'REMOVED', type: 'LEAD', module: null, entry: null, entryId: encodeNodeId('MemoryEntry', lead.id) },
      ])
      await leads.until(2)
      expect(changes(leads).map(({ type }) => type)).toEqual(['LEAD', 'LEAD'])
      await sales.until(2)
      expect(changes(sales).map(({ module }) => module)).toEqual(['vendas', 'vendas'])
      await storeEntry(core, core.workspaceId, { type: 'lead', email: 'gone@acme.com.br', content: 'x' }, origin)
      await all.until(5)
      await erasePerson(core, core.workspaceId, 'gone@acme.com.br', 'host')
      await all.until(6)
      expect(changes(all)[5]).toEqual({ change: 'REMOVED', entryId: null, type: null, module: null, entry: null })
      for (const watch of [all, leads, sales]) watch.stop()
    })

    it('watch the brain', async () => {
      const seen = open(await freshToken(), 'subscription { brainStatusChanged { status { running healthScore } } }')
      await listeners()
      const running = () => seen.got.at(-1)?.brainStatusChanged.status.running
      await host.core.brain.start()
      await expect.poll(running, { timeout: 20_000 }).toBe(true)
      await host.core.brain.stop()
      await expect.poll(running, { timeout: 20_000 }).toBe(false)
      seen.stop()
    })
  })

  it('read once for all who hear of one event', async () => {
    const token = await freshToken()
    const watches = Array.from({ length: 20 }, () => sse(token, 'subscription { leadUpdated { lead { name } } }'))
    await listeners()
    await listeners()
    const leadId = await capture()
    await Promise.all(watches.map(one => one.until(1)))
    const sql = host.core.sqlOf(host.core.workspaceId)
    const { query } = sql
    const sent: string[] = []
    Object.assign(sql, {
      query: (...args: Parameters<typeof query>) => (sent.push(args[0].name), query.apply(sql, args)),
    })
    host.core.pubsub.publish('lead.updated', { workspaceId: host.core.workspaceId, leadId })
    await Promise.all(watches.map(one => one.until(2)))
    Object.assign(sql, { query })
    expect(sent.filter(name => name === 'find-leads')).toHaveLength(1)
    for (const one of watches) one.stop()
  })
  it('say over a web socket when they stand, to who asks: what happens from then on is heard', async () => {
    const stands = Promise.withResolvers<unknown>()
    const heard = Promise.withResolvers<unknown>()
    const client = createWsClient({
      url: `${host.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      connectionParams: { authorization: `Bearer ${await host.token()}` },
      on: { ping: (received, payload) => received && stands.resolve(payload) },
    })
    const close = client.subscribe(
      { query: 'subscription { leadUpdated { lead { id } } }', extensions: { standing: 'mine' } },
      { next: heard.resolve, error: heard.reject, complete() {} },
    )
    expect(await stands.promise).toEqual({ standing: 'mine' })
    const leadId = await capture()
    expect(await heard.promise).toEqual({ data: { leadUpdated: { lead: { id: encodeNodeId('Lead', leadId) } } } })
    close()
    await client.dispose()
  })
  it('are closed to web sockets without a good token, with 4403', async () => {
    for (const connectionParams of [undefined, {}, { authorization: 'Bearer a.b.c' }, { authorization: 5 }]) {
      const socket = new WebSocket(`${host.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws')
      const closed = new Promise<number>(resolve => socket.on('close', resolve))
      socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init', payload: connectionParams })))
      expect(await closed).toBe(4403)
    }
  })
  it('are open to the session cookie from a page of this host only, and wait 3 s for the first word', async () => {
    const login = await host.send('POST', '/auth/login', { body: host.core.owner, token: null })
    const cookie = login.headers.getSetCookie()[0]!.split(';')[0]!
    const connect = (origin: string) =>
      new WebSocket(`${host.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
        headers: { cookie, origin },
      })
    const own = connect(host.url)
    own.on('open', () => own.send(JSON.stringify({ type: 'connection_init' })))
    expect(await new Promise(resolve => own.on('message', data => resolve(JSON.parse(String(data)).type)))).toBe(
      'connection_ack',
    )
    own.close()
    const foreign = connect('https://evil.example')
    expect(
      await new Promise(
        resolve => (
          foreign.on('unexpected-response', (_, response) => resolve(response.statusCode)),
          foreign.on('error', () => {})
        ),
      ),
    ).toBe(403)
    const silent = connect(host.url)
    expect(await new Promise(resolve => silent.on('close', resolve))).toBe(4408)
  })
  it('answer queries over web sockets under the same limits', async () => {
    const token = await freshToken()
    const ask = async (query: string) => {
      const seen = ws(token, query)
      const [event] = await seen.until(1)
      return JSON.stringify(event)
    }
    expect(await ask('{ viewer { email } }')).toContain(host.core.owner.email)
    expect(await ask('{ nope }')).toContain('GRAPHQL_VALIDATION_FAILED')
    expect(await ask('{')).toContain('GRAPHQL_PARSE_FAILED')
    expect(await ask(`{ ${Array.from({ length: 40 }, (_, index) => `a${index}: __typename`).join(' ')} }`)).toContain(
      'QUERY_TOO_COMPLEX',
    )
  })
  it('end when the server closes', async () => {
    const other = await openTestServer('pglite')
    const client = createSseClient({
      url: `${other.url}/graphql`,
      retryAttempts: 0,
      headers: { authorization: `Bearer ${await other.token()}` },
    })
    const over = new Promise<void>(resolve =>
      client.subscribe(
        { query: 'subscription { leadUpdated { lead { id } } }' },
        { next() {}, error: () => resolve(), complete: resolve },
      ),
    )
    await listeners()
    const began = performance.now()
    await other.close()
    await over
    expect(performance.now() - began).toBeLessThan(3000)
  })
})
