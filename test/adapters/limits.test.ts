import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterAll, describe, expect, it } from 'vitest'
import type { Limits } from '../../core/adapters/limits/limits.ts'
import { MemoryLimits } from '../../core/adapters/limits/memory-limits.ts'
import { RedisLimits } from '../../core/adapters/limits/redis-limits.ts'
import { VirtualClock } from '../../core/clock.ts'
import { createLog } from '../../core/log.ts'
import { openLine, REDIS } from '../support/redis.ts'

const PREFIX = `trae-test:${randomUUID()}`
const log = createLog('silent')
const MINUTE = { name: 'minute', seconds: 60, limit: 5 }
const HOUR = { name: 'hour', seconds: 3600, limit: 12 }
const PAUSES = { free: 3, first: 1000, longest: 5000 }

describe.each(['memory', 'redis'] as const)('limits in %s', kind => {
  const open: Limits[] = []
  /** A clock at the beginning of an hour, and one store, or several processes' stores of it. */
  const setUp = async (processes = 1) => {
    const clock = new VirtualClock()
    clock.advance(3_600_000 - (clock.now().getTime() % 3_600_000))
    const memory = new MemoryLimits(clock)
    const stores = await Promise.all(
      Array.from({ length: processes }, () =>
        kind === 'memory' ? memory : new RedisLimits(REDIS, PREFIX, clock, log).open(),
      ),
    )
    open.push(...stores)
    return { clock, stores, limits: stores[0]!, key: randomUUID() }
  }
  afterAll(() => Promise.all(open.map(limits => limits.close())))
  const take = async (limits: Limits, key: string, cost?: number) => {
    const { allowed, left } = await limits.take(key, [MINUTE, HOUR], cost)
    return [allowed, ...left.map(({ remaining }) => remaining)]
  }

  it('gives what the windows hold, and begins each anew', async () => {
    const { clock, limits, key } = await setUp()
    for (const left of [4, 3, 2, 1, 0]) expect(await take(limits, key)).toEqual([true, left, left + 7])
    expect(await take(limits, key)).toEqual([false, 0, 7])
    expect(await take(limits, key)).toEqual([false, 0, 7]) // what is refused counts in no window
    expect((await limits.take(key, [MINUTE, HOUR])).left.map(({ reset }) => reset)).toEqual([60, 3600])
    clock.advance(59_999)
    expect(await take(limits, key)).toEqual([false, 0, 7])
    clock.advance(1)
    expect(await take(limits, key)).toEqual([true, 4, 6])
    expect(await take(limits, randomUUID())).toEqual([true, 4, 11])
    for (let i = 0; i < 4; i++) await take(limits, key)
    clock.advance(60_000)
    expect(await take(limits, key)).toEqual([true, 4, 1])
    expect(await take(limits, key)).toEqual([true, 3, 0])
    expect(await take(limits, key)).toEqual([false, 3, 0]) // the hour is spent, the minute is not
    clock.advance(3_480_000)
    expect(await take(limits, key)).toEqual([true, 4, 11])
  })
  it('takes what something costs, and looks without taking', async () => {
    const { limits, key } = await setUp()
    expect(await take(limits, key, 0)).toEqual([true, 5, 12])
    expect(await take(limits, key, 4)).toEqual([true, 1, 8])
    expect(await take(limits, key, 2)).toEqual([false, 1, 8])
    expect(await take(limits, key, 1)).toEqual([true, 0, 7])
    expect(await take(limits, key, 0)).toEqual([false, 0, 7])
  })
  it('never gives more than there is, however many processes ask at once', async () => {
    const { stores, key } = await setUp(4)
    const asked = Array.from({ length: 40 }, (_, i) => stores[i % 4]!.take(key, [MINUTE]))
    expect((await Promise.all(asked)).filter(({ allowed }) => allowed)).toHaveLength(5)
  })
  it('lets attempts wait, longer each time, and not for good', async () => {
    const { clock, stores, limits, key } = await setUp(2)
    const attempt = () => limits.attempt(key, PAUSES)
    expect([await attempt(), await attempt(), await attempt()]).toEqual([0, 0, 0])
    for (const pause of [1000, 2000, 4000, 5000, 5000]) {
      expect([await attempt(), await stores[1]!.attempt(key, PAUSES)]).toEqual([pause, pause])
      clock.advance(pause - 1)
      expect(await attempt()).toBe(1)
      clock.advance(1)
      expect(await attempt()).toBe(0)
    }
    await limits.clear(key)
    expect([await attempt(), await attempt(), await attempt()]).toEqual([0, 0, 0])
    const many = await Promise.all(Array.from({ length: 20 }, () => limits.attempt(`${key}b`, PAUSES)))
    expect(many.filter(wait => wait === 0)).toHaveLength(3)
  })
})

describe('while Redis is away', () => {
  it('each process counts by itself, and for all again afterwards', async () => {
    const clock = new VirtualClock()
    const key = randomUUID()
    const line = await openLine()
    const limits = await new RedisLimits(line.url, PREFIX, clock, log).open()
    expect((await limits.take(key, [MINUTE], 5)).allowed).toBe(true)
    expect((await limits.take(key, [MINUTE])).allowed).toBe(false)
    line.cut()
    const alone = Array.from({ length: 9 }, () => limits.take(key, [MINUTE]))
    expect((await Promise.all(alone)).filter(({ allowed }) => allowed)).toHaveLength(5)
    for (let i = 0; i < 3; i++) expect(await limits.attempt(key, PAUSES)).toBe(0)
    expect(await limits.attempt(key, PAUSES)).toBe(1000)
    line.mend()
    const other = randomUUID()
    const redis = new Redis(REDIS)
    await expect
      .poll(
        async () => {
          await limits.take(other, [MINUTE])
          return (await redis.keys(`${PREFIX}:limits:{${other}}:*`)).length
        },
        { timeout: 20_000 },
      )
      .toBe(1)
    redis.disconnect()
    await limits.close()
    await line.close()
  })
  it('the host starts without it', async () => {
    const limits = await new RedisLimits('redis://127.0.0.1:1', PREFIX, new VirtualClock(), log).open()
    expect((await limits.take('x', [MINUTE])).left[0]!.remaining).toBe(4)
    await limits.close()
  })
})
