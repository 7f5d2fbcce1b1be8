import { randomUUID } from 'node:crypto'
import { createClient } from 'graphql-ws'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { readConfig } from '../../core/config.ts'
import { openTestServer, type TestServer } from '../http/open-test-server.ts'
import { REDIS } from '../support/redis.ts'

/** Costs 861. */
const QUERY = '{ leads(first: 20) { edges { node { runs(first: 20) { edges { node { id } } } } } } }'

describe.each(['memory', 'redis'] as const)('the cost of operations a minute, counted in %s', kind => {
  let host: TestServer
  beforeAll(async () => {
    host = await openTestServer(
      'pglite',
      {},
      {
        TRAE_TRUSTED_PROXIES: '127.0.0.1',
        TRAE_LIMIT_COST: '2000',
        ...(kind === 'redis' ? { REDIS_URL: REDIS } : {}),
      },
    )
    host.core.clock.advance(60_000 - (host.core.clock.now().getTime() % 60_000))
  })
  afterAll(() => host.close())

  const keyHeaders = async () => {
    const made = await host.graphql('mutation { apiKeyCreate(input: {name: "k", scopes: [READ]}) { plaintext } }')
    return { 'x-api-key': made.json.data.apiKeyCreate.plaintext as string }
  }
  const limited = async (scope: string) => {
    const { values } = await host.core.metrics.registry.getSingleMetric('trae_rate_limited_total')!.get()
    return values.find(({ labels }) => labels['scope'] === scope)?.value ?? 0
  }
  const nextMinute = () => host.core.clock.advance(60_000)

  it("is a key's own; answers say what is left, and the refusal what was spent and when to come back", async () => {
    const headers = await keyHeaders()
    const ask = (query = QUERY, accept = 'application/json') =>
      host.graphql(query, {}, { token: null, headers: { ...headers, accept } })
    const first = await ask()
    expect(first.json.extensions.cost).toEqual({
      requested: 861,
      limit: 2000,
      minute: { limit: 2000, remaining: 1139, reset: 60 },
    })
    expect(first.headers.get('ratelimit-policy')).toMatch(
      /^"minute";q=\d+;w=60, "hour";q=\d+;w=3600, "cost";q=2000;w=60$/,
    )
    expect(first.headers.get('ratelimit')).toMatch(/, "cost";r=1139;t=60$/)
    host.core.clock.advance(20_000)
    expect((await ask()).json.extensions.cost.minute).toEqual({ limit: 2000, remaining: 278, reset: 40 })
    const before = await limited('key')
    const over = await ask()
    expect([over.status, over.headers.get('retry-after')]).toEqual([429, '40'])
    expect(over.headers.get('ratelimit')).toMatch(/, "cost";r=278;t=40$/)
    expect(over.json.errors).toEqual([
      {
        message:
          'This operation costs 861, and 1722 of the 2000 that this key has a minute are spent. Try again in 40 seconds, or ask for less.',
        extensions: { code: 'RATE_LIMITED' },
      },
    ])
    expect(await limited('key')).toBe(before + 1)
    // what was refused took nothing: what fits is still answered, and what costs nothing is, when nothing is left
    expect((await ask('{ leads(first: 100) { edges { node { id } } } }')).json.extensions.cost.minute.remaining).toBe(
      77,
    )
    expect((await ask('{ __typename }')).json.data).toEqual({ __typename: 'Query' })
    expect((await host.graphql(QUERY, {}, { token: null, headers: await keyHeaders() })).status).toBe(200)
    nextMinute()
    expect((await ask()).status).toBe(200)
  })
  it("is a person's own, wherever they ask from, by HTTP or web socket; a stream costs when it begins", async () => {
    nextMinute()
    for (const address of ['198.51.100.1', '198.51.100.2'])
      expect((await host.graphql(QUERY, {}, { headers: { 'x-forwarded-for': address } })).status).toBe(200)
    const before = await limited('person')
    const client = createClient({
      url: `${host.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { authorization: `Bearer ${await host.token()}` },
      retryAttempts: 0,
      lazy: false,
    })
    const ask = async (query: string) => {
      for await (const result of client.iterate({ query })) return result
      return undefined
    }
    expect(JSON.stringify(await ask(QUERY).catch(error => error))).toContain('1722 of the 2000 that this person has')
    const nested = '{ runs(first: 20) { edges { node { id } } } }'
    const stream = `subscription { leadUpdated { lead ${`{ id ${nested.slice(1, -1)} }`} } }`
    const spent = async () => 2000 - (await host.graphql('{ viewer { id } }')).json.extensions.cost.minute.remaining
    const was = await spent()
    const mark = randomUUID()
    const stands = new Promise<void>(resolve =>
      client.on('ping', (_received, payload) => payload?.['standing'] === mark && resolve()),
    )
    const stop = client.subscribe(
      { query: stream, extensions: { standing: mark } },
      { next() {}, complete() {}, error() {} },
    )
    await stands
    expect((await spent()) - was).toBe(1 + 43) // the question itself, and payload, lead, list and 20 edges with a run each
    stop()
    await client.dispose()
    expect(await limited('person')).toBe(before + 1)
  })
  it("is an address's own where nobody is signed in", async () => {
    nextMinute()
    const from = `2001:db8:${randomUUID().slice(0, 4)}:${randomUUID().slice(0, 4)}::`
    const ask = (last: string) =>
      host.graphql(QUERY, {}, { token: null, headers: { 'x-forwarded-for': `${from}${last}` } })
    for (const last of ['1', '2']) expect((await ask(last)).json.errors[0].extensions.code).toBe('UNAUTHENTICATED')
    const over = await ask('3')
    expect([over.status, over.json.errors[0].message]).toEqual([429, expect.stringContaining('that this address has')])
  })
})

it('is never less than what one operation may cost', () => {
  expect(() => readConfig({ TRAE_LIMIT_COST: '1999' })).toThrow(/TRAE_LIMIT_COST/)
})
