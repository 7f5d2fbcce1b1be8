import { createServer, type Server } from 'node:net'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { egress, type EgressPolicy } from '../../core/credentials/egress.ts'
import type { EgressRequest } from '../../core/credentials/egress-request.ts'
import { isPublicAddress } from '../../core/credentials/public-address.ts'
import { type FarSide, openFarSide } from './far-side.ts'

const MEBIBYTE = 1024 * 1024

describe('the way out', () => {
  let far: FarSide
  let base: string
  const seen: { method: string; url: string; headers: Record<string, unknown>; text: string }[] = []

  beforeAll(async () => {
    far = await openFarSide(['api.example.com', 'other.example.com'], (request, response) => {
      const url = new URL(request.url!, 'https://x')
      seen.push({ method: request.method!, url: request.url!, headers: request.headers, text: request.text })
      const to = url.searchParams.get('to')
      if (to !== null) return void response.writeHead(Number(url.searchParams.get('status')), { location: to }).end()
      switch (url.pathname) {
        case '/echo':
          return void response
            .writeHead(201, { 'content-type': 'text/plain', 'x-far': 'a', 'set-cookie': 'c=1' })
            .end(`got ${request.text}`)
        case '/gzip':
          return void response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('zipped'))
        case '/deflate':
          return void response.writeHead(200, { 'content-encoding': 'deflate' }).end(deflateSync('deflated'))
        case '/br':
          return void response.writeHead(200, { 'content-encoding': 'br' }).end(brotliCompressSync('brotli'))
        case '/chain':
          return void response.writeHead(200, { 'content-encoding': 'gzip, gzip' }).end(gzipSync(gzipSync('twice')))
        case '/broken':
          return void response.writeHead(200, { 'content-encoding': 'gzip' }).end('not gzip at all')
        case '/bomb':
          return void response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(50 * MEBIBYTE)))
        case '/large':
          return void response.writeHead(200).end(Buffer.alloc(3 * MEBIBYTE, 'x'))
        case '/cut':
          response.writeHead(200, { 'content-length': '100' }).write('half')
          return void setTimeout(() => response.destroy(), 20)
        case '/headers':
          return void response.writeHead(200, { 'x-long': 'x'.repeat(70_000) }).end()
        case '/slow':
          return
        case '/trickle': {
          response.writeHead(200)
          const timer = setInterval(() => response.write('.'), 20)
          response.on('close', () => clearInterval(timer))
          return
        }
        default:
          return void response.writeHead(404).end('no')
      }
    })
    base = `https://api.example.com:${far.port}`
  })
  beforeEach(() => {
    seen.length = 0
    far.connections.length = 0
  })
  afterAll(() => far.close())

  const send = (request: Partial<EgressRequest>, policy: Partial<EgressPolicy> = {}) =>
    egress(
      { url: `${base}/echo`, method: 'GET', headers: {}, ...request },
      { ...far.settings, allows: host => host === 'api.example.com', ...policy },
    )

  test('brings a request out and the answer back', async () => {
    const answer = await send({ method: 'post', headers: { 'X-Key': 'k', 'content-type': 'text/plain' }, body: 'olá' })
    expect(answer).toMatchObject({ url: `${base}/echo`, status: 201, statusText: 'Created', body: 'got olá', bytes: 8 })
    expect(answer.headers).toMatchObject({ 'content-type': 'text/plain', 'x-far': 'a' })
    expect(answer.headers).not.toHaveProperty('set-cookie')
    expect(seen).toMatchObject([
      {
        method: 'POST',
        headers: { 'x-key': 'k', host: `api.example.com:${far.port}`, 'content-length': '4' },
        text: 'olá',
      },
    ])
  })

  test('an error status is an answer', async () => {
    expect(await send({ url: `${base}/nothing` })).toMatchObject({ status: 404, body: 'no' })
    expect(await send({ url: `${base}/nothing`, method: 'HEAD' })).toMatchObject({ status: 404, body: '' })
  })

  test.each(['gzip', 'deflate', 'br'])('undoes %s', async coding => {
    expect((await send({ url: `${base}/${coding}` })).body).toMatch(/zipped|deflated|brotli/)
  })

  test.each([
    ['http://api.example.com/', 'only https://'],
    ['ftp://api.example.com/', 'only https://'],
    ['https://127.0.0.1/', 'names an address'],
    ['https://2130706433/', 'names an address'],
    ['https://0x7f.1/', 'names an address'],
    ['https://[::1]/', 'names an address'],
    ['https://user:secret@api.example.com/', 'user name or password'],
    ['https://api.example.com\\@evil.example/', 'backslashes'],
    ['https://api.example.com/\r\nHost: evil', 'control characters'],
    ['https://api.example.com/a b', 'spaces'],
    ['https://intranet/', 'not a full host name'],
    ['nonsense', 'cannot be read'],
  ])('refuses the URL %j', async (url, message) => {
    await expect(send({ url })).rejects.toMatchObject({ code: 'VALIDATION', message: expect.stringContaining(message) })
  })

  test.each([
    [{ method: 'CONNECT' }, 'CONNECT'],
    [{ method: 'TRACE' }, 'TRACE'],
    [{ body: 'x' }, 'a GET has no body'],
    [{ headers: { Host: 'evil.example' } }, 'host is set by the host'],
    [{ headers: { 'Transfer-Encoding': 'chunked' } }, 'transfer-encoding is set'],
    [{ headers: { 'content-length': '5' } }, 'content-length is set'],
    [{ headers: { 'X-Forwarded-For': '10.0.0.1' } }, 'x-forwarded-for is set'],
    [{ headers: { 'x-trae-workspace': 'a' } }, 'x-trae-workspace is set'],
    [{ headers: { 'x-a': 'b\r\nx-c: d' } }, 'characters that no header may have'],
    [{ headers: { 'x a': 'b' } }, 'is not a header name'],
    [{ headers: { 'x-a': 'b'.repeat(70_000) } }, 'more than 65536 bytes'],
  ])('refuses the request %#', async (request, message) => {
    await expect(send(request)).rejects.toMatchObject({ code: 'VALIDATION', message: expect.stringContaining(message) })
    expect(seen).toEqual([])
  })

  test('reaches only hosts that are allowed, whatever the spelling', async () => {
    await expect(send({ url: `https://other.example.com:${far.port}/echo` })).rejects.toMatchObject({
      code: 'PERMISSION',
      message: `fetch: other.example.com:${far.port} is not among the hosts that this plugin asks for and was granted.`,
    })
    expect(
      await send({ url: `https://API.example.com.:${far.port}/echo` }).catch((error: Error) => error.message),
    ).not.toContain('not among the hosts')
  })

  test.each([
    [['127.0.0.1']],
    [['10.1.2.3']],
    [['169.254.169.254']],
    [['::1']],
    [['::ffff:192.168.0.1']],
    [['93.184.215.14', '10.0.0.1']],
  ])('refuses a name that leads to %j, before any connection is made', async addresses => {
    const resolve = () =>
      Promise.resolve(addresses.map(address => ({ address, family: address.includes(':') ? 6 : 4 })))
    await expect(send({}, { privateHosts: new Set(), resolve })).rejects.toMatchObject({
      code: 'PERMISSION',
      message: `fetch: api.example.com:${far.port} does not lead to the open internet. Whoever runs this host can allow it: TRAE_PRIVATE_HOSTS=api.example.com:${far.port}.`,
    })
    expect(far.connections).toEqual([])
  })

  test('a private host is allowed by name and port, not by address', async () => {
    await expect(send({}, { privateHosts: new Set([`api.example.com:${far.port + 1}`]) })).rejects.toMatchObject({
      code: 'PERMISSION',
    })
    await expect(send({}, { privateHosts: new Set([`other.example.com:${far.port}`]) })).rejects.toMatchObject({
      code: 'PERMISSION',
    })
  })

  test('resolves a name once: what is checked is what is connected to', async () => {
    let asked = 0
    const resolve = () => Promise.resolve([{ address: ++asked === 1 ? '127.0.0.1' : '127.0.0.2', family: 4 }])
    await send({}, { resolve })
    expect([asked, far.connections.length]).toEqual([1, 1])
  })

  test('a certificate that is not trusted, or of another name, ends it', async () => {
    await expect(send({}, { privateCa: undefined })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      retryable: false,
      message: expect.stringContaining('certificate is not trusted'),
    })
    const policy = { allows: () => true, privateHosts: new Set([`third.example.com:${far.port}`]) }
    await expect(send({ url: `https://third.example.com:${far.port}/echo` }, policy)).rejects.toMatchObject({
      message: expect.stringContaining('for another name'),
    })
    expect(seen).toEqual([])
  })

  describe('redirects', () => {
    const redirect = (status: number, to: string) => `${base}/?status=${status}&to=${encodeURIComponent(to)}`

    test('are followed by hand, within the same rules', async () => {
      expect(await send({ url: redirect(302, '/echo') })).toMatchObject({ status: 201, url: `${base}/echo` })
      await expect(send({ url: redirect(302, `https://other.example.com:${far.port}/echo`) })).rejects.toMatchObject({
        code: 'PERMISSION',
      })
      await expect(send({ url: redirect(302, 'http://api.example.com/') })).rejects.toMatchObject({
        code: 'VALIDATION',
      })
      await expect(send({ url: redirect(302, 'https://169.254.169.254/latest/meta-data') })).rejects.toMatchObject({
        code: 'VALIDATION',
      })
    })

    test.each([
      [301, 'GET'],
      [302, 'GET'],
      [303, 'GET'],
      [307, 'POST'],
      [308, 'POST'],
    ])('a POST that is answered with %i goes on as %s', async (status, method) => {
      await send({
        url: redirect(status, '/echo'),
        method: 'POST',
        body: 'body',
        headers: { 'content-type': 'text/plain' },
      })
      expect(seen[1]).toMatchObject({ method, text: method === 'POST' ? 'body' : '' })
      expect('content-type' in seen[1]!.headers).toBe(method === 'POST')
    })

    test('to another origin take no header that could be a secret, and no body', async () => {
      const to = `https://other.example.com:${far.port}/echo`
      const policy = { allows: () => true }
      await send(
        {
          url: redirect(302, to),
          headers: { authorization: 'Bearer s', cookie: 's', 'x-api-key': 's', accept: 'text/plain' },
        },
        policy,
      )
      expect(seen[1]!.headers).toMatchObject({ accept: 'text/plain' })
      for (const secret of ['authorization', 'cookie', 'x-api-key']) expect(seen[1]!.headers).not.toHaveProperty(secret)
      await expect(send({ url: redirect(307, to), method: 'POST', body: 'secret' }, policy)).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        retryable: false,
      })
      expect(seen).toHaveLength(3)
    })

    test('end after five', async () => {
      const loop = redirect(302, '/?status=302&to=%2F%3Fstatus%3D302%26to%3D%2Fx')
      await expect(send({ url: loop }, { limits: { redirects: 1 } })).rejects.toMatchObject({
        message: expect.stringContaining('more than 1 redirects'),
      })
    })
  })

  test.each([
    ['/large', 'PAYLOAD_TOO_LARGE', 'more than 2097152 bytes'],
    ['/bomb', 'PAYLOAD_TOO_LARGE', 'more than 2097152 bytes'],
    ['/chain', 'UNAVAILABLE', 'a coding that was not asked for'],
    ['/broken', 'UNAVAILABLE', 'its answer cannot be read'],
    ['/cut', 'UNAVAILABLE', 'it closed the connection'],
    ['/headers', 'UNAVAILABLE', 'its headers are too large'],
  ])('survives %s', async (path, code, message) => {
    await expect(send({ url: base + path })).rejects.toMatchObject({ code, message: expect.stringContaining(message) })
  })

  test('waits so long and no longer: for the first byte, between bytes, in all', async () => {
    await expect(send({ url: `${base}/slow` }, { limits: { idleMs: 50 } })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('does not answer'),
    })
    await expect(send({ url: `${base}/trickle` }, { limits: { totalMs: 150 } })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('did not answer within 0.15 s'),
    })
    const resolve = () => new Promise<never>(() => {})
    await expect(send({}, { resolve, limits: { totalMs: 50 } })).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  })

  test('ends with the step that made it', async () => {
    const controller = new AbortController()
    const sent = send({ url: `${base}/slow` }, { signal: controller.signal })
    setTimeout(() => controller.abort(), 30)
    await expect(sent).rejects.toMatchObject({ code: 'CANCELLED' })
    await expect(send({}, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'CANCELLED' })
  })

  test('says nothing of addresses, queries or bodies when the far side is gone', async () => {
    const silent: Server = createServer(socket => socket.destroy())
    await new Promise<void>(resolve => silent.listen(0, '127.0.0.1', resolve))
    const { port } = silent.address() as { port: number }
    const url = `https://api.example.com:${port}/path?token=secret`
    const error = await send(
      { url, method: 'POST', body: 'secret' },
      { privateHosts: new Set([`api.example.com:${port}`]) },
    ).catch((error: Error) => error.message)
    expect(error).toBe(`api.example.com:${port} cannot be reached: it closed the connection.`)
    await new Promise(resolve => silent.close(resolve))
    await expect(send({ url })).rejects.toMatchObject({ code: 'PERMISSION' })
    await expect(send({ url }, { privateHosts: new Set([`api.example.com:${port}`]) })).rejects.toMatchObject({
      message: expect.stringContaining('it refuses connections'),
    })
  })
})

