import { isDeepStrictEqual } from 'node:util'
import { afterAll, describe, expect, test } from 'vitest'
import type { HostOp } from '../../core/sandbox/call.ts'
import { act, newSandbox, plugin } from './call-plugin.ts'

// Events, bodies, streams, digests and timers of the guest. As in guest.test.ts, Node says what is right.

const sandbox = newSandbox()
afterAll(() => sandbox.close())
const limits = { memoryMb: 64, cpuMs: 10_000, wallMs: 60_000 }

/** Evaluates the same body, which may await, here and in the guest. */
async function same(body: string, input: unknown = null): Promise<unknown> {
  const here = new Function('input', `return (async () => { ${body} })()`) as (input: unknown) => Promise<unknown>
  const node = JSON.parse(JSON.stringify((await here(input)) ?? null)) as unknown
  const guest = await act(sandbox, plugin(body), input, { limits })
  if (!isDeepStrictEqual(guest, node)) expect(guest).toEqual(node)
  return guest
}

describe('events', () => {
  test('are told to listeners, in order, once, until one stops them', () =>
    same(`
      const seen = []
      const target = new EventTarget()
      const first = event => seen.push(['first', event.type, event.target === target, event.detail ?? null])
      target.addEventListener('a', first)
      target.addEventListener('a', first)
      target.addEventListener('a', { handleEvent: () => seen.push('object') })
      target.addEventListener('a', () => seen.push('once'), { once: true })
      const gone = new AbortController()
      target.addEventListener('a', () => seen.push('signalled'), { signal: gone.signal })
      target.dispatchEvent(new Event('a'))
      gone.abort()
      target.dispatchEvent(new CustomEvent('a', { detail: { n: 1 } }))
      target.removeEventListener('a', first)
      target.addEventListener('b', event => { event.stopImmediatePropagation(); event.preventDefault() })
      target.addEventListener('b', () => seen.push('never'))
      const went = [target.dispatchEvent(new Event('b', { cancelable: true })), target.dispatchEvent(new Event('b'))]
      const event = new Event('c', { bubbles: true })
      return [seen, went, event.bubbles, event.cancelable, event.defaultPrevented, event.timeStamp > 0]`))

  test('a DOMException has its name and code', () =>
    same(`
      return ['AbortError', 'TimeoutError', 'DataCloneError', 'NotSupportedError', 'Mine'].map(name => {
        const error = new DOMException('why', name)
        return [error.name, error.code, error.message, error instanceof Error, String(error)]
      })`))
})

describe('AbortController', () => {
  test('aborts once, with a reason', () =>
    same(`
      const controller = new AbortController()
      const seen = []
      controller.signal.onabort = () => seen.push('on')
      controller.signal.addEventListener('abort', () => seen.push('listener'))
      controller.signal.throwIfAborted()
      controller.abort()
      controller.abort('again')
      let thrown
      try { controller.signal.throwIfAborted() } catch (error) { thrown = [error.name, error.code] }
      const given = AbortSignal.abort('mine')
      const any = AbortSignal.any([new AbortController().signal, controller.signal])
      const late = new AbortController()
      const follows = AbortSignal.any([late.signal])
      late.abort(7)
      let made = 'made'
      try { new AbortSignal() } catch (error) { made = error.name }
      return [seen, thrown, given.aborted, given.reason, any.aborted, any.reason.name, follows.reason, made]`))

  test('times out', () =>
    same(`
      const signal = AbortSignal.timeout(5)
      await new Promise(resolve => signal.addEventListener('abort', resolve))
      return [signal.aborted, signal.reason.name]`))

  test('ends the waiting for a fetch; the host is asked once', async () => {
    let asked = 0
    const host = async (op: HostOp) => (op === 'fetch' ? new Promise(() => void asked++) : null)
    const code = plugin(`
      const controller = new AbortController()
      setTimeout(() => controller.abort(), 10)
      const late = await fetch('https://example.com', { signal: controller.signal }).catch(error => error.name)
      const early = await ctx.fetch('https://example.com', { signal: controller.signal }).catch(error => error.name)
      return [late, early]`)
    expect(await act(sandbox, code, null, { limits, host })).toEqual(['AbortError', 'AbortError'])
    expect(asked).toBe(1)
  })
})

