import type { IncomingMessage, ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { EgressSettings } from '../../../core/credentials/egress.ts'
import { type FarSide, openFarSide } from '../../plugins/far-side.ts'
import { openTrespasser } from './trespasser.ts'
import { mayHoldLoop, watchLoop } from './watch-loop.ts'

// A plugin in the sandbox that was granted api.example.com, and tries to get elsewhere, to say more than a request, or to
// drown the host in answers. The far side is a real one, on this machine, and on the side of the plugin.

let trespasser: Awaited<ReturnType<typeof openTrespasser>>
let far: FarSide
let settings: EgressSettings
let mayHoldMs: number
const seen: { method: string; url: string; headers: IncomingMessage['headers']; text: string }[] = []
beforeAll(async () => {
  mayHoldMs = await mayHoldLoop()
  far = await openFarSide(['api.example.com', 'a.wild.example.com'], (request, response) => {
    const { method, url, headers, text } = request
    seen.push({ method: method!, url: url!, headers, text })
    const { pathname, searchParams } = new URL(url!, 'https://x')
    const to = searchParams.get('to')
    if (to !== null) return void response.writeHead(302, { location: to.replaceAll('PORT', String(far.port)) }).end()
    return (FAR_SIDE[pathname] ?? (() => response.end('hello')))(request, response)
  })
  settings = {
    ...far.settings,
    privateHosts: new Set([`api.example.com:${far.port}`, `a.wild.example.com:${far.port}`]),
    limits: { totalMs: 3_000, idleMs: 1_000 },
  }
  trespasser = await openTrespasser(far.port)
})
afterAll(async () => {
  await trespasser?.world.close()
  await far?.close()
})
beforeEach(() => {
  seen.length = far.connections.length = 0
})

async function attack(url: string, init?: unknown, egress: EgressSettings = {}) {
  const watch = watchLoop()
  const outcome = await trespasser.call(
    'trespasser/fetch',
    { url: url.replaceAll('PORT', String(far.port)), init },
    { egress: { ...settings, ...egress } },
  )
  expect(watch.stop().longestMs).toBeLessThan(mayHoldMs)
  // No answer tells where anything lives
  expect(outcome.message ?? '').not.toMatch(/127\.0\.0\.1|node:internal|\.ts\b|ECONN|at .*:\d+/)
  return outcome
}
const got = (outcome: { code?: string; answer?: unknown }) => outcome.code ?? outcome.answer

test('the plugin gets where it may (else nothing below would prove anything)', async () => {
  expect(await attack('https://api.example.com:PORT/')).toMatchObject({ answer: { status: 200, text: 'hello' } })
  expect(await attack('https://a.wild.example.com:PORT/')).toMatchObject({ answer: { status: 200, text: 'hello' } })
  expect(far.connections.length).toBe(2)
})

describe.each([
  [
    'an address of this machine',
    [
      'https://127.0.0.1:PORT/',
      'https://127.1/',
      'https://2130706433/',
      'https://0x7f000001/',
      'https://0x7f.0.0.1/',
      'https://0177.0.0.1/',
      'https://017700000001/',
      'https://0/',
      'https://0.0.0.0/',
      'https://127.0.0.1./',
      'https://%31%32%37.0.0.1/',
      'https://①②⑦.0.0.1/',
      'https://127。0。0。1/',
    ],
  ],
  [
    'an address in six bytes more',
    [
      'https://[::1]/',
      'https://[::]/',
      'https://[::ffff:127.0.0.1]/',
      'https://[::ffff:7f00:1]/',
      'https://[0:0:0:0:0:ffff:7f00:0001]/',
      'https://[::127.0.0.1]/',
      'https://[64:ff9b::7f00:1]/',
      'https://[fe80::1%25eth0]/',
    ],
  ],
  [
    'the metadata of a cloud',
    [
      'https://169.254.169.254/latest/meta-data',
      'https://2852039166/',
      'https://[fd00:ec2::254]/',
      'https://metadata.google.internal/',
      'https://169.254.169.254.nip.io/',
    ],
  ],
  [
    'a name of this machine or its network',
    [
      'https://localhost:PORT/',
      'https://LOCALHOST./',
      'https://intranet/',
      'https://api/',
      'https://localhost.localdomain/',
      'https://api.example.com.:80/',
    ],
  ],
  [
    'what stands before an @',
    [
      'https://api.example.com@127.0.0.1/',
      'https://api.example.com:PORT@evil.example/',
      'https://user:password@api.example.com:PORT/',
      'https://@api.example.com@evil.example/',
      'https://evil.example#@api.example.com/',
    ],
  ],
  [
    'what readers of addresses disagree about',
    [
      'https://api.example.com:PORT\\@evil.example/',
      'https:\\\\evil.example/',
      'https://evil.example\\.api.example.com/',
      'https://api.example.com%00.evil.example/',
      'https://api.example.com%2eevil.example/',
      'https://api.exa\tmple.com:PORT/',
      ' https://api.example.com:PORT/',
      'https:/127.0.0.1/',
      'https:127.0.0.1/',
      '//api.example.com:PORT/',
      'https://api.example.com..:PORT/',
      'https://аpi.example.com:PORT/',
    ],
  ],
  [
    'another protocol',
    [
      'http://api.example.com:PORT/',
      'file:///etc/passwd',
      'file://api.example.com/etc/passwd',
      'data:text/plain,x',
      'blob:https://api.example.com/1',
      'ftp://api.example.com/',
      'gopher://api.example.com:PORT/_x',
      'ws://api.example.com:PORT/',
      'javascript:1',
      'unix:/var/run/docker.sock',
      'node:fs',
    ],
  ],
  [
    'another port',
    [
      'https://api.example.com/',
      'https://api.example.com:22/',
      'https://api.example.com:5432/',
      'https://api.example.com:0/',
      'https://api.example.com:99999/',
      'https://api.example.com:-1/',
    ],
  ],
  [
    'a name beside those that were granted',
    [
      'https://example.com:PORT/',
      'https://evil-api.example.com:PORT/',
      'https://api.example.com.evil.example:PORT/',
      'https://wild.example.com:PORT/',
      'https://b.a.wild.example.com:PORT/',
      'https://*.wild.example.com:PORT/',
      'https://.wild.example.com:PORT/',
      'https://awild.example.com:PORT/',
    ],
  ],
  [
    'a line of the request',
    [
      'https://api.example.com:PORT/\r\nHost: evil.example',
      'https://api.example.com:PORT/ HTTP/1.1\r\nX: y',
      'https://api.example.com:PORT/\u0000',
      'https://api.example.com:PORT/a b',
    ],
  ],
])('tries by its address: %s', (_, urls) => {
  // prettier-ignore
  test.each(urls)('%j ends as VALIDATION or PERMISSION, before any connection', async url => {
    expect(['VALIDATION', 'PERMISSION']).toContain(got(await attack(url)))
    expect(far.connections).toEqual([])
  })
})

test.each([
  ['CONNECT', { method: 'CONNECT' }],
  ['TRACE', { method: 'TRACE' }],
  ['a method that is a whole request', { method: 'GET / HTTP/1.1\r\nHost: evil.example\r\n\r\nGET' }],
  ['a method with a tab', { method: 'GET\t/x' }],
  ['a header name that is a line', { headers: { 'x\r\nHost': 'evil.example' } }],
  ['a header value that is a line', { headers: { x: 'y\r\nHost: evil.example' } }],
  ['a header value with U+0000', { headers: { x: 'y\u0000' } }],
  ['a header value that becomes a line as Latin-1', { headers: { x: 'y\u010d\u010aHost: evil.example' } }],
  ['another host', { headers: { Host: 'evil.example' } }],
  ['two lengths', { method: 'POST', body: 'x', headers: { 'Content-Length': '100' } }],
  ['chunks', { method: 'POST', body: '0\r\n\r\nGET /smuggled', headers: { 'Transfer-Encoding': 'chunked' } }],
  ['another protocol', { headers: { Connection: 'Upgrade', Upgrade: 'h2c' } }],
  ['a promise of a body', { headers: { Expect: '100-continue' } }],
  ['the address of another', { headers: { 'X-Forwarded-For': '127.0.0.1' } }],
  ['a way through proxies', { headers: { 'Proxy-Authorization': 'Basic x' } }],
  ['a header of ours', { headers: { 'x-trae-workspace': 'other' } }],
  ['headers of a megabyte', { headers: { x: 'y'.repeat(900_000) } }],
  ['a body with a GET', { body: 'x' }],
  ['a body of more than a megabyte', { method: 'POST', body: 'é'.repeat(530_000) }],
  ['a credential that it does not have', { credential: 'hubspot' }],
  ['a credential that every object has', { credential: '__proto__' }],
])('tries by its request: %s', async (_, init) => {
  const outcome = await attack('https://api.example.com:PORT/', init)
  expect(['VALIDATION', 'PERMISSION', 'PLUGIN', 'PAYLOAD_TOO_LARGE']).toContain(got(outcome))
  expect(seen).toEqual([])
})

test('what a request may hold arrives as it was written, and nothing beside it', async () => {
  await attack('https://api.example.com:PORT/%0d%0aX:%20y?q=%00#fragment', {
    method: 'POST',
    headers: { 'x-json': '{"__proto__":1}', __proto__: 'x' },
    body: 'a\u0000\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n',
    agent: {},
    host: 'evil.example',
    lookup: 'evil',
    socketPath: '/var/run/docker.sock',
  })
  expect(seen).toMatchObject([
    { method: 'POST', url: '/%0d%0aX:%20y?q=%00', text: 'a\u0000\r\n\r\nGET /smuggled HTTP/1.1\r\n\r\n' },
  ])
})

describe('tries by names that lead inward', () => {
  const to = (...addresses: string[]) => ({
    privateHosts: new Set<string>(),
    resolve: async () => addresses.map(address => ({ address, family: address.includes(':') ? 6 : 4 })),
  })
  test.each([
    '127.0.0.1',
    '10.0.0.1',
    '192.168.1.1',
    '172.16.0.1',
    '100.64.0.1',
    '169.254.169.254',
    '0.0.0.0',
    '::1',
    '::ffff:127.0.0.1',
    'fd00::1',
    'fe80::1',
    '64:ff9b::a00:1',
    '2002:7f00:1::',
  ])('%s', async address => {
    expect(got(await attack('https://api.example.com:PORT/', {}, to(address)))).toBe('PERMISSION')
    expect(got(await attack('https://api.example.com:PORT/', {}, to('93.184.216.34', address)))).toBe('PERMISSION')
    expect(far.connections).toEqual([])
  })
  test.each(['', 'localhost', '127.1', '2130706433', '127.0.0.1\u0000.example.com', '/var/run/docker.sock'])(
    'an answer of the resolver that is none: %j',
    async address => expect(got(await attack('https://api.example.com:PORT/', {}, to(address)))).toBe('PERMISSION'),
  )

  test('a name that leads elsewhere the second time is asked once', async () => {
    let asked = 0
    const resolve = async () => [{ address: ++asked === 1 ? '127.0.0.1' : '127.0.0.2', family: 4 }]
    expect(await attack('https://api.example.com:PORT/', {}, { resolve })).toMatchObject({ answer: { status: 200 } })
    expect([asked, far.connections.length]).toEqual([1, 1])
  })

  test('a name that leads elsewhere after a redirect is checked again', async () => {
    let asked = 0
    const resolve = async () => [{ address: ++asked === 1 ? '127.0.0.1' : '10.0.0.1', family: 4 }]
    const url = `https://api.example.com:PORT/?to=${encodeURIComponent('https://inward.example.com:PORT/')}`
    expect(got(await attack(url, {}, { resolve }))).toBe('PERMISSION')
    expect([asked, far.connections.length]).toEqual([2, 1])
  })
})

test.each([
  'https://127.0.0.1:PORT/',
  'https://[::1]/',
  'https://169.254.169.254/',
  'https://2852039166/',
  'http://api.example.com:PORT/',
  'file:///etc/passwd',
  '//127.0.0.1/',
  '//localhost:PORT/',
  'https://api.example.com/',
  'https://api.example.com:22/',
  'https://evil.example:PORT/',
  'https://x@api.example.com:PORT/',
  'https://api.example.com:PORT\\@evil.example/',
  'https://inward.example.com:PORT/',
  'javascript:1',
  'data:text/plain,x',
  '\\\\evil.example\\',
  'https:///evil.example/',
])('tries by a redirect: to %s', async to => {
  // prettier-ignore
  const outcome = await attack(`https://api.example.com:PORT/?to=${encodeURIComponent(to)}`)
  expect(['VALIDATION', 'PERMISSION']).toContain(got(outcome))
  expect(seen.length).toBe(1)
})

test('tries by redirects without end', async () => {
  expect(got(await attack('https://api.example.com:PORT/round'))).toBe('UNAVAILABLE')
  expect(seen.length).toBe(6)
})

const FAR_SIDE: Record<string, (request: IncomingMessage, response: ServerResponse) => void> = {
  '/round': (_, response) => void response.writeHead(302, { location: '/round' }).end(),
  '/bomb': (_, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end(BOMB),
  '/bomb-in-bomb': (_, response) => void response.writeHead(200, { 'content-encoding': 'gzip, gzip, gzip' }).end(BOMB),
  '/unknown-coding': (_, response) => void response.writeHead(200, { 'content-encoding': 'zstd' }).end('x'),
  '/not-gzip': (_, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end('x'.repeat(1000)),
  '/large': (_, response) => void response.end(Buffer.alloc(4_000_000, 'x')),
  '/escapes': (_, response) => void response.end(Buffer.alloc(2_000_000, 1)),
  '/headers': (_, response) => void response.writeHead(200, { x: 'y'.repeat(100_000) }).end(),
  '/many-headers': ({ socket }) => void socket.end(`HTTP/1.1 200 OK\r\n${'a: b\r\n'.repeat(50_000)}\r\n`),
  '/silent': () => {},
  '/half': ({ socket }) => void socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf'),
  '/trickle': (_, response) => {
    const timer = setInterval(() => response.write('.'), 50)
    response.on('close', () => clearInterval(timer))
  },
  '/slow-headers': ({ socket }) => {
    socket.write('HTTP/1.1 200 OK\r\n')
    const timer = setInterval(() => socket.write('a: b\r\n'), 50)
    socket.on('close', () => clearInterval(timer))
  },
  '/switch': ({ socket }) =>
    void socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n'),
  '/hints': ({ socket }) => {
    const more = () => {
      while (!socket.destroyed && socket.write('HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n'.repeat(100)));
    }
    socket.on('drain', more)
    more()
  },
  '/two-lengths': ({ socket }) =>
    void socket.end('HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 5\r\n\r\nhello'),
  '/length-and-chunks': ({ socket }) =>
    void socket.end('HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n'),
  '/folded': ({ socket }) => void socket.end('HTTP/1.1 200 OK\r\na: b\r\n c: d\r\ncontent-length: 0\r\n\r\n'),
  '/no-http': ({ socket }) => void socket.end('SSH-2.0-OpenSSH_9.6\r\n'),
  '/more-after-the-end': ({ socket }) =>
    void socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nokHTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil'),
  '/names': ({ socket }) =>
    void socket.end(
      'HTTP/1.1 200 OK\r\n__proto__: x\r\nconstructor: x\r\nset-cookie: secret=1\r\ncontent-length: 0\r\n\r\n',
    ),
  '/status-line': ({ socket }) => void socket.end(`HTTP/1.1 200 ${'x'.repeat(10_000)}\r\ncontent-length: 2\r\n\r\nok`),
}
const BOMB = gzipSync(Buffer.alloc(200_000_000))

test.each([
  ['/bomb', ['PAYLOAD_TOO_LARGE']],
  ['/bomb-in-bomb', ['UNAVAILABLE']],
  ['/unknown-coding', ['UNAVAILABLE']],
  ['/not-gzip', ['UNAVAILABLE']],
  ['/large', ['PAYLOAD_TOO_LARGE']],
  ['/escapes', ['PAYLOAD_TOO_LARGE']],
  ['/headers', ['UNAVAILABLE']],
  ['/many-headers', ['UNAVAILABLE']],
  ['/silent', ['UNAVAILABLE']],
  ['/half', ['UNAVAILABLE']],
  ['/trickle', ['UNAVAILABLE']],
  ['/slow-headers', ['UNAVAILABLE']],
  ['/switch', ['UNAVAILABLE']],
  ['/hints', ['UNAVAILABLE']],
  ['/two-lengths', ['UNAVAILABLE']],
  ['/length-and-chunks', ['UNAVAILABLE']],
  ['/folded', ['UNAVAILABLE', expect.objectContaining({ length: 0 })]],
  ['/no-http', ['UNAVAILABLE']],
  ['/more-after-the-end', [expect.objectContaining({ text: 'ok' })]],
  ['/names', [{ status: 200, length: 0, text: '', headers: expect.not.arrayContaining([['set-cookie', 'secret=1']]) }]],
  ['/status-line', [expect.objectContaining({ status: 200, text: 'ok' }), 'UNAVAILABLE']],
])('tries by its answer: %s ends as %j', { timeout: 60_000 }, async (path, ends) => {
  const outcome = await attack(`https://api.example.com:PORT${path}`)
  expect(ends, JSON.stringify(outcome).slice(0, 300)).toContainEqual(got(outcome))
})
