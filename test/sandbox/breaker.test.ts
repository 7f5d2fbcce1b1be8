import pino from 'pino'
import { describe, expect, it } from 'vitest'
import { type ErrorCode, TraeError } from '../../core/errors.ts'
import { Breaker, WaitedTooLong } from '../../core/sandbox/breaker.ts'

const LIMITS = { breakerFailures: 5, breakerWindowMs: 60_000, breakerOpenMs: 60_000, breakerMostMs: 3_600_000 }

function setUp() {
  const clock = { now: 1_000_000 }
  const breaker = new Breaker(LIMITS, pino({ level: 'silent' }), () => clock.now)
  let calls = 0
  const ends = async (error?: TraeError, isolate = 'code here') => {
    const before = calls
    const outcome = await breaker
      .guard(isolate, async () => {
        calls++
        if (error) throw error
        return 'ended'
      })
      .catch((thrown: TraeError) => thrown)
    return { called: calls > before, outcome }
  }
  const fails = (times: number, code: ErrorCode = 'TIMEOUT') =>
    Array.from({ length: times }).reduce<Promise<unknown>>(
      before => before.then(() => ends(new TraeError(code, 'out of it'))),
      Promise.resolve(),
    )
  return { clock, breaker, ends, fails }
}

describe('The breaker of the sandbox', () => {
  it.each(['TIMEOUT', 'MEMORY', 'CRASHED'] as const)('holds calls back after five that ended with %s', async code => {
    const { ends, fails } = setUp()
    await fails(4, code)
    expect(await ends()).toEqual({ called: true, outcome: 'ended' })
    await fails(1, code)
    const { called, outcome } = await ends()
    expect(called).toBe(false)
    expect(outcome).toMatchObject({ code: 'BUSY', retryable: true, retryAfter: 60 })
  })

  it('holds back nobody else: not other code, not the same code of another workspace', async () => {
    const { ends, fails } = setUp()
    await fails(5)
    expect((await ends(undefined, 'code there')).called).toBe(true)
    expect((await ends(undefined, 'other here')).called).toBe(true)
    expect((await ends()).called).toBe(false)
  })

  it('lets one call try after a minute, and all when that one ended well', async () => {
    const { clock, breaker, ends, fails } = setUp()
    await fails(5)
    clock.now += 60_000
    let finish = () => {}
    const trying = breaker.guard('code here', () => new Promise<void>(resolve => (finish = resolve)))
    expect((await ends()).called).toBe(false)
    finish()
    await trying
    expect((await ends()).called).toBe(true)
    await fails(4)
    expect((await ends()).called).toBe(true) // nothing is held against it
  })

  it('waits twice as long after each try that fails, an hour at most', async () => {
    const { clock, ends, fails } = setUp()
    await fails(5)
    for (const minutes of [1, 2, 4, 8, 16, 32, 60, 60]) {
      clock.now += minutes * 60_000 - 1
      expect((await ends()).called, `just before ${minutes} minutes`).toBe(false)
      clock.now += 1
      expect((await ends(new TraeError('CRASHED', 'again'))).called, `after ${minutes} minutes`).toBe(true)
    }
  })

  it('gives the try to the next call when the first one never ran', async () => {
    const { clock, ends, fails } = setUp()
    await fails(5)
    clock.now += 60_000
    await ends(new TraeError('CANCELLED', 'somebody stopped it'))
    expect(await ends()).toEqual({ called: true, outcome: 'ended' })
  })

  it('does not open for a few bad calls among many good ones, nor for some that are long ago', async () => {
    const { ends, fails } = setUp()
    await fails(4)
    for (let call = 0; call < 20; call++) await ends()
    await fails(4)
    expect((await ends()).called).toBe(true)
    const slow = setUp()
    for (let minute = 0; minute < 6; minute++) {
      await slow.fails(1)
      slow.clock.now += 30_000
    }
    expect((await slow.ends()).called).toBe(true)
  })

  it('counts neither what the plugin says itself, nor a wait for somebody else that was too long', async () => {
    const { ends, fails } = setUp()
    await fails(10, 'UNAVAILABLE')
    await fails(10, 'PLUGIN')
    for (let call = 0; call < 10; call++) await ends(new WaitedTooLong(1_000))
    expect((await ends()).called).toBe(true)
  })

  it('forgets when the bundle is started anew', async () => {
    const { breaker, ends, fails } = setUp()
    await fails(5)
    breaker.forget('code')
    expect((await ends()).called).toBe(true)
  })
})
