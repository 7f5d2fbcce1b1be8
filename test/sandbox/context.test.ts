import { afterAll, describe, expect, test } from 'vitest'
import { TraeError } from '../../core/errors.ts'
import type { HostOp } from '../../core/sandbox/call.ts'
import { act, CONTEXT, failure, newSandbox, plugin } from './call-plugin.ts'

const sandbox = newSandbox()
afterAll(() => sandbox.close())

/** A host that writes down what it is asked. */
function recorder(answer: (op: HostOp, argument: unknown) => unknown = () => null) {
  const asked: [HostOp, unknown][] = []
  const host = async (op: HostOp, argument: unknown) => {
    asked.push([op, argument])
    return answer(op, argument)
  }
  return { asked, host }
}

describe('ctx', () => {
  test('has run, workspace and locale of the call, frozen', async () => {
    const code = plugin(`
      try { ctx.run.key = 'mine' } catch {}
      try { ctx.fetch = 1 } catch {}
      return { run: ctx.run, workspace: ctx.workspace, locale: ctx.locale, keys: Object.keys(ctx).sort() }`)
    const { run, workspace, locale } = CONTEXT
    const keys =
      'credential events fetch hmac hook llm locale log memory progress records run schedule storage t workspace'.split(
        ' ',
      )
    expect(await act(sandbox, code)).toEqual({ run, workspace, locale, keys })
  })

  test('records.<noun>.<verb>, storage and events reach the host as ops', async () => {
    const { asked, host } = recorder((_, argument) => ({ heard: argument }))
    const code = plugin(`
      await ctx.storage.set('k', { a: 1 })
      await ctx.storage.set('e', 1, { expiresAt: '2026-03-02T12:00:00Z' })
      await ctx.storage.get('k')
      await ctx.storage.delete('k')
      await ctx.schedule.set('k', { action: 'a', input: { b: 1 }, at: '2026-03-02T12:00:00Z' })
      await ctx.schedule.set('e', { action: 'a', every: '1d' })
      await ctx.schedule.get('k')
      await ctx.schedule.cancel('k')
      await ctx.events.emit('lead.scored', { score: 80 })
      return ctx.records.leads.update({ id: '1', patch: { score: 80 } })`)
    const update = { noun: 'leads', verb: 'update', argument: { id: '1', patch: { score: 80 } } }
    expect(await act(sandbox, code, null, { host })).toEqual({ heard: update })
    expect(asked).toEqual([
      ['storage', { verb: 'set', key: 'k', value: { a: 1 } }],
      ['storage', { verb: 'set', key: 'e', value: 1, expiresAt: '2026-03-02T12:00:00Z' }],
      ['storage', { verb: 'get', key: 'k' }],
      ['storage', { verb: 'delete', key: 'k' }],
      ['schedule', { verb: 'set', key: 'k', action: 'a', input: { b: 1 }, at: '2026-03-02T12:00:00Z' }],
      ['schedule', { verb: 'set', key: 'e', action: 'a', every: '1d' }],
      ['schedule', { verb: 'get', key: 'k' }],
      ['schedule', { verb: 'cancel', key: 'k' }],
      ['events', { type: 'lead.scored', data: { score: 80 } }],
      ['records', update],
    ])
  })

  test('many questions at once get their own answers', async () => {
    const { host } = recorder(async (_, argument) => {
      const { key } = argument as { key: string }
      await new Promise(resolve => setTimeout(resolve, Math.random() * 20))
      return key
    })
    const code = plugin('return Promise.all(Array.from({ length: 32 }, (_, i) => ctx.storage.get(String(i))))')
    expect(await act(sandbox, code, null, { host })).toEqual(Array.from({ length: 32 }, (_, i) => String(i)))
  })

  test('an error of the host arrives as code and message, and may be passed on', async () => {
    const host = async (op: HostOp) => {
      if (op === 'records') throw new TraeError('PERMISSION', 'leads:write was not granted.')
      throw new TraeError('UNKNOWN_OUTCOME', 'sent, but no answer', { retryAfter: 5 })
    }
    const caught = plugin(
      'return ctx.records.leads.update({}).catch(error => [error.code, error.message, error.retryable])',
    )
    expect(await act(sandbox, caught, null, { host })).toEqual(['PERMISSION', 'leads:write was not granted.', false])
    const passed = plugin("await ctx.fetch('https://example.com', { method: 'POST' })")
    expect(await failure(act(sandbox, passed, null, { host }))).toMatchObject({
      code: 'UNKNOWN_OUTCOME',
      message: 'sent, but no answer',
    })
  })

  test('log, console and progress are told, not asked', async () => {
    const { asked, host } = recorder()
    const code = plugin(`
      ctx.log.info('scored', { score: 80 })
      ctx.log.error('x'.repeat(100_000))
      console.log('plain', { a: 1 }, [2])
      console.warn('careful')
      ctx.progress(0.5, 'half')
      const loop = {}; loop.loop = loop
      ctx.log.info('kept quiet', loop)
      return ctx.log.info('last')`)
    expect(await act(sandbox, code, null, { host })).toBe(null)
    expect(asked).toEqual([
      ['log', { level: 'info', message: 'scored', fields: { score: 80 } }],
      ['log', { level: 'error', message: 'x'.repeat(8192) }],
      ['log', { level: 'info', message: 'plain {"a":1} [2]' }],
      ['log', { level: 'warn', message: 'careful' }],
      ['progress', { fraction: 0.5, text: 'half' }],
      ['log', { level: 'info', message: 'last' }],
    ])
  })

  test('does nothing any more when its call is over', async () => {
    const { asked, host } = recorder()
    const code = plugin(`
      globalThis.first ??= ctx
      if (globalThis.first === ctx) return 'kept'
      const { first } = globalThis
      first.log.info('from the grave')
      return Promise.all([first.storage.set('k', 1), first.fetch('https://example.com')].map(p => p.then(() => 'did', e => e.code)))`)
    expect(await act(sandbox, code, null, { host })).toBe('kept')
    expect(await act(sandbox, code, null, { host })).toEqual(['CANCELLED', 'CANCELLED'])
    expect(asked).toEqual([])
  })

  test('asks so many times in one call and no more', async () => {
    const small = newSandbox({ hostCalls: 5 })
    const { asked, host } = recorder()
    const code = plugin('for (let i = 0; ; i++) await ctx.storage.get(String(i))')
    expect(await failure(act(small, code, null, { host }))).toMatchObject({
      code: 'RATE_LIMITED',
      message: expect.stringContaining('5 times'),
    })
    expect(asked.length).toBe(5)
    await small.close()
  })

  test('t speaks the locale, then English, then the key', async () => {
    const code = plugin(
      "return [ctx.t('hello', { name: 'Ana' }), ctx.t('only'), ctx.t('none'), ctx.t('hello'), ctx.t('constructor')]",
    )
    expect(await act(sandbox, code)).toEqual(['Olá, Ana!', 'English only', 'none', 'Olá, {name}!', 'constructor'])
  })

  test('t speaks another language where it is asked to', async () => {
    const code = plugin("return [ctx.t('hello', { name: 'Ana' }, 'en'), ctx.t('hello', { name: 'Ana' }, 'fr')]")
    expect(await act(sandbox, code)).toEqual(['Hello, Ana!', 'Hello, Ana!'])
  })

  test('fetch crosses as data and comes back as a Response', async () => {
    const { asked, host } = recorder(() => ({
      status: 201,
      headers: { 'content-type': 'application/json', 'x-rate': '9' },
      body: '{"id":7}',
      url: 'https://api.example.com/contacts',
    }))
    const code = plugin(`
      const response = await ctx.fetch(new URL('/contacts', 'https://api.example.com'), {
        method: 'POST', credential: 'crm', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(input),
      })
      const form = await fetch('https://api.example.com/form', { method: 'POST', body: new URLSearchParams({ q: 'a b' }) })
      return [response.ok, response.status, response.headers.get('X-Rate'), await response.json(), response.url, await form.text()]`)
    const answer = [true, 201, '9', { id: 7 }, 'https://api.example.com/contacts', '{"id":7}']
    expect(await act(sandbox, code, { name: 'Ana' }, { host })).toEqual(answer)
    const json = { 'content-type': 'application/json' }
    const form = { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' }
    expect(asked).toEqual([
      [
        'fetch',
        {
          url: 'https://api.example.com/contacts',
          method: 'POST',
          credential: 'crm',
          headers: json,
          body: '{"name":"Ana"}',
        },
      ],
      ['fetch', { url: 'https://api.example.com/form', method: 'POST', headers: form, body: 'q=a+b' }],
    ])
  })
})

describe('time', () => {
  test('setTimeout runs later, in order, and can be cleared', async () => {
    const code = plugin(`
      const order = []
      const wait = (ms, name) => new Promise(resolve => setTimeout(() => { order.push(name); resolve() }, ms))
      const cleared = setTimeout(() => order.push('never'), 5)
      clearTimeout(cleared)
      await Promise.all([wait(40, 'late'), wait(10, 'early'), wait(0, 'now')])
      return order`)
    expect(await act(sandbox, code)).toEqual(['now', 'early', 'late'])
  })

  test('waiting costs no CPU', async () => {
    const code = plugin("await new Promise(resolve => setTimeout(resolve, 300)); return 'rested'")
    expect(await act(sandbox, code, null, { limits: { memoryMb: 64, cpuMs: 100, wallMs: 5_000 } })).toBe('rested')
  })
})
