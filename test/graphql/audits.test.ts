import { serverAudits } from 'graphql-http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestServer, type TestServer } from '../http/open-test-server.ts'

/** Stock audits of GraphQL over HTTP, the reference implementation's. */
describe('the audits of graphql-http', () => {
  let host: TestServer
  let token: string
  beforeAll(async () => {
    host = await openTestServer('pglite')
    token = await host.token()
  })
  afterAll(() => host.close())

  const audits = serverAudits({
    url: () => `${host.url}/graphql`,
    fetchFn: (url: string, init: RequestInit = {}) =>
      fetch(url, { ...init, headers: { ...(init.headers as object), authorization: `Bearer ${token}` } }),
  })

  it('are all there', () => {
    expect(audits.length).toBeGreaterThanOrEqual(61)
  })
  it.each(audits.map(audit => [audit.name, audit] as const))('%s', async (_name, audit) => {
    const result = await audit.fn()
    if (result.status === 'ok') return
    expect(result.status, result.reason).toBe('notice') // a MAY that we do not: GET is off
    expect(result.name).toMatch(/^MAY /)
  })
})
