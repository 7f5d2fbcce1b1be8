import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestServer, type TestServer } from './open-test-server.ts'

describe('the admin UI', () => {
  let host: TestServer
  const folder = mkdtempSync(join(tmpdir(), 'trae-ui-'))
  beforeAll(async () => {
    host = await openTestServer('pglite', { adminUi: folder })
  })
  afterAll(async () => {
    await host.close()
    rmSync(folder, { recursive: true })
  })
  const get = (path: string) => host.send('GET', path, { token: null })

  it('says how to build it while it is not built', async () => {
    const answer = await get('/admin/')
    expect([answer.status, answer.text]).toEqual([503, expect.stringContaining('npm run build')])
  })
  it('is served for every address it routes, never from a cache', async () => {
    mkdirSync(join(folder, 'assets'))
    writeFileSync(join(folder, 'index.html'), '<title>admin</title>')
    writeFileSync(join(folder, 'assets', 'main-abc123.js'), '1')
    writeFileSync(join(folder, 'favicon.svg'), '<svg/>')
    for (const path of ['/admin', '/admin/', '/admin/runs', '/admin/runs/abc/def', '/admin/leads?after=x.y']) {
      const answer = await get(path)
      expect([answer.status, answer.text, answer.headers.get('cache-control')], path).toEqual([
        200,
        '<title>admin</title>',
        'no-cache',
      ])
      expect(answer.headers.get('content-security-policy')).toContain("default-src 'self'")
    }
    const asset = await get('/admin/assets/main-abc123.js')
    expect([asset.status, asset.headers.get('cache-control')]).toEqual([200, 'public, max-age=31536000, immutable'])
    expect((await get('/admin/favicon.svg')).headers.get('cache-control')).toBe('no-cache')
  })
  it('has no files but its own', async () => {
    expect((await get('/admin/assets/old-xyz.js')).status).toBe(404)
    expect((await get('/admin/%2e%2e/%2e%2e/etc/passwd')).text).not.toContain('root:')
    expect((await get('/admin/..%2f..%2fetc%2fpasswd')).text).not.toContain('root:')
  })
  it('is where the front door leads', async () => {
    const answer = await get('/')
    expect([answer.status, answer.headers.get('location')]).toEqual([302, '/admin/'])
  })
  it('has a page for a browser at an address that leads nowhere, and a problem for everybody else', async () => {
    const browses = {
      accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
      'accept-language': 'en',
    }
    const page = await host.send('GET', '/dashboard', { token: null, headers: browses })
    expect([page.status, page.headers.get('content-type'), page.text]).toEqual([
      404,
      'text/html; charset=utf-8',
      expect.stringContaining('This page does not exist'),
    ])
    for (const [method, accept] of [
      ['GET', '*/*'],
      ['GET', 'application/json'],
      ['POST', browses.accept],
    ] as const) {
      const answer = await host.send(method, '/dashboard', { token: null, headers: { accept } })
      expect([answer.status, answer.json.code], `${method} ${accept}`).toEqual([404, 'NOT_FOUND'])
    }
  })
})