test('Blob and File', () =>
  same(`
    const blob = new Blob(['São ', new Uint8Array([80, 97]), new Uint8Array([117, 108, 111]).buffer, new Blob(['!'])], { type: 'Text/Plain' })
    const file = new File([blob], 'a.txt', { type: 'text/plain', lastModified: 5 })
    const read = []
    for await (const chunk of blob.stream()) read.push(...chunk)
    return [blob.size, blob.type, await blob.text(), [...(await blob.bytes())], await blob.slice(0, 5).text(), await blob.slice(-6, -1, 'a/b').text(),
      blob.slice(0, 1, 'a/b').type, (await blob.arrayBuffer()).byteLength, read, file.name, file.lastModified, file.size, file instanceof Blob, new Blob().size]`))

test('FormData', () =>
  same(`
    const form = new FormData()
    form.append('a', '1')
    form.append('b', 2)
    form.append('a', '3')
    form.append('file', new Blob(['x'], { type: 'text/plain' }))
    form.append('named', new Blob(['y']), 'n.txt')
    form.set('b', 'set')
    const first = [...form].map(([name, value]) => [name, typeof value === 'string' ? value : [value.name, value.type, value.size]])
    form.delete('a')
    const seen = []
    form.forEach((value, name) => seen.push(name))
    return [first, form.get('a'), form.getAll('b'), form.has('file'), [...form.keys()], seen, form.get('none')]`))

describe('ReadableStream', () => {
  test('gives what its source gives, when it is asked', () =>
    same(`
      const asked = []
      let n = 0
      const stream = new ReadableStream({
        start: controller => controller.enqueue('start'),
        async pull(controller) { asked.push(n); if (++n < 4) controller.enqueue(n); else controller.close() },
      })
      const reader = stream.getReader()
      const locked = stream.locked
      let refused
      try { stream.getReader() } catch (error) { refused = error.name }
      const read = []
      for (;;) { const { value, done } = await reader.read(); if (done) break; read.push(value) }
      await reader.closed
      return [read, locked, refused, asked.length, await reader.read()]`))

  test('is iterated, made from a list, split, cancelled, and fails', () =>
    same(`
      const all = []
      for await (const chunk of ReadableStream.from([1, 2, 3])) all.push(chunk)
      const [left, right] = ReadableStream.from(['a', 'b']).tee()
      const both = await Promise.all([left, right].map(async side => { const got = []; for await (const chunk of side) got.push(chunk); return got }))
      let cancelled
      const endless = new ReadableStream({ pull: controller => controller.enqueue('x'), cancel: reason => { cancelled = reason } })
      for await (const chunk of endless) break
      const other = new ReadableStream({ cancel: reason => { cancelled = [cancelled ?? null, reason] } })
      await other.cancel('enough')
      const broken = new ReadableStream({ pull() { throw new TypeError('broken') } })
      const reader = broken.getReader()
      const failed = await reader.read().catch(error => error.message)
      const closed = await reader.closed.catch(error => error.message)
      reader.releaseLock()
      return [all, both, cancelled, failed, closed, broken.locked, await reader.read().catch(error => error.name)]`))
})

