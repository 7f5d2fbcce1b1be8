import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestServer, type TestServer } from '../http/open-test-server.ts'

describe('GraphQL over HTTP', () => {
  let host: TestServer
  beforeAll(async () => {
    host = await openTestServer('pglite')
  })
  afterAll(() => host.close())
  const query = '{ __typename }'
  const post = (body: unknown, headers: Record<string, string> = {}) => host.send('POST', '/graphql', { body, headers })

  it('answers to POST of JSON', async () => {
    const answer = await post({ query })
    expect([answer.status, answer.json.data]).toEqual([200, { __typename: 'Query' }])
    expect(answer.headers.get('x-request-id')).toBeTruthy()
    expect(answer.headers.get('access-control-allow-origin')).toBeNull()
    const named = await post({
      query: 'query a { __typename } query b { viewer { email } }',
      operationName: 'b',
      extensions: {},
    })
    expect(named.json.data.viewer.email).toBe(host.core.owner.email)
    const negotiated = await post({ query }, { accept: 'application/graphql-response+json' })
    expect(negotiated.headers.get('content-type')).toMatch(/^application\/graphql-response\+json/)
  })
  it('refuses every other way in, before anything is executed', async () => {
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    const cases: [number, Promise<{ status: number; text: string }>][] = [
      [405, host.send('GET', `/graphql?query=${encodeURIComponent(query)}`)],
      [405, host.send('PUT', '/graphql', { body: { query } })],
      [405, host.send('DELETE', '/graphql')],
      [415, post(`query=${encodeURIComponent(query)}`, form)],
      [415, post(query, { 'content-type': 'application/graphql' })],
      [415, post(JSON.stringify({ query }), { 'content-type': 'text/plain' })],
      [415, post('--x', { 'content-type': 'multipart/form-data; boundary=x' })],
      [415, post(JSON.stringify({ query }), { 'content-encoding': 'gzip' })],
      [413, post({ query, variables: { x: 'x'.repeat(1_000_001) } })],
      [400, post('{')],
      [400, post('{}')],
      [400, post('null')],
      [400, post('"x"')],
      [400, post([{ query }, { query }])],
      [400, post({ query: 1 })],
      [400, post({ query, variables: 'x' })],
      [400, post({ query, operationName: 1 })],
      [400, post({ query, variables: { x: 'a\0b' } })],
      [400, host.send('POST', '/graphql')],
    ]
    for (const [status, answer] of cases) {
      const { status: got, text } = await answer
      expect(got, text.slice(0, 200)).toBe(status)
      expect(text).not.toContain('"data":{')
    }
    expect((await host.send('GET', '/graphql')).headers.get('allow')).toBe('POST')
    expect(
      (
        await host.send('OPTIONS', '/graphql', {
          headers: { origin: 'https://evil.example', 'access-control-request-method': 'POST' },
        })
      ).headers.get('access-control-allow-origin'),
    ).toBeNull()
    expect((await post({ query }, { accept: 'image/png' })).status).toBe(406)
  })
  it('puts a code on every error', async () => {
    const cases: [string, unknown, Record<string, unknown>?][] = [
      ['GRAPHQL_PARSE_FAILED', '{'],
      ['GRAPHQL_VALIDATION_FAILED', '{ nope }'],
      ['BAD_USER_INPUT', 'query q($n: Int!) { leads(first: $n) { edges { cursor } } }', { n: 'x' }],
      ['BAD_USER_INPUT', 'query q($n: Int!) { leads(first: $n) { edges { cursor } } }', {}],
      ['NOT_FOUND', '{ runs(filter: {leadId: "zzz"}) { edges { cursor } } }'],
      ['BAD_USER_INPUT', '{ playbook(slug: "a\\u0000") { id } }'],
    ]
    for (const [code, query, variables] of cases) {
      const { json } = await post({ query, variables })
      expect(
        json.errors.map((error: { extensions: { code: string } }) => error.extensions.code),
        String(query),
      ).toEqual([code])
      expect(JSON.stringify(json)).not.toMatch(/stack|node_modules|\.ts:/)
    }
    const ambiguous = await post({ query: 'query a { __typename } query b { __typename }' })
    expect(ambiguous.json.errors[0].extensions.code).toBe('BAD_USER_INPUT')
    expect((await post({ query, operationName: 'missing' })).json.errors[0].extensions.code).toBe('BAD_USER_INPUT')
  })
  it('masks what nobody expected, and names the request in the log', async () => {
    const broken = await openTestServer('pglite')
    Object.assign(broken.core.plugins, {
      list() {
        throw new Error('secret detail')
      },
    })
    const answer = await broken.graphql(
      '{ installations { totalCount } }',
      {},
      { headers: { 'x-request-id': 'req-7' } },
    )
    expect(answer.json.errors).toEqual([
      expect.objectContaining({
        message: 'The request could not be completed.',
        extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: 'req-7' },
      }),
    ])
    expect(answer.text).not.toContain('secret detail')
    await broken.close()
  })
  it('offers GraphiQL in development only, from this host alone', async () => {
    const page = await host.send('GET', '/graphql', { token: null, headers: { accept: 'text/html' } })
    expect([page.status, page.headers.get('content-type')]).toEqual([200, expect.stringMatching(/^text\/html/)])
    expect(page.text).not.toMatch(/(?:src|href)="https?:/)
    const production = await openTestServer('pglite', {}, { NODE_ENV: 'production' })
    expect((await production.send('GET', '/graphql', { token: null, headers: { accept: 'text/html' } })).status).toBe(
      405,
    )
    await production.close()
  })
  it('works with the session cookie beside the CSRF header only', async () => {
    const login = await host.send('POST', '/auth/login', { body: host.core.owner, token: null })
    const cookie = login.headers.getSetCookie()[0]!.split(';')[0]!
    const ask = (headers: Record<string, string>) =>
      host.graphql('{ viewer { email } }', {}, { token: null, headers: { cookie, ...headers } })
    expect((await ask({})).status).toBe(401)
    expect((await ask({ 'x-trae-csrf': '1' })).json.data.viewer.email).toBe(host.core.owner.email)
  })
})
