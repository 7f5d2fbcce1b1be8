import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startServer } from '../../core/http/server.ts'
import { statement } from '../../core/sql.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { type Answer, openTestServer, type TestServer } from './open-test-server.ts'

const COUNT_LEADS = statement('test.leads', 'select count(*)::int as count from leads')

describe.each(DATABASE_KINDS)('REST, on %s', kind => {
  let host: TestServer
  beforeAll(async () => {
    host = await openTestServer(kind)
  })
  afterAll(() => host.close())
  const leads = async () => (await host.core.sql.query<{ count: number }>(COUNT_LEADS))[0]!.count
  const problem = (answer: Answer, status: number, code: string) => {
    expect(answer.status, answer.text).toBe(status)
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/)
    expect(answer.json).toMatchObject({
      type: 'about:blank',
      status,
      code,
      title: expect.any(String),
      detail: expect.any(String),
      requestId: answer.headers.get('x-request-id'),
    })
    return answer.json
  }

  it('sums up the last days, and refuses a span that makes no sense', async () => {
    const before = (await host.send('GET', '/analytics/overview')).json.leads_processed
    await host.send('POST', '/leads/process', { body: { name: 'Ana', email: 'analytics@example.com' } })
    const { json } = await host.send('GET', '/analytics/overview?days=7')
    expect(json).toMatchObject({ leads_processed: before + 1, meetings_scheduled: 0, conversion_rate: 0 })
    problem(await host.send('GET', '/analytics/overview?days=0'), 422, 'VALIDATION')
    problem(await host.send('GET', '/analytics/overview?weeks=1'), 422, 'VALIDATION')
  })

  describe('POST /leads/process', () => {
    const ana = { name: 'Ana Souza', email: 'ana@example.com', company: 'Acme', job_title: 'CEO', source: 'website' }

    it('answers 202 with an id once the lead is stored', async () => {
      const before = await leads()
      const answer = await host.send('POST', '/leads/process', { body: ana })
      expect(answer.status, answer.text).toBe(202)
      expect(answer.json).toMatchObject({
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        lead_id: answer.json.id,
        event_id: expect.any(String),
        created: true,
      })
      expect(await leads()).toBe(before + 1)
    })
    it('takes the same Idempotency-Key once', async () => {
      const headers = { 'idempotency-key': 'abc-1' }
      const body = { name: 'Once', phone: '+55 11 98765-4321' }
      const before = await leads()
      const answers = await Promise.all([1, 2, 3].map(() => host.send('POST', '/leads/process', { body, headers })))
      expect(answers.map(answer => answer.status)).toEqual([202, 202, 202])
      expect(new Set(answers.map(answer => answer.json.id)).size).toBe(1)
      expect(answers.filter(answer => answer.headers.get('idempotency-replayed') === 'true')).toHaveLength(2)
      expect(await leads()).toBe(before + 1)
      problem(
        await host.send('POST', '/leads/process', { body, headers: { 'idempotency-key': 'x'.repeat(256) } }),
        422,
        'VALIDATION',
      )
    })
    it('keeps a source of its own in the campaign', async () => {
      const answer = await host.send('POST', '/leads/process', {
        body: { ...ana, email: 'li@example.com', source: 'linkedin' },
      })
      const [row] = await host.core.sql.query(
        statement('test.lead', 'select source, utm, job_title from leads where id = $1'),
        [answer.json.id],
      )
      expect(row).toEqual({ source: 'API', utm: { source: 'linkedin' }, job_title: 'CEO' })
    })
    it('names every finding by its field', async () => {
      const { errors } = problem(
        await host.send('POST', '/leads/process', {
          body: { email: 'nope', phone: 5, extra: 1, consent: { basis: 'X' } },
        }),
        422,
        'VALIDATION',
      )
      expect(errors.map((error: { pointer: string }) => error.pointer).sort()).toEqual([
        '/consent/basis',
        '/email',
        '/extra',
        '/name',
        '/phone',
      ])
      problem(await host.send('POST', '/leads/process', { body: { name: 'No address' } }), 422, 'VALIDATION')
      problem(await host.send('POST', '/leads/process', { body: { name: 'Bad', phone: '12' } }), 422, 'VALIDATION')
    })
    it('is never brought down by what is sent', async () => {
      const lead = (over: object) => JSON.stringify({ ...ana, email: 'x@example.com', ...over })
      const bodies: [string | Uint8Array, number][] = [
        ['{', 400],
        ['', 422],
        ['null', 422],
        ['[]', 422],
        ['"x"', 422],
        ['1', 422],
        ['{"name":"a\\u0000b","email":"a@b.co"}', 400],
        ['{"name":"\\ud800","email":"a@b.co"}', 400],
        [lead({ data: { 'k\u0000': 1 } }), 400],
        ['['.repeat(100_000), 400],
        [`{"name":"x","email":"a@b.co","data":${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}`, 400],
        [lead({ data: { big: 'x'.repeat(40_000) } }), 422],
        [lead({ name: 'x'.repeat(300) }), 422],
        [lead({ name: '' }), 422],
        [lead({ name: null }), 422],
        [lead({ name: {} }), 422],
        [lead({ data: [] }), 422],
        [lead({ __proto__: null }).replace('{', '{"__proto__":{"a":1},'), 422],
        [lead({ constructor: 1 }), 422],
        [lead({ email: `${'a'.repeat(300)}@example.com` }), 422],
        [lead({ data: { n: 1e308 } }), 202],
        [lead({ name: "'; drop table leads; --" }), 202],
        [new Uint8Array([0xff, 0xfe, 0x00]), 400],
        ['x'.repeat(1_000_001), 413],
      ]
      for (const [body, status] of bodies) {
        const answer = await host.send('POST', '/leads/process', {
          body,
          headers: { 'content-type': 'application/json' },
        })
        expect(answer.status, `${String(body).slice(0, 80)} → ${answer.text}`).toBe(status)
        if (status >= 400) expect(answer.headers.get('content-type')).toMatch(/problem\+json/)
      }
    })
    it('takes JSON only', async () => {
      for (const type of [
        'text/plain',
        'application/x-www-form-urlencoded',
        'multipart/form-data; boundary=x',
        'application/xml',
      ])
        problem(
          await host.send('POST', '/leads/process', { body: '{}', headers: { 'content-type': type } }),
          415,
          'UNSUPPORTED_MEDIA_TYPE',
        )
      problem(
        await host.send('POST', '/leads/process', { body: '{}', headers: { 'content-encoding': 'gzip' } }),
        415,
        'UNSUPPORTED_MEDIA_TYPE',
      )
      problem(
        await host.send('POST', '/leads/process', {
          body: '{}',
          headers: { 'content-type': 'application/json; charset=latin1' },
        }),
        415,
        'UNSUPPORTED_MEDIA_TYPE',
      )
    })
  })

  it('says who may not, and what is not there', async () => {
    for (const [method, path] of [
      ['POST', '/brain/start'],
      ['POST', '/brain/stop'],
      ['GET', '/brain/status'],
      ['POST', '/leads/process'],
      ['GET', '/modules/pre_vendas/status'],
    ] as const) {
      const answer = await host.send(method, path, { token: null })
      problem(answer, 401, 'UNAUTHENTICATED')
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/)
      problem(await host.send(method, path, { token: 'x.y.z' }), 401, 'UNAUTHENTICATED')
    }
    problem(await host.send('GET', '/nothing'), 404, 'NOT_FOUND')
    problem(await host.send('GET', '/tasks'), 404, 'NOT_FOUND')
    problem(await host.send('GET', '/modules/nope/status'), 404, 'NOT_FOUND')
    problem(await host.send('GET', '/%E0%A4%A'), 404, 'NOT_FOUND')
    problem(await host.send('GET', '/modules/%E0%A4%A/status'), 400, 'BAD_USER_INPUT')
  })
  it('tells which methods a path has', async () => {
    const answer = await host.send('DELETE', '/leads/process')
    problem(answer, 405, 'METHOD_NOT_ALLOWED')
    expect(answer.headers.get('allow')).toBe('POST')
    expect((await host.send('POST', '/brain/status')).headers.get('allow')).toBe('GET, HEAD')
    expect((await host.send('OPTIONS', '/leads/process')).status).toBe(204)
    expect(
      (await host.send('OPTIONS', '/leads/process', { headers: { origin: 'https://evil.example' } })).headers.get(
        'access-control-allow-origin',
      ),
    ).toBeNull()
  })
  it('starts, stops and shows the brain', async () => {
    const started = await host.send('POST', '/brain/start')
    expect(started.status, started.text).toBe(202)
    expect(started.json).toMatchObject({ running: true, health_score: 100, queue_size: expect.any(Number) })
    const stopped = await host.send('POST', '/brain/stop', { body: {} })
    expect([stopped.status, stopped.json.running]).toEqual([202, false])
    expect((await host.send('POST', '/brain/stop')).status).toBe(202)
    const status = await host.send('GET', '/brain/status')
    expect(status.json).toMatchObject({ running: false, modules: expect.any(Array) })
    expect((await host.send('GET', '/modules/pre_vendas/status')).json).toMatchObject({
      key: 'pre_vendas',
      error_rate: 0,
    })
    problem(await host.send('POST', '/brain/stop', { body: { drain: true } }), 422, 'VALIDATION')
  })
  it('echoes a sane request id and replaces any other', async () => {
    expect(
      (await host.send('GET', '/healthz', { headers: { 'x-request-id': 'abc-123' } })).headers.get('x-request-id'),
    ).toBe('abc-123')
    expect(
      (await host.send('GET', '/healthz', { headers: { 'x-request-id': '<script>' } })).headers.get('x-request-id'),
    ).toMatch(/^[0-9a-f-]{36}$/)
  })
  it('is healthy and ready, and carries the headers that browsers need', async () => {
    expect((await host.send('GET', '/healthz', { token: null })).json).toEqual({ status: 'ok' })
    expect((await host.send('GET', '/readyz', { token: null })).json).toEqual({ status: 'ready' })
    const { headers } = await host.send('GET', '/brain/status')
    expect(headers.get('content-security-policy')).toContain("script-src 'self'")
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('x-powered-by')).toBeNull()
    expect(headers.get('cache-control')).toBe('no-store')
  })
  it('shows the public halves of its keys', async () => {
    const { json } = await host.send('GET', '/.well-known/jwks.json', { token: null })
    expect(json.keys).toHaveLength(2)
    for (const key of json.keys) expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x'])
  })
  it('survives what is not HTTP', async () => {
    const { port } = new URL(host.url)
    for (const bytes of [
      'GARBAGE\r\n\r\n',
      'GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n',
      `GET /${'x'.repeat(20_000)} HTTP/1.1\r\n\r\n`,
    ]) {
      const text = await new Promise<string>(resolve => {
        const socket = connect(Number(port), '127.0.0.1', () => socket.write(bytes))
        let got = ''
        socket.on('data', data => (got += data))
        socket.on('close', () => resolve(got))
        socket.on('error', () => resolve(got))
      })
      expect(text).toMatch(/^HTTP\/1\.1 4\d\d/)
    }
    expect((await host.send('GET', '/healthz')).status).toBe(200)
  })
  it('says what to do about a port that is taken', async () => {
    const { port } = new URL(host.url)
    const again = startServer({ ...host.core, config: { ...host.core.config, port: Number(port) } })
    await expect(again).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringMatching(new RegExp(`Port ${port}.*TRAE_PORT`)),
    })
  })
})