test.each([
  '0.0.0.0',
  '10.0.0.1',
  '100.64.0.1',
  '100.127.255.255',
  '127.0.0.1',
  '127.255.255.254',
  '168.63.129.16',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.192',
  '192.168.1.1',
  '198.18.0.1',
  '198.19.255.255',
  '203.0.113.9',
  '224.0.0.1',
  '239.1.1.1',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  'fc00::1',
  'fd00:ec2::254',
  'fe80::1',
  'fe80::1%eth0',
  'ff02::1',
  '2001::1',
  '2001:db8::1',
  '2002:7f00:1::',
  '64:ff9b::7f00:1',
  '3fff::1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '::FFFF:A9FE:A9FE',
  '0:0:0:0:0:ffff:10.0.0.1',
  '::127.0.0.1',
  'localhost',
  '',
  '127.1',
  '2130706433',
  '0177.0.0.1',
])('%j is not of the open internet', address => expect(isPublicAddress(address)).toBe(false))

test.each([
  '1.1.1.1',
  '8.8.8.8',
  '100.63.255.255',
  '100.128.0.0',
  '172.15.0.1',
  '172.32.0.1',
  '198.17.0.1',
  '2606:4700::1111',
  '2a00:1450::1',
  '::ffff:8.8.8.8',
])('%s is', address => expect(isPublicAddress(address)).toBe(true))