test('Headers, Request and Response', () =>
  same(`
    const request = new Request('https://example.com/a b', { method: 'post', headers: { 'X-A': '1' }, body: 'text' })
    const copy = new Request(request.clone(), { headers: { 'x-b': '2' } })
    const form = new Request('https://example.com', { method: 'PUT', body: new URLSearchParams({ q: 'é' }) })
    let refused
    try { new Request('https://example.com', { body: 'x' }) } catch (error) { refused = error.name }
    const json = Response.json({ a: [1] }, { status: 201 })
    const there = Response.redirect('https://example.com/x', 303)
    const bytes = new Response(new Uint8Array([0xff, 0x00]))
    const blob = new Response(new Blob(['b'], { type: 'text/x' }))
    const clone = blob.clone()
    const stream = new Response(ReadableStream.from([new Uint8Array([104]), new Uint8Array([105])]))
    const body = new Response('streamed')
    const chunks = []
    for await (const chunk of body.body) chunks.push(...chunk)
    let status
    try { new Response('', { status: 99 }) } catch (error) { status = error.name }
    const first = [request.url, request.method, request.headers.get('content-type'), request.headers.get('x-a'), copy.headers.get('x-a'), copy.headers.get('x-b'), await copy.text(), await request.text(), request.bodyUsed, request.signal.aborted]
    const read = [await form.formData().then(form => [...form]), form.headers.get('content-type'), refused]
    return [first, read, json.status, json.headers.get('content-type'), await json.json(), there.status, there.headers.get('location'), [...(await bytes.bytes())], await blob.text(), await clone.blob().then(b => [b.type, b.size]),
      await stream.text(), chunks.length, body.bodyUsed, status, new Response().body, await new Response().text(), new Headers({ 'set-cookie': 'a=1' }).getSetCookie()]`))

test('a fetch sends every kind of body as the text that it is', async () => {
  const asked: { body?: string; headers: Record<string, string>; method: string; url: string }[] = []
  const host = async (_: HostOp, argument: unknown) => {
    asked.push(argument as never)
    return { status: 200, headers: { 'content-type': 'text/plain' }, body: 'olá', url: 'https://example.com/' }
  }
  const code = plugin(`
    const form = new FormData()
    form.append('a', '1\\n2')
    form.append('file', new File(['conteúdo'], 'a"b.txt', { type: 'text/plain' }))
    const bodies = ['text', new URLSearchParams({ q: 'a b' }), new Blob(['blob'], { type: 'text/x' }), new TextEncoder().encode('bytes é'), new TextEncoder().encode('buffer').buffer, ReadableStream.from([new Uint8Array([104, 105])]), form]
    const read = []
    for (const body of bodies) read.push(await (await fetch('https://example.com', { method: 'POST', body })).text())
    await fetch(new Request('https://example.com/r', { method: 'PATCH', body: 'of a request', headers: { 'x-a': '1' } }))
    await ctx.fetch(new Request('https://example.com/r'), { credential: 'crm' })
    const binary = await fetch('https://example.com', { method: 'POST', body: new Uint8Array([0xff]) }).catch(error => error.message)
    const streamed = []
    for await (const chunk of (await fetch('https://example.com')).body) streamed.push(...chunk)
    return [read, binary, new TextDecoder().decode(new Uint8Array(streamed))]`)
  const [read, binary, streamed] = (await act(sandbox, code, null, { limits, host })) as unknown[]
  expect([read, streamed]).toEqual([Array(7).fill('olá'), 'olá'])
  expect(binary).toContain('must be UTF-8')
  expect(asked.map(({ body }) => body).slice(0, 6)).toEqual(['text', 'q=a+b', 'blob', 'bytes é', 'buffer', 'hi'])
  expect(asked[7]).toMatchObject({ url: 'https://example.com/r', method: 'PATCH', body: 'of a request', headers: { 'x-a': '1' } }) // prettier-ignore
  expect(asked[8]).toMatchObject({ url: 'https://example.com/r', method: 'GET', credential: 'crm' })
  // What was written as multipart, Node reads
  const { headers, body } = asked[6]!
  const form = await new Response(body!, { headers }).formData()
  const file = form.get('file') as File
  expect([form.get('a'), file.name, file.type, await file.text()]).toEqual([
    '1\r\n2',
    'a"b.txt',
    'text/plain',
    'conteúdo',
  ])
})

