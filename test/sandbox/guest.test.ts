import { afterAll, describe, expect, test } from 'vitest'
import { act, newSandbox, plugin } from './call-plugin.ts'

// The guest's web standards are our own code: Node's, given the same things, says what is right.

const sandbox = newSandbox()
afterAll(() => sandbox.close())
const limits = { memoryMb: 64, cpuMs: 5_000, wallMs: 10_000 }

/** Evaluates the same body here and in the guest. */
async function both(body: string, input: unknown): Promise<[guest: unknown, node: unknown]> {
  const here = new Function('input', body) as (input: unknown) => unknown
  return [await act(sandbox, plugin(body), input, { limits }), JSON.parse(JSON.stringify(await here(input)))]
}

describe('URL', () => {
  const URLS = [
    ['https://Example.COM:443/a/./b/../c%2e/%2E%2e/d?q=a b&c=é#frag ment'],
    ['http://user:p@ss:word@host:8080/'],
    ['  https://example.com\t/pa\nth  '],
    ['https:example.com/x'],
    ['https:\\\\example.com\\a\\b?c\\d'],
    ['https:////example.com/x'],
    ['http://127.0.0.1/'],
    ['http://256.0.0.1/'],
    ['http://[::1]:3000/x'],
    ['http://[zz]/'],
    ['https://ex%41mple.com/'],
    ['https://exa mple.com/'],
    ['https://a<b'],
    ['https://host:99999/'],
    ['https://host:/x'],
    ['https://'],
    ['https://?x'],
    ['mailto:ana@example.com?subject=olá mundo'],
    ['data:text/plain,hello world#x'],
    ['urn:isbn:123'],
    ['custom://Host/a/../b?q#f'],
    ['javascript:alert(1)'],
    ['/relative'],
    ['//other.com/x', 'https://example.com/a/b'],
    ['/abs?x#y', 'https://example.com:81/a/b?old#old'],
    ['rel/../x', 'https://example.com/a/b/c?old'],
    ['?only=query', 'https://example.com/a/b?old#old'],
    ['#only', 'https://example.com/a/b?old#old'],
    ['', 'https://example.com/a/b?old#old'],
    ['../../../up', 'https://example.com/a/b/c'],
    ['.', 'https://example.com/a/b/c'],
    ['..', 'https://example.com/a/b/c'],
    ['http:same', 'http://example.com/a/b'],
    ['https:other', 'http://example.com/a/b'],
    ['x', 'mailto:a@b'],
    ['#x', 'mailto:a@b'],
    ['x:y:z'],
    ['https://example.com/a b/"quote"/{x}/^`|'],
    ["https://example.com/?a='b'&c=[d]|e^f`"],
    ['https://example.com/%zz/%'],
    ['https://example.com/path;p=1,2=3'],
    ['https://example.com/?'],
    ['https://example.com/#'],
    ['https://x@/'],
    ['https://example.com./x'],
    ['ws://example.com:80/socket'],
    ['https://example.com/😀?😀#😀'],
  ]
  test.each(URLS)('%j %j', async (...input) => {
    const body = `
      try {
        const url = new URL(...input)
        const { href, origin, protocol, username, password, host, hostname, port, pathname, search, hash } = url
        return { href, origin, protocol, username, password, host, hostname, port, pathname, search, hash, params: [...url.searchParams] }
      } catch { return 'invalid' }`
    const [guest, node] = await both(body, input)
    expect(guest).toEqual(node)
  })

  test('its parts can be set', async () => {
    const changes: [string, string][] = [
      ['pathname', '/x y/../z?'], ['pathname', 'no-slash'], ['search', '?a=b c'], ['search', ''], ['hash', 'h h'], ['hash', ''],
      ['host', 'other.com:81'], ['hostname', 'third.com'], ['port', '443'], ['port', '99'], ['port', ''], ['protocol', 'http'],
      ['protocol', 'mailto'], ['username', 'a@b'], ['password', 'p:q'], ['href', 'https://new.example/x'], ['host', ''], ['hostname', 'bad host'],
    ] // prettier-ignore
    const body = `
      return input.map(([part, value]) => { const url = new URL('https://u:p@example.com:8443/a?b=c#d'); url[part] = value; return [part, value, url.href] })`
    const [guest, node] = await both(body, changes)
    expect(guest).toEqual(node)
  })

  test('searchParams and the URL are one', async () => {
    const body = `
      const url = new URL(input)
      url.searchParams.append('z', 'a b&c=d/é~!*()\\'')
      url.searchParams.set('a', '2')
      url.searchParams.delete('gone')
      const first = url.href
      url.search = '?new=1&new=2'
      const all = url.searchParams.getAll('new')
      url.searchParams.sort()
      return [first, url.href, all, url.searchParams.has('new', '2'), url.searchParams.size, String(url), JSON.stringify({ url })]`
    const [guest, node] = await both(body, 'https://example.com/?a=1&gone=x&a=3&plus=1+1&bad=%ff%zz&=empty&flag')
    expect(guest).toEqual(node)
  })

  test('where it knows less than the standard it refuses', async () => {
    const tried = await act(sandbox, plugin('return input.map(url => URL.canParse(url))'), [
      'https://münchen.de/',
      'http://0x7f.1/',
      'file:///etc',
    ])
    expect(tried).toEqual([false, false, false])
  })
})

