import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterAll, describe, expect, it } from 'vitest'
import { type Cache, KEPT_MS, MOST_CHARACTERS, MOST_VARIANTS } from '../../core/adapters/cache/cache.ts'
import { MemoryCache } from '../../core/adapters/cache/memory-cache.ts'
import { RedisCache } from '../../core/adapters/cache/redis-cache.ts'
import { VirtualClock } from '../../core/clock.ts'
import { createLog } from '../../core/log.ts'
import { openLine, REDIS } from '../support/redis.ts'

const log = createLog('silent')
const NAME = 'analytics:forecast'
const WAIT = { timeout: 20_000 }
const opened: Cache[] = []
afterAll(() => opened.forEach(cache => cache.close()))

/** What is read again and again: which time it is, each time another number. */
function source() {
  const reads = { count: 0, read: () => Promise.resolve({ time: ++reads.count }) }
  return reads
}
/** A reading that ends when it is told to. */
function slow<T>(answer: T) {
  const { promise, resolve } = Promise.withResolvers<T>()
  return { read: () => promise, end: () => resolve(answer) }
}
/** How its reads went. */
function counted() {
  const outcomes: string[] = []
  return { outcomes, cacheRead: (_name: string, outcome: string) => void outcomes.push(outcome) }
}
async function openRedis(prefix: string, url = REDIS, metrics = counted()): Promise<RedisCache> {
  const cache = await new RedisCache(url, prefix, log, metrics).open()
  opened.push(cache)
  return cache
}
/** Redis is asked from the first hit on. */
const inUse = (cache: Cache) =>
  expect
    .poll(async () => {
      const [workspace, reads] = [randomUUID(), source()]
      await cache.get(workspace, NAME, 'x', reads.read)
      await cache.get(workspace, NAME, 'x', reads.read)
      return reads.count
    }, WAIT)
    .toBe(1)