test('TextDecoder reads a stream of pieces, TextEncoder writes into what there is', () =>
  same(`
    const bytes = new TextEncoder().encode('\\ufeffa€😀é')
    const ways = []
    for (const size of [1, 2, 3, 5]) {
      const decoder = new TextDecoder()
      let text = ''
      for (let i = 0; i < bytes.length; i += size) text += decoder.decode(bytes.subarray(i, i + size), { stream: true })
      ways.push(text + decoder.decode())
    }
    const cut = new TextDecoder()
    ways.push(cut.decode(new Uint8Array([0x61, 0xe2, 0x82]), { stream: true }), cut.decode())
    const into = new Uint8Array(6)
    return [ways, new TextEncoder().encodeInto('a€😀', into), [...into], new TextDecoder('utf-8', { fatal: true }).fatal]`))

test('crypto.subtle.digest', async () => {
  const body = `
    const texts = ['', 'abc', 'x'.repeat(55), 'x'.repeat(56), 'x'.repeat(64), 'x'.repeat(111), 'x'.repeat(112), 'x'.repeat(128), 'é'.repeat(1000)]
    const all = []
    for (const name of ['SHA-1', 'SHA-256', 'sha-384', { name: 'SHA-512' }])
      for (const text of texts) all.push([...new Uint8Array(await crypto.subtle.digest(name, new TextEncoder().encode(text)))].map(byte => byte.toString(16).padStart(2, '0')).join(''))
    const unknown = await crypto.subtle.digest('MD5', new Uint8Array()).catch(error => error.name)
    return [all, unknown]`
  const [all] = (await same(body)) as [string[]]
  expect(all.length).toBe(36)
  expect(all[10]).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad') // FIPS 180-4, "abc"
})

test('setInterval goes on until it is cleared', () =>
  same(`
    const rounds = []
    await new Promise(resolve => {
      const name = setInterval((a, b) => { rounds.push(a + b); if (rounds.length === 3) { clearInterval(name); resolve() } }, 2, 1, 2)
    })
    const gone = setInterval(() => rounds.push('never'), 1)
    clearTimeout(gone)
    await new Promise(resolve => setTimeout(resolve, 20))
    return rounds`))

test('console has what libraries call, and tells the log', async () => {
  const lines: unknown[] = []
  const host = async (_: HostOp, argument: unknown) => lines.push(argument)
  const code = plugin(`
    console.assert(true, 'no'); console.assert(false, 'yes', 1); console.group('g'); console.dir({ a: 1 }); console.table([1]); console.groupEnd()
    reportError(new Error('reported'))
    return [self === globalThis, typeof navigator.userAgent]`)
  expect(await act(sandbox, code, null, { limits, host })).toEqual([true, 'string'])
  const line = (level: string, message: string) => ({ level, message })
  expect(lines).toEqual([
    line('error', 'Assertion failed: yes 1'),
    line('info', 'g'),
    line('info', '{"a":1}'),
    line('info', '[1]'),
    line('error', 'Error: reported'),
  ])
})

test('what is made late is frozen like the rest, and may be replaced by the plugin for itself', async () => {
  const code = plugin(`
    const open = []
    for (const type of [DOMException, Event, EventTarget, AbortController, AbortSignal, Blob, File, FormData, ReadableStream, Headers, Request, Response])
      for (const holder of [type, type.prototype, ...Object.values(Object.getOwnPropertyDescriptors(type.prototype)).flatMap(p => [p.value, p.get, p.set])])
        if ((typeof holder === 'object' || typeof holder === 'function') && holder !== null && !Object.isFrozen(holder)) open.push(type.name)
    globalThis.Blob = 'mine'
    return [open, Blob, (await (await fetch('https://example.com')).blob()).size]`)
  const host = async () => ({ status: 200, headers: {}, body: 'four', url: 'https://example.com/' })
  expect(await act(sandbox, code, null, { limits, host })).toEqual([[], 'mine', 4])
})
