import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { authenticate } from '../../core/access/authenticate.ts'
import { revokeSession } from '../../core/access/refresh.ts'
import { openTestServer, type TestServer } from './open-test-server.ts'

describe('/ws/brain', () => {
  let host: TestServer
  beforeAll(async () => {
    host = await openTestServer('pglite', { brainSocket: { period: 50, perAddress: 5 } })
  })
  afterAll(() => host.close())

  const open = (headers: Record<string, string> = {}, protocols: string[] = [], path = '/ws/brain') =>
    new WebSocket(host.url.replace('http', 'ws') + path, protocols, { headers })
  const byToken = (token: string) => open({}, ['trae.v1', `bearer.${token}`])
  const login = async () => {
    const answer = await host.send('POST', '/auth/login', { body: host.core.owner, token: null })
    return { token: answer.json.access_token as string, cookie: answer.headers.getSetCookie()[0]!.split(';')[0]! }
  }
  const messages = (socket: WebSocket, count: number) =>
    new Promise<Record<string, unknown>[]>((resolve, reject) => {
      const got: Record<string, unknown>[] = []
      socket.on('message', data => got.push(JSON.parse(String(data))) === count && resolve(got))
      socket.on('error', reject)
    })
  const refusal = (socket: WebSocket) =>
    new Promise<number>((resolve, reject) => {
      socket.on('unexpected-response', (_request, response) => resolve(response.statusCode!))
      socket.on('open', () => reject(new Error('it was opened')))
      socket.on('error', () => {})
    })
  const closed = (socket: WebSocket) => new Promise<number>(resolve => socket.on('close', resolve))
  const leave = async (socket: WebSocket) => {
    const gone = closed(socket)
    socket.close()
    await gone
    await new Promise(resolve => setTimeout(resolve, 20))
  }

  it('pushes how the brain stands at once, and again', async () => {
    const socket = byToken((await login()).token)
    const [first, second] = await messages(socket, 2)
    expect(Object.keys(first!)).toEqual(['running', 'modules', 'queue_size', 'health_score'])
    expect(first).toMatchObject({
      running: false,
      queue_size: 0,
      modules: { pre_vendas: { status: 'idle', error_rate: 0 } },
    })
    expect(second).toEqual(first)
    expect(socket.protocol).toBe('trae.v1')
    await leave(socket)
  })
  it('opens by cookie for a page of this host only', async () => {
    const { cookie } = await login()
    const own = open({ cookie, origin: host.url })
    await messages(own, 1)
    await leave(own)
    expect(await refusal(open({ cookie, origin: 'https://evil.example' }))).toBe(403)
    expect(await refusal(open({ cookie }))).toBe(403)
  })
  it('does not open for nobody, for a bad token, or with a token in the address', async () => {
    expect(await refusal(open())).toBe(401)
    expect(await refusal(byToken('a.b.c'))).toBe(401)
    expect(await refusal(open({}, [], `/ws/brain?token=${(await login()).token}`))).toBe(401)
    expect(await refusal(open({}, [], '/ws/other'))).toBe(404)
  })
  it('has room for so many sockets of an address, and again when one has left', async () => {
    const { token } = await login()
    const sockets = Array.from({ length: 5 }, () => byToken(token))
    await Promise.all(sockets.map(socket => messages(socket, 1)))
    expect(await refusal(byToken(token))).toBe(429)
    await leave(sockets[0]!)
    const again = byToken(token)
    await messages(again, 1)
    for (const socket of [...sockets.slice(1), again]) await leave(socket)
  })
  it('ignores what is sent, and hangs up on too much', async () => {
    const socket = byToken((await login()).token)
    await messages(socket, 1)
    socket.send('hello')
    await messages(socket, 1)
    socket.send('x'.repeat(2000))
    expect(await closed(socket)).toBe(1009)
  })
  it('ends with the session, and with the access token', async () => {
    const one = byToken((await login()).token)
    await messages(one, 1)
    const { token } = await login()
    const two = byToken(token)
    await messages(two, 1)
    const revoked = closed(two)
    const { sessionId } = await authenticate(host.server.access, token)
    await revokeSession(host.core, host.server.access, sessionId!)
    expect(await revoked).toBe(4401)
    const gone = closed(one)
    host.core.clock.advance(900_000)
    expect(await gone).toBe(4401)
  })
  it('is told when the server goes', async () => {
    const other = await openTestServer('pglite')
    const socket = new WebSocket(`${other.url.replace('http', 'ws')}/ws/brain`, [
      'trae.v1',
      `bearer.${await other.token()}`,
    ])
    await messages(socket, 1)
    const gone = closed(socket)
    await other.close()
    expect(await gone).toBe(1001)
  })
})