describe.each(['memory', 'redis'] as const)('what is kept in %s', kind => {
  const open = async () => {
    const clock = new VirtualClock()
    const metrics = counted()
    const prefix = `trae-test:${randomUUID()}`
    const cache = kind === 'memory' ? new MemoryCache(clock, metrics) : await openRedis(prefix, REDIS, metrics)
    if (kind === 'redis') await inUse(cache)
    metrics.outcomes.length = 0
    return { clock, metrics, cache, prefix, workspace: randomUUID() }
  }

  it('is read once, for each variant, and a copy for each who asks', async () => {
    const { cache, workspace, metrics } = await open()
    const reads = source()
    const get = (variant: string) => cache.get(workspace, NAME, variant, reads.read)
    const first = await get('30')
    expect(first).toEqual({ time: 1 })
    first.time = 99
    expect([await get('30'), await get('7'), await get('30')]).toEqual([{ time: 1 }, { time: 2 }, { time: 1 }])
    expect(metrics.outcomes).toEqual(['miss', 'hit', 'miss', 'hit'])
  })
  it('is read once for all who ask at once', async () => {
    const { cache, workspace, metrics } = await open()
    const reading = slow({ time: 1 })
    const all = Array.from({ length: 9 }, () => cache.get(workspace, NAME, '30', reading.read))
    await expect.poll(() => metrics.outcomes.length).toBe(9)
    reading.end()
    expect(await Promise.all(all)).toEqual(Array.from({ length: 9 }, () => ({ time: 1 })))
    expect(metrics.outcomes.filter(outcome => outcome === 'miss')).toHaveLength(1)
  })
  it('is dropped by its name in its workspace, and nothing else is', async () => {
    const { cache, workspace } = await open()
    const reads = source()
    const other = randomUUID()
    const all = async () => [
      (await cache.get(workspace, NAME, '30', reads.read)).time,
      (await cache.get(workspace, NAME, '7', reads.read)).time,
      (await cache.get(workspace, 'analytics:stages', '30', reads.read)).time,
      (await cache.get(other, NAME, '30', reads.read)).time,
    ]
    expect(await all()).toEqual([1, 2, 3, 4])
    cache.drop(workspace, [NAME])
    expect(await all()).toEqual([5, 6, 3, 4])
    cache.drop(other, [NAME, 'analytics:stages'])
    expect(await all()).toEqual([5, 6, 3, 7])
  })
  it('was read before a drop is never answered after it, however long the reading takes', async () => {
    const { cache, workspace, metrics } = await open()
    const old = slow('old')
    const asked = cache.get(workspace, NAME, '30', old.read)
    await expect.poll(() => metrics.outcomes).toEqual(['miss'])
    cache.drop(workspace, [NAME])
    const fresh = slow('new')
    const again = cache.get(workspace, NAME, '30', fresh.read) // does not join the old reading
    await expect.poll(() => metrics.outcomes).toEqual(['miss', 'miss'])
    fresh.end()
    expect(await again).toBe('new')
    old.end() // the last to end
    expect(await asked).toBe('old')
    expect(await cache.get(workspace, NAME, '30', () => Promise.resolve('another'))).toBe('new')
  })
  it('is not kept where nobody asked between a drop and the end of the reading', async () => {
    const { cache, workspace, metrics } = await open()
    const old = slow('old')
    const asked = cache.get(workspace, NAME, '30', old.read)
    await expect.poll(() => metrics.outcomes).toEqual(['miss'])
    cache.drop(workspace, [NAME])
    old.end()
    await asked
    expect(await cache.get(workspace, NAME, '30', () => Promise.resolve('new'))).toBe('new')
  })
  it('is nothing where the reading fails, or is too large, or of too many variants', async () => {
    const { cache, workspace } = await open()
    const fail = () => Promise.reject(new Error('the database is away'))
    await expect(cache.get(workspace, NAME, '30', fail)).rejects.toThrow('the database is away')
    const large = source()
    const read = async () => ({ ...(await large.read()), text: 'x'.repeat(MOST_CHARACTERS) })
    expect((await cache.get(workspace, NAME, '30', read)).time).toBe(1)
    expect((await cache.get(workspace, NAME, '30', read)).time).toBe(2)
    const many = source()
    for (const _round of [1, 2])
      for (let n = 0; n <= MOST_VARIANTS; n++) await cache.get(workspace, 'analytics:stages', `${n}`, many.read)
    expect(many.count).toBeGreaterThan(MOST_VARIANTS + 1)
  })
  it('ends when its time is over, counted from before it was read', async () => {
    const { cache, workspace, clock, prefix, metrics } = await open()
    const reads = source()
    const reading = slow('old')
    const asked = cache.get(workspace, NAME, '7', reading.read)
    await expect.poll(() => metrics.outcomes).toEqual(['miss'])
    const key = `${prefix}:cache:${workspace}:${NAME}`
    const redis = new Redis(REDIS)
    if (kind === 'redis') {
      const left = await redis.pttl(key)
      expect(left).toBeGreaterThan(0)
      expect(left).toBeLessThanOrEqual(KEPT_MS[NAME])
      await redis.pexpire(key, 3_600_000) // so that what is kept later would show if it began the time anew
    } else clock.advance(KEPT_MS[NAME] - 1)
    reading.end()
    await asked
    expect((await cache.get(workspace, NAME, '30', reads.read)).time).toBe(1)
    expect((await cache.get(workspace, NAME, '30', reads.read)).time).toBe(1)
    if (kind === 'redis') {
      expect(await redis.pttl(key)).toBeGreaterThan(KEPT_MS[NAME])
      await redis.pexpire(key, 1)
      await expect.poll(() => redis.exists(key)).toBe(0)
    } else clock.advance(1)
    expect((await cache.get(workspace, NAME, '30', reads.read)).time).toBe(2)
    redis.disconnect()
  })
})

it('the memory of a process forgets first what was not asked for longest', async () => {
  const cache = new MemoryCache(new VirtualClock(), counted())
  const reads = source()
  await cache.get('first', NAME, '30', reads.read)
  for (let n = 0; n < 999; n++) await cache.get(`w${n}`, NAME, '30', reads.read)
  expect((await cache.get('first', NAME, '30', reads.read)).time).toBe(1)
  await cache.get('one more', NAME, '30', reads.read)
  expect((await cache.get('first', NAME, '30', reads.read)).time).toBe(1)
  expect((await cache.get('w0', NAME, '30', reads.read)).time).toBe(1002)
})

