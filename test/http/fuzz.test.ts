import { request as httpRequest } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HOSTILE_VALUES } from '../support/hostile-values.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { openTestServer, type TestServer } from './open-test-server.ts'

/** Every route of REST, and what a good request to it looks like. */
const ROUTES: readonly (readonly ['GET' | 'POST', string, Readonly<Record<string, unknown>>?])[] = [
  ['POST', '/auth/login', { email: 'a@example.com', password: 'wrong' }],
  ['POST', '/auth/refresh', { refresh_token: 'x' }],
  ['POST', '/auth/logout', { refresh_token: 'x' }],
  ['GET', '/.well-known/jwks.json'],
  ['GET', '/openapi.json'],
  ['GET', '/healthz'],
  ['POST', '/plugins/packages'],
  ['POST', '/hooks/leads', { name: 'x', email: 'x@example.com' }],
  ['POST', '/hooks/p/none', {}],
  ['POST', '/hooks/t/none', {}],
  ['GET', '/hooks/p/none/runs/none'],
  ['GET', '/l/demo'],
  ['POST', '/l/demo', { name: 'x', email: 'x@example.com' }],
  ['GET', '/l/demo/thanks'],
  ['GET', '/approvals/none'],
  ['POST', '/approvals/none', { decision: 'approved' }],
  ['GET', '/meetings/none'],
  ['POST', '/meetings/none', { do: 'cancel', sequence: '0' }],
  ['GET', '/admin/'],
]

const ENCODINGS: readonly Record<string, string>[] = [
  { 'content-type': 'application/x-www-form-urlencoded' },
  { 'content-type': 'multipart/form-data; boundary=x' },
  { 'content-type': 'text/plain' },
  { 'content-type': 'application/json; charset=utf-16' },
  { 'content-type': 'application/json; charset=nonsense' },
  { 'content-type': '' },
  { 'content-encoding': 'gzip' },
  { 'content-encoding': 'br' },
  { 'content-encoding': 'identity, gzip' },
  { accept: 'image/png' },
  { accept: '\u0080' },
  { 'accept-language': 'x'.repeat(5000) },
  { cookie: 'trae_session=%E0%A4%A; trae_session; =; ;;' },
  { 'x-trae-csrf': '1', cookie: 'trae_session=x' },
  { authorization: 'Basic eDp5' },
  { authorization: 'Bearer' },
  { 'x-request-id': '\u00ff'.repeat(200) },
  { 'idempotency-key': '\u00ff' },
  { 'idempotency-key': '' },
  { 'x-forwarded-for': "'; drop table leads" },
  { range: 'bytes=99999999-' },
  { 'if-modified-since': 'nonsense' },
]

const BODIES: readonly (string | Uint8Array)[] = [
  '{',
  '',
  'null',
  '[]',
  '"x"',
  '1e999',
  '{"a":1,"a":2}',
  '{"__proto__":{"admin":true}}',
  '['.repeat(50_000),
  '{"a":'.repeat(5000),
  '{"name":"a\\u0000b"}',
  '{"name":"\\ud800"}',
  new Uint8Array([0xff, 0xfe, 0x00, 0x41]),
  new Uint8Array([0x1f, 0x8b, 0x08, 0x00]),
  'name=%00&email=%ff&%=',
  'a&'.repeat(10_000),
  'x'.repeat(1_000_001),
]

const PATHS = ['%00', '%2e%2e%2f%2e%2e%2fetc%2fpasswd', '%E0%A4%A', '%ff', '..;', "'--", 'x'.repeat(4000), '\u{1f600}']
const QUERIES = [
  '?a=%00',
  '?a=%ff',
  '?a=1&a=2',
  '?a[b]=1',
  '?__proto__[x]=1',
  '?constructor=1',
  '?days=%00',
  `?q=${'x'.repeat(5000)}`,
  '?lang=%E0%A4%A',
  '?days=1e400',
  '?days=-1',
  '?name=%',
]