test('URLSearchParams takes texts, pairs and records', async () => {
  const body = `return input.map(init => { const params = new URLSearchParams(init); return [String(params), [...params.keys()], [...params.values()], params.get('a')] })`
  const [guest, node] = await both(body, [
    '?a=1&b=2',
    [
      ['a', '1'],
      ['a', '2'],
    ],
    { a: 'x y', b: '%' },
    '',
    'a=%E0%A4%A',
  ])
  expect(guest).toEqual(node)
})

test('TextEncoder and TextDecoder are UTF-8', async () => {
  const texts = ['', 'plain', 'São Paulo', '🚀 \ud800 \udc00x', '\ufeffmark', 'x'.repeat(9000) + '€']
  const [encoded, right] = await both('return input.map(text => [...new TextEncoder().encode(text)])', texts)
  expect(encoded).toEqual(right)
  const bytes = [[0xff], [0xc3], [0xe2, 0x82], [0xe2, 0x82, 0xac], [0xf0, 0x9f, 0x9a, 0x80], [0xed, 0xa0, 0x80], [0xc0, 0x80], [0xef, 0xbb, 0xbf, 0x41], [0xf4, 0x90, 0x80, 0x80], [0x41, 0xe2, 0x41]] // prettier-ignore
  const body = `
    return input.map(bytes => {
      const view = new Uint8Array(bytes)
      let fatal = 'threw'
      try { fatal = new TextDecoder('utf-8', { fatal: true }).decode(view) } catch {}
      return [new TextDecoder().decode(view), new TextDecoder('utf8', { ignoreBOM: true }).decode(view), fatal, new TextDecoder().decode(view.buffer)]
    })`
  const [decoded, node] = await both(body, bytes)
  expect(decoded).toEqual(node)
})

test('atob and btoa', async () => {
  const body = `
    return input.map(text => {
      const attempt = f => { try { return Array.from(f(text), letter => letter.charCodeAt(0)) } catch { return 'threw' } }
      return [attempt(btoa), attempt(atob), attempt(text => atob(btoa(text)))]
    })`
  const [guest, node] = await both(body, [
    '',
    'a',
    'ab',
    'abc',
    'abcd',
    'YWJj',
    'YW Jj',
    'YWI=',
    'YWI',
    'Y',
    'YQ==',
    '=',
    'ÿ\u0000',
    'é€',
    'a=b=',
  ])
  expect(guest).toEqual(node)
})

