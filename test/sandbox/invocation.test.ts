import { describe, expect, test } from 'vitest'
import { createLog } from '../../core/log.ts'
import { Invocation } from '../../core/sandbox/invocation.ts'
import { HOST_LIMITS } from '../../core/sandbox/limits.ts'
import type { HostOp } from '../../core/sandbox/call.ts'
import { CONTEXT, failure, LIMITS, plugin } from './call-plugin.ts'

// The host's side of one call, against a runner that says what ours never would.

function invocation(answer: unknown = undefined) {
  const asked: [HostOp, unknown][] = []
  const host = async (op: HostOp, argument: unknown) => {
    asked.push([op, argument])
    return answer
  }
  const call = {
    code: plugin(''),
    workspaceId: 'w',
    entry: 'actions.act',
    input: '1',
    context: CONTEXT,
    limits: LIMITS,
    host,
  }
  return { asked, subject: new Invocation(call, HOST_LIMITS, createLog('silent')) }
}

describe('a runner that does not keep to the protocol', () => {
  test.each([
    '1 secrets {}',
    '1 log {}',
    '0 fetch {}',
    '-1 fetch {}',
    '1.5 fetch {}',
    '1e9 fetch {}',
    'x fetch {}',
    '',
    '1',
    '1 fetch',
  ])('asks in vain: %j', frame => {
    const { subject, asked } = invocation()
    expect(() => subject.answer(frame, () => {})).toThrow('A runner sent')
    expect(asked).toEqual([])
  })

  test.each(['1 fetch {}', '2000 log {}'])('tells in vain: %j', frame => {
    const { subject, asked } = invocation()
    expect(() => subject.note(frame)).toThrow('A runner sent')
    expect(asked).toEqual([])
  })

  test.each(['1 storage {', `1 storage ${'['.repeat(100)}`, `1 storage "${'x'.repeat(2_000_000)}"`])(
    'gets an error for an argument like %.30s',
    async frame => {
      const { subject, asked } = invocation()
      const reply = await new Promise<string>(resolve => subject.answer(frame, resolve))
      expect(reply).toMatch(/^1 0 \{"code":"(INTERNAL|VALIDATION)"/)
      expect(asked).toEqual([])
    },
  )

  test.each([
    [`0.1 ${'['.repeat(100)}`, 'VALIDATION'],
    [`0.1 "${'x'.repeat(2_000_000)}"`, 'VALIDATION'],
  ])('has no result with %.20s', async (frame, code) => {
    const { subject } = invocation()
    subject.succeed(frame)
    expect(await failure(subject.promise)).toMatchObject({ code })
  })

  test('fails in its own words only', async () => {
    for (const words of [
      '0.1 {"code":"MEMORY","message":"x"}',
      '0.1 nonsense',
      '',
      '0.1 {"code":7,"message":{},"retryAfter":"soon"}',
    ]) {
      const { subject } = invocation()
      subject.failAsPlugin(words)
      expect(await failure(subject.promise)).toMatchObject({ code: 'PLUGIN', retryable: false })
    }
  })

  test('is taken for broken when it asks the same question twice', async () => {
    const { subject, asked } = invocation()
    await new Promise<string>(resolve => subject.answer('1 storage {"verb":"get","key":"k"}', resolve))
    expect(() => subject.answer('1 storage {"verb":"get","key":"k"}', () => {})).toThrow('twice')
    expect(asked.length).toBe(1)
  })

  test('tells nothing any more when the call is over', () => {
    const { subject, asked } = invocation()
    subject.succeed('0.1 1')
    subject.note('1 log {"level":"info","message":"late"}')
    subject.answer('1 storage {"verb":"get","key":"k"}', () => {})
    expect(asked).toEqual([])
  })

  test('parks nothing for longer than a day', async () => {
    const { subject } = invocation()
    subject.failAsPlugin('0.1 {"code":"UNAVAILABLE","message":"later","retryAfter":1e300}')
    expect(await failure(subject.promise)).toMatchObject({ code: 'UNAVAILABLE', retryAfter: 86_400 })
  })

  test('cannot poison keys of an argument', async () => {
    const { subject, asked } = invocation()
    await new Promise<string>(resolve =>
      subject.answer('1 storage {"a":1,"\\u005f_proto__":{"b":2},"__proto__":{"c":3}}', resolve),
    )
    expect(JSON.stringify(asked)).toBe('[["storage",{"a":1}]]')
  })
})

describe('what the host remembers for a replay', () => {
  const LARGE = 'x'.repeat(1024 * 1024)
  const ask = (subject: Invocation, n: number, op: string) =>
    new Promise<string>(resolve => subject.answer(`${n} ${op}`, reply => resolve(reply.slice(0, 30))))
  /** The same questions as before, by the next attempt. */
  const again = (subject: Invocation) => subject.id++

  test('of what was only read is not much: it is read again', async () => {
    const { subject, asked } = invocation(LARGE)
    for (const attempt of [1, 2]) {
      for (let n = 1; n <= 8; n++) await ask(subject, n, `fetch {"method":"GET","url":"${n}"}`)
      expect(asked.length).toBe(attempt === 1 ? 8 : 8 + 5)
      again(subject)
    }
  })

  test('of what was done is all, up to where it refuses more', async () => {
    const { subject, asked } = invocation(LARGE)
    let n = 0
    let reply = ''
    while (!reply.includes('RATE_LIMITED')) {
      reply = await ask(subject, ++n, `fetch {"method":"POST","url":"${n}"}`)
      expect(n).toBeLessThan(30)
    }
    const done = asked.length
    again(subject)
    for (let i = 1; i < n; i++) await ask(subject, i, `fetch {"method":"POST","url":"${i}"}`)
    expect(asked.length).toBe(done)
  })
})