// Ten thousand requests one after the other, beside other tests
describe.each(DATABASE_KINDS)('whatever is sent to REST, on %s,', { timeout: 240_000 }, kind => {
  let host: TestServer
  let documented: ['GET' | 'POST', string, Readonly<Record<string, unknown>>?][]
  beforeAll(async () => {
    host = await openTestServer(kind)
    const { paths } = (await host.send('GET', '/openapi.json', { token: null })).json
    documented = Object.entries(paths as Record<string, Record<string, { requestBody?: unknown }>>).flatMap(
      ([path, methods]) =>
        Object.keys(methods).map(
          method =>
            [
              method.toUpperCase() as 'GET' | 'POST',
              path.replaceAll(/\{\w+\}/g, 'pre_vendas'),
              { name: 'x', email: 'x@example.com' },
            ] as const,
        ),
    ) as typeof documented
  })
  afterAll(() => host.close())
  const routes = () => [...ROUTES, ...documented]

  /** By node:http, which sends what fetch would not. The status; 0 where the connection was ended. */
  const send = (
    method: string,
    path: string,
    headers: Record<string, string>,
    body?: string | Uint8Array,
    token?: string,
  ) =>
    new Promise<{ status: number; text: string; type: string }>(resolve => {
      const sent = httpRequest(
        host.url + path,
        {
          method,
          headers: {
            'content-type': 'application/json',
            ...(token ? { authorization: `Bearer ${token}` } : {}),
            ...headers,
          },
        },
        answer => {
          let text = ''
          answer.on('data', data => (text += data))
          answer.on('end', () =>
            resolve({ status: answer.statusCode!, text, type: answer.headers['content-type'] ?? '' }),
          )
        },
      )
      sent.on('error', error => resolve({ status: 0, text: String(error), type: '' }))
      sent.end(body)
    })
  const faults: string[] = []
  const look = async (method: string, path: string, headers: Record<string, string>, body?: string | Uint8Array) => {
    const { status, text, type } = await send(
      method,
      path,
      headers,
      body,
      path.startsWith('/auth/') ? undefined : await host.token(), // it would be signed out
    ).catch(error => ({
      status: 0,
      text: `not sent: ${error}`,
      type: '',
    }))
    const what = `${method} ${path.slice(0, 60)} ${JSON.stringify(headers).slice(0, 80)} ${String(body ?? '').slice(0, 60)} → ${status} ${text.slice(0, 200)}`
    if (status === 401 && /^\/(brain|leads|modules|analytics)\//.test(path) && !headers['authorization'])
      faults.push(`signed out: ${what}`)
    if (status === 429 && !path.startsWith('/auth/')) faults.push(`not looked at: ${what}`)
    if (status >= 500) faults.push(what)
    if (/node_modules|\.ts:\d|at Object\./.test(text)) faults.push(`shows its inside: ${what}`)
    if (status >= 400 && !/problem\+json|text\/html/.test(type)) faults.push(`no problem: ${what}`)
  }
  const over = async (
    work: (method: 'GET' | 'POST', path: string, body: Readonly<Record<string, unknown>>) => Promise<void>,
  ) => {
    faults.length = 0
    for (const [method, path, body = {}] of routes()) await work(method, path, body)
    expect(faults).toEqual([])
    expect((await host.send('GET', '/healthz')).status).toBe(200)
  }

  it('as a body, is never a fault of ours', () =>
    over(async (_method, path) => {
      for (const body of BODIES) await look('POST', path, {}, body)
      for (const body of BODIES.slice(-4))
        await look('POST', path, { 'content-type': 'application/x-www-form-urlencoded' }, body)
    }))
  it('as a value in a body that is good otherwise, is never a fault of ours', () =>
    over(async (method, path, body) => {
      if (method === 'GET') return
      for (const field of [...Object.keys(body), 'data', 'consent', 'constructor'])
        for (const value of HOSTILE_VALUES) await look('POST', path, {}, JSON.stringify({ ...body, [field]: value }))
    }))
  it('as headers, is never a fault of ours', () =>
    over(async (method, path, body) => {
      for (const headers of ENCODINGS)
        await look(method, path, headers, method === 'POST' ? JSON.stringify(body) : undefined)
    }))
  it('as a path, a query or a method, is never a fault of ours', () =>
    over(async (method, path, body) => {
      const text = method === 'POST' ? JSON.stringify(body) : undefined
      for (const part of PATHS)
        await look(
          method,
          encodeURI(path.replace(/[^/]+$/, '')) + (part === '\u{1f600}' ? encodeURI(part) : part),
          {},
          text,
        )
      for (const query of QUERIES) await look(method, path + query, {}, text)
      for (const other of ['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD', 'TRACE', 'PROPFIND'])
        await look(other, path, {})
    }))
})
