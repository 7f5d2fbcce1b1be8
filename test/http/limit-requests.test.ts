import { type Client, createClient } from 'graphql-ws'
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { countedAddress } from '../../core/http/client-address.ts'
import { openTestServer, type TestServer } from './open-test-server.ts'
import { REDIS } from '../support/redis.ts'

describe.each(['memory', 'redis'] as const)('limits of requests, counted in %s', kind => {
  let host: TestServer
  let token: string
  let key: string
  beforeAll(async () => {
    host = await openTestServer(
      'pglite',
      {},
      {
        TRAE_TRUSTED_PROXIES: '127.0.0.1',
        TRAE_LIMIT_ADDRESS: '20/50',
        TRAE_LIMIT_KEY: '40/60',
        TRAE_LIMIT_SIGN_IN: '3',
        ...(kind === 'redis' ? { REDIS_URL: REDIS } : {}),
      },
    )
    const { clock } = host.core
    clock.advance(3_600_000 - (clock.now().getTime() % 3_600_000))
    token = (await login(freshAddress())).json.access_token
    const made = await host.graphql(
      'mutation { apiKeyCreate(input: {name: "k", scopes: [READ]}) { plaintext } }',
      {},
      { token, headers: { 'x-forwarded-for': freshAddress() } },
    )
    key = made.json.data.apiKeyCreate.plaintext
  })
  afterAll(() => host.close())

  /** Redis is shared with other runs of this test. */
  const freshAddress = () => {
    const hex = randomUUID().replaceAll('-', '')
    return `2001:db8:${hex.slice(0, 4)}:${hex.slice(4, 8)}::1`
  }
  const login = (address: string, password = host.core.owner.password) =>
    host.send('POST', '/auth/login', {
      body: { email: host.core.owner.email, password },
      token: null,
      headers: { 'x-forwarded-for': address },
    })
  const ask = (address: string, headers: Record<string, string> = {}, path = '/openapi.json') =>
    host.send('GET', path, { token: null, headers: { 'x-forwarded-for': address, ...headers } })
  const spend = async (address: string, count: number) => {
    for (let i = 0; i < count; i++) expect((await ask(address)).status).toBe(200)
  }

  /** How often Prometheus would hear that somebody was refused. */
  const refused = async (scope: 'address' | 'key') => {
    const { values } = await host.core.metrics.registry.getSingleMetric('trae_rate_limited_total')!.get()
    return values.find(({ labels }) => labels['scope'] === scope)?.value ?? 0
  }

  it('an address has so many a minute; the answers say what is left, and then how long to wait', async () => {
    const address = freshAddress()
    const first = await ask(address)
    expect(first.headers.get('ratelimit-policy')).toBe('"minute";q=20;w=60, "hour";q=50;w=3600')
    expect(first.headers.get('ratelimit')).toBe('"minute";r=19;t=60, "hour";r=49;t=3600')
    expect(['limit', 'remaining', 'reset'].map(name => first.headers.get(`x-ratelimit-${name}`))).toEqual([
      '20',
      '19',
      '60',
    ])
    await spend(address, 19)
    const before = await refused('address')
    const over = await ask(address)
    expect(await refused('address')).toBe(before + 1)
    expect([over.status, over.json.code, over.headers.get('retry-after')]).toEqual([429, 'RATE_LIMITED', '60'])
    expect((await ask(address.replace(/1$/, 'ffff'))).status).toBe(429) // the same /64
    expect((await ask(freshAddress())).status).toBe(200)
    for (const free of ['/healthz', '/readyz', '/admin/']) expect((await ask(address, {}, free)).status).not.toBe(429)
    const graphql = await host.graphql('{ __typename }', {}, { token, headers: { 'x-forwarded-for': address } })
    expect([graphql.status, graphql.json.errors[0].extensions.code]).toEqual([429, 'RATE_LIMITED'])
    host.core.clock.advance(60_000)
    await spend(address, 20)
    host.core.clock.advance(60_000)
    await spend(address, 10)
    const hour = await ask(address)
    expect([hour.status, hour.headers.get('retry-after'), hour.json.detail]).toEqual([
      429,
      '3480',
      expect.stringContaining('50 requests within an hour'),
    ])
    host.core.clock.advance(3_480_000)
  })
  it('a key counts by itself, from wherever it is used; one that is not valid counts against the address', async () => {
    const address = freshAddress()
    const by = (key: string, from = address) => ask(from, { 'x-api-key': key }, '/openapi.json')
    for (let i = 0; i < 40; i++) expect((await by(key, i % 2 ? address : freshAddress())).status).toBe(200)
    const before = [await refused('address'), await refused('key')]
    const over = await by(key)
    expect([await refused('address'), await refused('key')]).toEqual([before[0], before[1]! + 1])
    expect([over.status, over.headers.get('ratelimit-policy')]).toEqual([429, '"minute";q=40;w=60, "hour";q=60;w=3600'])
    expect((await ask(address)).headers.get('x-ratelimit-remaining')).toBe('19')
    expect((await by(`${key.slice(0, -1)}~`)).headers.get('x-ratelimit-remaining')).toBe('18')
    host.core.clock.advance(60_000)
  })
  it('web sockets and what is asked over them count as well', async () => {
    const address = freshAddress()
    token = (await login(address)).json.access_token // 1
    class From extends WebSocket {
      constructor(url: string, protocols: string) {
        super(url, protocols, { headers: { 'x-forwarded-for': address } })
      }
    }
    const client = createClient({
      url: `${host.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: From,
      connectionParams: { authorization: `Bearer ${token}` },
      retryAttempts: 0,
      lazy: false,
    })
    const operation = async () => {
      for await (const result of client.iterate({ query: '{ viewer { id } }' })) return JSON.stringify(result)
      return ''
    }
    for (let i = 0; i < 18; i++) expect(await operation()).toContain('viewer') // the socket was the second
    const refused = await operation().catch(error => JSON.stringify(error))
    expect(refused).toContain('RATE_LIMITED')
    const nonsense = client.iterate({ query: '{ viewer {' }).next()
    expect(JSON.stringify(await nonsense.catch(error => error))).toContain('RATE_LIMITED')
    // Streams are no requests: pages open several, and a team shares an address. A person has as many as a key has requests.
    for (let i = 0; i < 40; i++) expect(await opened(client)).toBe('open')
    expect(await opened(client)).toContain('RATE_LIMITED')
    await client.dispose()
    const socket = new From(`${host.url.replace('http', 'ws')}/ws/brain`, 'trae.v1')
    const status = await new Promise(resolve => {
      socket.on('unexpected-response', (_request, response) => resolve(response.statusCode))
      socket.on('error', () => {})
    })
    expect(status).toBe(429)
    host.core.clock.advance(60_000)
  })
  /** Opens a stream and closes it: `open`, or why not. */
  const opened = (client: Client) =>
    new Promise<string>(resolve => {
      const mark = randomUUID()
      const over = client.on('ping', (_received, payload) => {
        if (payload?.['standing'] !== mark) return
        over()
        close()
        resolve('open')
      })
      const close = client.subscribe(
        { query: 'subscription { leadUpdated { __typename } }', extensions: { standing: mark } },
        { next() {}, complete() {}, error: error => resolve(JSON.stringify(error)) },
      )
    })
  it('webhooks count when they are refused', async () => {
    const address = freshAddress()
    const post = () =>
      host.send('POST', '/hooks/leads', { token: null, body: {}, headers: { 'x-forwarded-for': address } })
    const first = await post()
    expect([first.status, first.headers.get('x-ratelimit-remaining')]).toEqual([401, '20'])
    for (let i = 0; i < 19; i++) expect((await post()).status).toBe(401)
    await expect.poll(async () => (await post()).status).toBe(429)
    host.core.clock.advance(60_000)
  })
  it('an address tries to sign in so often, whichever account it names', async () => {
    const address = freshAddress()
    for (let i = 0; i < 3; i++) expect((await login(address, `wrong wrong ${randomUUID()}`)).status).toBe(401)
    const over = await login(address)
    expect([over.status, over.headers.get('retry-after'), over.json.code]).toEqual([429, '60', 'RATE_LIMITED'])
    expect((await login(freshAddress())).status).toBe(200)
  })
})

it('an IPv6 address counts as its network', () => {
  expect(countedAddress('2001:db8::1')).toBe('2001:db8:0:0::/64')
  expect(countedAddress('2001:0db8:1:2:3:4:5:6')).toBe('2001:db8:1:2::/64')
  expect(countedAddress('::1')).toBe('0:0:0:0::/64')
  expect(countedAddress('203.0.113.7')).toBe('203.0.113.7')
})
