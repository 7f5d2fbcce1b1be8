import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestServer, type TestServer } from './open-test-server.ts'

describe('signing in over HTTP', () => {
  let host: TestServer
  beforeAll(async () => {
    host = await openTestServer('pglite')
  })
  afterAll(() => host.close())
  const login = (body: unknown = host.core.owner) => host.send('POST', '/auth/login', { body, token: null })
  const cookiesOf = (headers: Headers) =>
    Object.fromEntries(headers.getSetCookie().map(text => [text.split('=')[0]!, text]))
  const pair = (headers: Headers) =>
    headers
      .getSetCookie()
      .map(text => text.split(';')[0])
      .join('; ')

  it('gives tokens in the body and in cookies that scripts cannot read', async () => {
    const answer = await login()
    expect(answer.json).toEqual({
      access_token: expect.any(String),
      refresh_token: expect.any(String),
      token_type: 'Bearer',
      expires_in: 900,
    })
    const { trae_session, trae_refresh } = cookiesOf(answer.headers)
    expect(trae_session).toMatch(/; Path=\/;.*HttpOnly; SameSite=Lax$/)
    expect(trae_refresh).toMatch(/; Path=\/auth;.*HttpOnly; SameSite=Lax$/)
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })
  it('marks cookies Secure in production', async () => {
    const production = await openTestServer('pglite', {}, { NODE_ENV: 'production' })
    const answer = await production.send('POST', '/auth/login', { body: production.core.owner, token: null })
    for (const cookie of answer.headers.getSetCookie()) expect(cookie).toContain('; Secure')
    expect(answer.headers.get('strict-transport-security')).toBeTruthy()
    await production.close()
  })
  it('names them with the prefix __Host- where browsers come over TLS, and renews who signed in before under it', async () => {
    const behind = await openTestServer('pglite', {}, { TRAE_PUBLIC_URL: 'https://trae.example.com' })
    const csrf = { 'x-trae-csrf': '1' }
    const answer = await behind.send('POST', '/auth/login', { body: behind.core.owner, token: null })
    const cookies = cookiesOf(answer.headers)
    expect(Object.keys(cookies)).toEqual(['__Host-trae_session', '__Host-trae_refresh'])
    for (const cookie of Object.values(cookies)) expect(cookie).toMatch(/; Path=\/;.*HttpOnly; Secure; SameSite=Lax$/)
    const before = `trae_session=${answer.json.access_token}; trae_refresh=${answer.json.refresh_token}`
    const old = { token: null, headers: { ...csrf, cookie: before } }
    expect((await behind.send('GET', '/brain/status', old)).status).toBe(401) // no other host of the domain signs somebody in
    const renewed = await behind.send('POST', '/auth/refresh', { ...old, body: {} })
    expect(renewed.status).toBe(200)
    const set = renewed.headers.getSetCookie()
    expect(set.map(text => [text.split('=')[0], text.includes('Expires=Thu, 01 Jan 1970')])).toEqual([
      ['trae_session', true],
      ['trae_refresh', true],
      ['__Host-trae_session', false],
      ['__Host-trae_refresh', false],
    ])
    const cookie = set
      .slice(2)
      .map(text => text.split(';')[0])
      .join('; ')
    expect((await behind.send('GET', '/brain/status', { token: null, headers: { ...csrf, cookie } })).status).toBe(200)
    await behind.close()
  })
  it('refuses wrong words alike, and bodies that are none', async () => {
    const wrong = await login({ ...host.core.owner, password: 'wrong wrong wrong' })
    const unknown = await login({ email: 'nobody@example.com', password: 'wrong wrong wrong' })
    expect([wrong.status, unknown.status]).toEqual([401, 401])
    expect({ ...unknown.json, requestId: '' }).toEqual({ ...wrong.json, requestId: '' })
    for (const body of [
      {},
      { email: 'a' },
      { ...host.core.owner, otp: 1 },
      { email: 1, password: 2 },
      [],
      'x',
      { email: 'a', password: 'x'.repeat(201) },
    ])
      expect((await login(JSON.stringify(body))).status).toBe(422)
    expect((await login({ email: "' or 1=1 --", password: 'x' })).status).toBe(401)
  })
  it('answers 429 with Retry-After after ten failures', async () => {
    for (let i = 0; i < 10; i++) await login({ email: 'victim@example.com', password: 'wrong wrong wrong' })
    const answer = await login({ email: 'VICTIM@example.com', password: 'wrong wrong wrong' })
    expect([answer.status, answer.headers.get('retry-after'), answer.json.code]).toEqual([429, '30', 'RATE_LIMITED'])
  })
  it('accepts the cookie only beside the header that no foreign page can send', async () => {
    const cookie = pair((await login()).headers)
    const status = (headers: Record<string, string>) =>
      host.send('GET', '/brain/status', { token: null, headers: { cookie, ...headers } })
    const without = await status({})
    expect([without.status, without.json.detail]).toEqual([401, expect.stringContaining('x-trae-csrf')])
    expect((await status({ 'x-trae-csrf': '1' })).status).toBe(200)
    expect((await host.send('POST', '/auth/refresh', { token: null, headers: { cookie }, body: {} })).status).toBe(401)
    const renewed = await host.send('POST', '/auth/refresh', {
      token: null,
      headers: { cookie, 'x-trae-csrf': '1' },
      body: {},
    })
    expect(renewed.status).toBe(200)
    expect(Object.keys(cookiesOf(renewed.headers))).toEqual(['trae_session', 'trae_refresh'])
  })
  it('renews by the token in the body, without a body it says what is missing', async () => {
    const { refresh_token } = (await login()).json
    const renewed = await host.send('POST', '/auth/refresh', { token: null, body: { refresh_token } })
    expect(renewed.json).toMatchObject({ token_type: 'Bearer' })
    expect(renewed.json.refresh_token).not.toBe(refresh_token)
    expect((await host.send('POST', '/auth/refresh', { token: null })).status).toBe(401)
    expect((await host.send('POST', '/auth/refresh', { token: null, body: { refresh_token: 'x' } })).status).toBe(401)
  })
  it('ends the session on the spot, by cookie, by token or by refresh token', async () => {
    const alive = (token: string) => host.send('GET', '/brain/status', { token }).then(answer => answer.status)
    const one = await login()
    const out = await host.send('POST', '/auth/logout', {
      token: null,
      headers: { cookie: pair(one.headers), 'x-trae-csrf': '1' },
    })
    expect(out.status).toBe(204)
    expect(out.headers.getSetCookie().every(text => /Expires=Thu, 01 Jan 1970/.test(text))).toBe(true)
    expect(await alive(one.json.access_token)).toBe(401)
    const two = (await login()).json
    expect((await host.send('POST', '/auth/logout', { token: two.access_token })).status).toBe(204)
    expect(await alive(two.access_token)).toBe(401)
    expect(
      (await host.send('POST', '/auth/refresh', { token: null, body: { refresh_token: two.refresh_token } })).status,
    ).toBe(401)
    const three = (await login()).json
    expect(
      (await host.send('POST', '/auth/logout', { token: null, body: { refresh_token: three.refresh_token } })).status,
    ).toBe(204)
    expect(await alive(three.access_token)).toBe(401)
    expect((await host.send('POST', '/auth/logout', { token: null })).status).toBe(401)
  })
})
