import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterEach, describe, expect, it } from 'vitest'
import { InProcessQueue } from '../../core/adapters/queue/in-process-queue.ts'
import type { Queue } from '../../core/adapters/queue/queue.ts'
import { RedisQueue } from '../../core/adapters/queue/redis-queue.ts'
import { createLog } from '../../core/log.ts'
import { openLine, REDIS } from '../support/redis.ts'

const log = createLog('silent')
const opened: Queue[] = []
afterEach(() => Promise.all(opened.splice(0).map(queue => queue.close())))
function openShared(prefix: string, url = REDIS): Queue {
  const queue = new RedisQueue(url, prefix, log)
  opened.push(queue)
  return queue
}

describe.each(['process', 'redis'] as const)('the bell in %s', kind => {
  const open = () => (kind === 'process' ? new InProcessQueue() : openShared(randomUUID()))

  it('is heard on a later turn, by whoever listens to it', async () => {
    const queue = open()
    const heard: string[] = []
    queue.listen('run', id => heard.push(id!))
    queue.listen('events', () => heard.push('events'))
    queue.ring('run', 'a')
    queue.ring('events')
    expect(heard).toEqual([])
    await expect.poll(() => heard).toEqual(['a', 'events'])
  })
  it('is kept for a listener who comes later', async () => {
    const queue = open()
    queue.ring('run', 'a')
    const heard: string[] = []
    const stop = queue.listen('run', id => heard.push(id!))
    await expect.poll(() => heard).toEqual(['a'])
    stop()
    queue.ring('run', 'b')
    expect(heard).toEqual(['a'])
  })
})

it('one process alone has nobody to hand on to', () => {
  expect(new InProcessQueue().handOn(['a'])).toBe(false)
})

describe('runs that are handed on', () => {
  const handOn = (queue: Queue, ...runIds: string[]) => expect.poll(() => queue.handOn(runIds)).toBe(true)

  it('are taken in by a process that looks, each by one and once', async () => {
    const prefix = randomUUID()
    const [one, two, three] = [openShared(prefix), openShared(prefix), openShared(prefix)]
    const taken: string[] = []
    for (const queue of [two, three]) queue.takeIn(async id => taken.push(id) > 0)
    openShared(randomUUID()).takeIn(async id => taken.push(`stranger ${id}`) > 0)
    const runIds = Array.from({ length: 50 }, () => randomUUID())
    await handOn(one, ...runIds)
    await expect.poll(() => taken.length).toBe(50)
    expect([...taken].sort()).toEqual([...runIds].sort())
    await handOn(one, runIds[0]!) // due again: what is over does not stand in its way
    await expect.poll(() => taken.length).toBe(51)
  })
  it('go back where one has no place after all, and are one job however often they are handed on', async () => {
    const prefix = randomUUID()
    const [one, two, three] = [openShared(prefix), openShared(prefix), openShared(prefix)]
    const seen: string[] = []
    const stop = two.takeIn(async id => {
      seen.push(id)
      stop()
      return false
    })
    const runIds = Array.from({ length: 6 }, () => randomUUID())
    await handOn(one, ...runIds)
    await handOn(one, ...runIds)
    await expect.poll(() => seen.length).toBeGreaterThan(0)
    const taken: string[] = []
    three.takeIn(async id => taken.push(id) > 0)
    await expect.poll(() => taken.length).toBe(6)
    expect([...taken].sort()).toEqual([...runIds].sort())
    const redis = new Redis(REDIS)
    await expect.poll(() => redis.keys(`${prefix}:runs:????????-*`)).toEqual([])
    redis.disconnect()
  })
  it('go to others when a process stops looking, and to it again when it goes on', async () => {
    const prefix = randomUUID()
    const [one, two] = [openShared(prefix), openShared(prefix)]
    const taken: string[] = []
    const stop = two.takeIn(async id => taken.push(id) > 0)
    stop()
    const [a, b] = [randomUUID(), randomUUID()]
    await handOn(one, a)
    const other: string[] = []
    const stopOther = openShared(prefix).takeIn(async id => other.push(id) > 0)
    await expect.poll(() => other).toEqual([a])
    stopOther()
    two.takeIn(async id => taken.push(id) > 0)
    await handOn(one, b)
    await expect.poll(() => [...taken, ...other]).toEqual([b, a])
  })
  it('stay while Redis is away, and go on when it answers again', async () => {
    const prefix = randomUUID()
    const line = await openLine()
    const [one, two] = [openShared(prefix, line.url), openShared(prefix)]
    const taken: string[] = []
    two.takeIn(async id => taken.push(id) > 0)
    await handOn(one, randomUUID())
    await expect.poll(() => taken.length).toBe(1)
    line.cut()
    await expect.poll(() => one.handOn([randomUUID()])).toBe(false)
    line.mend()
    await handOn(one, randomUUID())
    await expect.poll(() => taken.length).toBeGreaterThan(1)
    await one.close()
    opened.splice(opened.indexOf(one), 1)
    await line.close()
  })
})
