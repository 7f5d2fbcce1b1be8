import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type ClientOptions, WebSocket } from 'ws'
import { readConfig } from '../../core/config.ts'
import { type RunningServer, startServer } from '../../core/http/server.ts'
import { openGraphql } from '../../graphql/door.ts'
import { selfSigned } from '../plugins/certificate.ts'
import { openTestCore, type TestCore } from '../support/core.ts'

describe('a host with a certificate', () => {
  const folder = mkdtempSync(join(tmpdir(), 'trae-tls-'))
  const files = { TRAE_TLS_CERT: join(folder, 'cert.pem'), TRAE_TLS_KEY: join(folder, 'key.pem') }
  const put = ({ cert, key }: { cert: string; key: string }) => {
    writeFileSync(files.TRAE_TLS_CERT, cert)
    writeFileSync(files.TRAE_TLS_KEY, key)
  }
  const first = selfSigned('localhost')
  let core: TestCore
  let server: RunningServer
  beforeAll(async () => {
    put(first)
    core = await openTestCore('pglite', files)
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    server = await startServer(core, { doors: [openGraphql], grace: 100 })
  })
  afterAll(async () => {
    vi.useRealTimers()
    await server.close()
    await core.close()
    rmSync(folder, { recursive: true })
  })
  const port = () => Number(new URL(server.url).port)
  const secure = (ca: string) => ({ host: '127.0.0.1', port: port(), servername: 'localhost', ca })
  const send = (method: string, path: string, body?: object) =>
    new Promise<{ status: number; headers: Record<string, unknown>; text: string }>((resolve, reject) => {
      const headers = { 'content-type': 'application/json' }
      const sent = request({ ...secure(first.cert), method, path, headers }, answer => {
        let text = ''
        answer.on('data', data => (text += data))
        answer.on('end', () => resolve({ status: answer.statusCode!, headers: answer.headers, text }))
      })
      sent.on('error', reject)
      sent.end(body && JSON.stringify(body))
    })
  const handshake = (options: object) =>
    new Promise<TLSSocket>((resolve, reject) => {
      const socket = connect({ ...secure(first.cert), ...options } as never, () => resolve(socket))
      socket.on('error', reject)
    })

  it('speaks HTTPS, tells browsers to stay with it, and marks its cookies', async () => {
    expect(server.url).toMatch(/^https:/)
    expect(JSON.parse((await send('GET', '/healthz')).text)).toEqual({ status: 'ok' })
    const login = await send('POST', '/auth/login', core.owner)
    expect([login.status, login.headers['strict-transport-security']]).toEqual([
      200,
      expect.stringContaining('max-age'),
    ])
    for (const cookie of login.headers['set-cookie'] as string[]) expect(cookie).toMatch(/; Secure/)
  })
  it('speaks TLS 1.3 and nothing older', async () => {
    const socket = await handshake({})
    expect(socket.getProtocol()).toBe('TLSv1.3')
    socket.destroy()
    await expect(handshake({ maxVersion: 'TLSv1.2' })).rejects.toThrow(/protocol|alert/i)
  })
  it('opens web sockets by WSS', async () => {
    const { access_token } = JSON.parse((await send('POST', '/auth/login', core.owner)).text)
    const socket = new WebSocket(`wss://127.0.0.1:${port()}/ws/brain`, ['trae.v1', `bearer.${access_token}`], {
      ...secure(first.cert),
    } as ClientOptions)
    const text = await new Promise<string>((resolve, reject) => {
      socket.on('message', data => resolve(String(data)))
      socket.on('error', reject)
    })
    expect(JSON.parse(text)).toMatchObject({ running: false, health_score: expect.any(Number) })
    socket.close()
  })
  it('takes up a renewed certificate, and keeps the old one where the new one is broken', async () => {
    const look = (later: number) => {
      for (const file of Object.values(files)) utimesSync(file, later, later)
      vi.advanceTimersByTime(60_000)
    }
    put({ ...selfSigned('localhost'), key: 'nonsense' })
    look(2_000_000_000)
    ;(await handshake({})).destroy()
    const second = selfSigned('localhost')
    put(second)
    look(2_000_000_100)
    await expect(handshake({})).rejects.toThrow()
    ;(await handshake({ ca: second.cert })).destroy()
    put(first)
    look(2_000_000_200)
  })
  it('says at start what is wrong with its files', async () => {
    const { TRAE_TLS_CERT } = files
    expect(() => readConfig({ TRAE_TLS_CERT })).toThrow(/TRAE_TLS_KEY belong together/)
    const tls = (certificate: string, key: string) =>
      startServer({ ...core, config: { ...core.config, tls: { certificate, key } } })
    const missing = join(folder, 'missing.pem')
    await expect(tls(missing, files.TRAE_TLS_KEY)).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringMatching(/missing\.pem.*TRAE_TLS_CERT/s),
    })
    const other = join(folder, 'other.pem')
    writeFileSync(other, selfSigned('localhost').key)
    await expect(tls(TRAE_TLS_CERT, other)).rejects.toMatchObject({ code: 'CONFIG' })
  })
})