describe('what several processes keep', () => {
  it('is read by one, and dropped by any for all as soon as that is settled', async () => {
    const prefix = `trae-test:${randomUUID()}`
    const [one, two] = [await openRedis(prefix), await openRedis(prefix)]
    await inUse(one)
    await inUse(two)
    const workspace = randomUUID()
    const reads = source()
    for (const cache of [one, two, one]) expect(await cache.get(workspace, NAME, '30', reads.read)).toEqual({ time: 1 })
    two.drop(workspace, [NAME])
    await two.settled()
    for (const cache of [one, two]) expect(await cache.get(workspace, NAME, '30', reads.read)).toEqual({ time: 2 })
    const stranger = await openRedis(`trae-test:${randomUUID()}`)
    await inUse(stranger)
    expect(await stranger.get(workspace, NAME, '30', reads.read)).toEqual({ time: 3 })
  })
  it('is not what one was still reading when another dropped it', async () => {
    const prefix = `trae-test:${randomUUID()}`
    const metrics = counted()
    const [one, two] = [await openRedis(prefix, REDIS, metrics), await openRedis(prefix)]
    await inUse(one)
    await inUse(two)
    metrics.outcomes.length = 0
    const workspace = randomUUID()
    const old = slow('old')
    const asked = one.get(workspace, NAME, '30', old.read)
    await expect.poll(() => metrics.outcomes).toEqual(['miss'])
    two.drop(workspace, [NAME])
    await two.settled()
    const fresh = slow('new')
    const joined = one.get(workspace, NAME, '30', fresh.read)
    await expect.poll(() => metrics.outcomes).toEqual(['miss', 'miss'])
    old.end()
    fresh.end()
    expect([await asked, await joined]).toEqual(['old', 'new'])
    expect(await two.get(workspace, NAME, '30', () => Promise.resolve('another'))).toBe('new')
  })
  it('lives in Redis for its time only, under names of the installation', async () => {
    const prefix = `trae-test:${randomUUID()}`
    const cache = await openRedis(prefix)
    await inUse(cache)
    await cache.get(randomUUID(), NAME, '30', source().read)
    const redis = new Redis(REDIS)
    const keys = await redis.keys(`${prefix}*`)
    expect(keys.length).toBeGreaterThan(1)
    for (const key of keys) {
      expect(key).toMatch(new RegExp(`^${prefix}:cache:[0-9a-f-]{36}:analytics:`))
      expect(await redis.pttl(key)).toBeGreaterThan(0)
    }
    redis.disconnect()
  })
  it('is forgotten when one begins: who died may not have said what it changed', async () => {
    const prefix = `trae-test:${randomUUID()}`
    const one = await openRedis(prefix)
    await inUse(one)
    const workspace = randomUUID()
    const reads = source()
    await one.get(workspace, NAME, '30', reads.read)
    await inUse(await openRedis(prefix))
    expect(await one.get(workspace, NAME, '30', reads.read)).toEqual({ time: 2 })
  })
})

describe('while Redis is away', () => {
  it('everything is read; what was dropped meanwhile is gone when it is back', async () => {
    const prefix = `trae-test:${randomUUID()}`
    const line = await openLine()
    const metrics = counted()
    const [cut, other] = [await openRedis(prefix, line.url, metrics), await openRedis(prefix)]
    await inUse(cut)
    await inUse(other)
    const workspace = randomUUID()
    const reads = source()
    expect(await cut.get(workspace, NAME, '30', reads.read)).toEqual({ time: 1 })
    line.cut()
    expect(await cut.get(workspace, NAME, '30', reads.read)).toEqual({ time: 2 })
    expect(metrics.outcomes.at(-1)).toBe('away')
    cut.drop(workspace, [NAME])
    await cut.settled()
    expect(await cut.get(workspace, NAME, '30', reads.read)).toEqual({ time: 3 })
    line.mend()
    await inUse(cut)
    expect(await other.get(workspace, NAME, '30', reads.read)).toEqual({ time: 4 })
    expect(await cut.get(workspace, NAME, '30', reads.read)).toEqual({ time: 4 })
    await line.close()
  })
  it('the host starts without it', async () => {
    const cache = await openRedis('x', 'redis://127.0.0.1:1')
    expect(await cache.get(randomUUID(), NAME, '30', source().read)).toEqual({ time: 1 })
  })
})
