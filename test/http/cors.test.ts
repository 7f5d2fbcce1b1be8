import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readConfig } from '../../core/config.ts'
import { openTestServer, type TestServer } from './open-test-server.ts'

describe('pages of other origins', () => {
  let host: TestServer
  const GOOD = 'https://app.example.com'
  beforeAll(async () => {
    host = await openTestServer('pglite', {}, { TRAE_CORS_ORIGINS: `${GOOD}, http://localhost:5173` })
  })
  afterAll(() => host.close())
  const preflight = (path: string, origin: string) =>
    host.send('OPTIONS', path, { token: null, headers: { origin, 'access-control-request-method': 'POST' } })

  it.each(['/graphql', '/leads/process', '/auth/login'])('may ask %s where they are listed', async path => {
    const { status, headers } = await preflight(path, GOOD)
    expect([status, headers.get('access-control-allow-origin'), headers.get('vary')]).toEqual([
      204,
      GOOD,
      expect.stringMatching(/origin/i),
    ])
    expect(headers.get('access-control-allow-headers')).toContain('authorization')
    expect(headers.get('access-control-allow-credentials')).toBeNull()
    const foreign = await preflight(path, 'https://evil.example')
    expect(foreign.headers.get('access-control-allow-origin')).toBeNull()
    expect((await preflight(path, 'null')).headers.get('access-control-allow-origin')).toBeNull()
    expect((await preflight(path, `${GOOD}.evil.example`)).headers.get('access-control-allow-origin')).toBeNull()
  })
  it('get answers they may read', async () => {
    const answer = await host.graphql('{ viewer { email } }', {}, { headers: { origin: GOOD } })
    expect(answer.json.data.viewer.email).toBe(host.core.owner.email)
    expect(answer.headers.get('access-control-allow-origin')).toBe(GOOD)
    expect(answer.headers.get('access-control-expose-headers')).toContain('x-request-id')
  })
  it('are listed one by one: no pattern, no path', () => {
    for (const bad of ['*', 'https://*.example.com', 'https://a.example/path', 'app.example.com'])
      expect(() => readConfig({ TRAE_CORS_ORIGINS: bad }), bad).toThrow(/TRAE_CORS_ORIGINS/)
  })
})
