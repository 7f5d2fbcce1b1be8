import type { TLSSocket } from 'node:tls'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { egress, type EgressPolicy } from '../../core/credentials/egress.ts'
import type { EgressRequest } from '../../core/credentials/egress-request.ts'
import { type SocketOwner, SocketPool } from '../../core/credentials/socket-pool.ts'
import { type FarSide, openFarSide } from '../plugins/far-side.ts'

let far: FarSide
let sockets: SocketPool
/** Of each request: the connection that it came over, and whether the session of TLS was an earlier one. */
const seen: { connection: number | undefined; resumed: boolean; method: string }[] = []
let held: (() => void)[]
let holding: boolean
beforeAll(async () => {
  far = await openFarSide(['api.example.com', 'other.example.com'], (request, response) => {
    const socket = request.socket as TLSSocket
    seen.push({ connection: socket.remotePort, resumed: socket.isSessionReused(), method: request.method! })
    if (request.url === '/dropped' && seen.length > 1 && seen[0]!.connection === socket.remotePort)
      return void socket.destroy()
    if (request.url === '/endless') return void response.writeHead(200).write('…')
    const answer = () => void response.end('ok')
    if (holding) held.push(answer)
    else answer()
  })
})
afterAll(() => far.close())
beforeEach(() => {
  sockets?.close()
  sockets = new SocketPool(600_000)
  seen.length = 0
  far.connections.length = 0
  held = []
  holding = false
})

const ME: SocketOwner = { plugin: 'one', account: 'vendor main' }
const send = (
  owner: SocketOwner | undefined,
  request: Partial<EgressRequest> = {},
  policy: Partial<EgressPolicy> = {},
) =>
  egress(
    { url: `https://api.example.com:${far.port}/`, method: 'GET', headers: {}, ...request },
    { ...far.settings, allows: () => true, sockets, owner, ...policy },
  )
const connections = () => new Set(seen.map(({ connection }) => connection)).size

test('requests of one plugin with one account to one host go over one connection', async () => {
  for (let n = 0; n < 3; n++) await send(ME)
  await send(ME, { method: 'POST', body: 'text' })
  expect([seen.length, connections(), far.connections.length, sockets.idle]).toEqual([4, 1, 1, 1])
  expect([sockets.inUse, sockets.reuses]).toEqual([0, 3])
})

test.each<[string, SocketOwner | undefined]>([
  ['another plugin, or another version of it', { ...ME, plugin: 'two' }],
  ['another account of the plugin', { ...ME, account: 'vendor brazil' }],
  ['a request without a credential', { ...ME, account: '' }],
  ['a request of the host itself', undefined],
])('%s never uses it, nor its session of TLS', async (_who, owner) => {
  await send(ME)
  await send(ME)
  await send(owner)
  expect([seen.length, connections()]).toEqual([3, 2])
  expect(seen.at(-1)).toMatchObject({ resumed: false })
})

test('another host, and the host that a redirect leads to, have connections of their own', async () => {
  await send(ME)
  await send(ME, { url: `https://other.example.com:${far.port}/` })
  expect(connections()).toBe(2)
})

test('a name that leads elsewhere by now is checked again, whatever connection is open', async () => {
  await send(ME)
  const address = '127.0.0.1'
  await expect(send(ME, {}, { privateHosts: new Set() })).rejects.toMatchObject({ code: 'PERMISSION' })
  const resolve = () => Promise.resolve([{ address: '127.0.0.2', family: 4 }])
  await expect(send(ME, {}, { resolve })).rejects.toMatchObject({
    message: expect.stringContaining('refuses connections'),
  })
  await send(ME, {}, { resolve: () => Promise.resolve([{ address, family: 4 }]) })
  expect([seen.length, connections()]).toEqual([2, 1])
})

test('a certificate that is trusted no longer is not passed over by a connection that is open', async () => {
  await send(ME)
  await expect(send(ME, {}, { privateCa: undefined })).rejects.toMatchObject({
    message: expect.stringContaining('certificate is not trusted'),
  })
})

test('closed by the far side at the very moment: what changes nothing there is sent again, the rest is not', async () => {
  const url = `https://api.example.com:${far.port}/dropped`
  await send(ME)
  expect(await send(ME, { url })).toMatchObject({ status: 200 })
  expect([seen.length, connections()]).toEqual([3, 2])
  seen.length = 0
  sockets.close()
  await send(ME)
  await expect(send(ME, { url, method: 'POST', body: 'x' })).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    message: expect.stringContaining('it closed the connection'),
  })
  expect(seen.map(({ method }) => method)).toEqual(['GET', 'POST'])
})

test('an answer that was broken off leaves no connection behind', async () => {
  const url = `https://api.example.com:${far.port}/endless`
  await expect(send(ME, { url }, { limits: { idleMs: 50 } })).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  const aborted = new AbortController()
  const sent = send(ME, { url }, { signal: aborted.signal })
  await expect.poll(() => seen.length).toBe(2)
  aborted.abort()
  await expect(sent).rejects.toMatchObject({ code: 'CANCELLED' })
  await send(ME)
  expect([connections(), sockets.idle]).toEqual([3, 1])
})

test('a plugin has 64 at most, one more waits for one of them, and 16 stay open; 256 of all plugins', async () => {
  holding = true
  const crowd = async (plugin: string, size: number) => {
    const all = Promise.all(Array.from({ length: size }, () => send({ plugin, account: '' })))
    await expect.poll(() => held.length, { timeout: 30_000 }).toBe(Math.min(64, size))
    const first = held
    held = []
    for (const answer of first) answer()
    await expect.poll(() => held.length, { timeout: 30_000 }).toBe(Math.max(0, size - 64))
    for (const answer of held) answer()
    held = []
    await all
  }
  await crowd('big', 70)
  expect([connections() <= 64, sockets.idle]).toEqual([true, 16])
  sockets.close()
  for (let n = 0; n < 18; n++) await crowd(`plugin-${n}`, 16)
  expect(sockets.idle).toBe(256)
}, 60_000)