test('structuredClone', async () => {
  const body = `
    const shared = { deep: [1, { two: 2 }] }
    const value = { shared, again: shared, at: new Date(0), map: new Map([[1, shared]]), set: new Set([1]), bytes: new Uint8Array([1, 2]), nothing: undefined }
    value.self = value
    const copy = structuredClone(value)
    let refused = false
    try { structuredClone({ f() {} }) } catch { refused = true }
    return [copy !== value, copy.self === copy, copy.again === copy.shared, copy.shared !== shared, copy.map.get(1) === copy.shared,
      copy.at instanceof Date, copy.set.has(1), [...copy.bytes], 'nothing' in copy, refused]`
  const [guest, node] = await both(body, null)
  expect(guest).toEqual(node)
})

test('crypto gives random values that differ between isolates and calls', async () => {
  const code = plugin(`
    const bytes = crypto.getRandomValues(new Uint8Array(10_000))
    let bits = 0
    for (const byte of bytes) for (let i = 0; i < 8; i++) bits += (byte >> i) & 1
    return { bits, ids: [crypto.randomUUID(), crypto.randomUUID()] }`)
  const one = (await act(sandbox, code, null, { limits })) as { bits: number; ids: string[] }
  const two = (await act(sandbox, code, null, { limits, workspaceId: 'other' })) as { bits: number; ids: string[] }
  for (const { bits } of [one, two]) expect(Math.abs(bits - 40_000)).toBeLessThan(1_000) // seven standard deviations
  const ids = [...one.ids, ...two.ids]
  expect(new Set(ids).size).toBe(4)
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
})

test('the generator is ChaCha20: the block of RFC 8439, 2.3.2 with our nonce', async () => {
  // Key 00…1f as in the RFC, counter and nonce 0: the first block as OpenSSL's chacha20 gives it.
  const { createCipheriv } = await import('node:crypto')
  const { readFileSync } = await import('node:fs')
  const { runInNewContext } = await import('node:vm')
  const key = Buffer.from(Array.from({ length: 32 }, (_, i) => i))
  const expected = createCipheriv('chacha20', key, Buffer.alloc(16)).update(Buffer.alloc(128))
  const guest = readFileSync(new URL('../../core/sandbox/guest-text.js', import.meta.url), 'utf8')
  const words = Array.from({ length: 8 }, (_, i) =>
    key
      .readUInt32LE(i * 4)
      .toString(16)
      .padStart(8, '0'),
  ).join('')
  const scope: { crypto?: { getRandomValues(view: Uint8Array): Uint8Array } } = {}
  ;(runInNewContext(guest, scope) as (seed: string) => void)(words)
  expect(Buffer.from(scope.crypto!.getRandomValues(new Uint8Array(128)))).toEqual(expected)
})

test('Headers and Response', async () => {
  const body = `
    const headers = new Headers({ 'X-B': ' 2 ', 'x-a': '1' })
    headers.append('X-A', '3')
    const seen = []
    headers.forEach((value, name) => seen.push(name, value))
    let refused = 0
    for (const [name, value] of [['bad name', 'x'], ['x', 'line\\nbreak'], ['', 'x']]) try { headers.set(name, value) } catch { refused++ }
    const response = new Response('{"a":1}', { status: 404, headers: [['x-c', '4']] })
    const copy = response.clone()
    return Promise.all([response.json(), copy.text()]).then(async read => {
      let again = ''
      try { await response.text() } catch (error) { again = error.constructor.name }
      return [[...headers], [...headers.keys()], seen, refused, response.ok, response.status, response.bodyUsed, read, again, copy.headers.get('x-c')]
    })`
  const [guest, node] = await both(body, null)
  expect(guest).toEqual(node)
})

test('queueMicrotask, performance.now and Intl are there', async () => {
  const code = plugin(`
    const order = []
    queueMicrotask(() => order.push('micro'))
    order.push('sync')
    await null
    return [order, performance.now() >= 0, new Intl.NumberFormat('pt-BR').format(1234.5)]`)
  expect(await act(sandbox, code)).toEqual([['sync', 'micro'], true, '1.234,5'])
})
