import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterEach, describe, expect, it } from 'vitest'
import { RedisEventTarget } from '../../core/adapters/pubsub/redis-event-target.ts'
import { createLog } from '../../core/log.ts'
import { PubSub } from '../../core/pubsub.ts'
import { openLine, REDIS } from '../support/redis.ts'

const log = createLog('silent')
const workspaceId = randomUUID()
const opened: RedisEventTarget[] = []
afterEach(() => opened.splice(0).forEach(target => target.close()))

async function openShared(prefix: string, url = REDIS): Promise<PubSub> {
  const target = await new RedisEventTarget(url, prefix, log).open()
  opened.push(target)
  return new PubSub(target)
}
const leads = (pubsub: PubSub) => {
  const heard: string[] = []
  pubsub.on('lead.updated', ({ leadId }) => heard.push(leadId))
  return heard
}

describe.each(['memory', 'redis'] as const)('news in %s', kind => {
  const open = () => (kind === 'memory' ? Promise.resolve(new PubSub()) : openShared(randomUUID()))

  it('is heard by all who listen to its topic, at once and once', async () => {
    const pubsub = await open()
    const [one, two] = [leads(pubsub), leads(pubsub)]
    pubsub.publish('lead.updated', { workspaceId, leadId: 'a' })
    pubsub.publish('deal.updated', { workspaceId, dealId: 'b' })
    pubsub.publish('lead.updated', { workspaceId, leadId: 'a' })
    expect([one, two]).toEqual([
      ['a', 'a'],
      ['a', 'a'],
    ])
  })
  it('waits for a subscriber from the call on, and ends with its signal', async () => {
    const pubsub = await open()
    const left = new AbortController()
    const news = pubsub.subscribe('lead.updated', { signal: left.signal })
    pubsub.publish('lead.updated', { workspaceId, leadId: 'a' })
    expect((await news.next()).value).toEqual([{ workspaceId, leadId: 'a' }])
    const next = news.next()
    left.abort()
    expect((await next).done).toBe(true)
  })
  it('hands what a turn brings to all who subscribe to the same as the same array, in its order', async () => {
    const pubsub = await open()
    const [one, two] = [pubsub.subscribe('lead.updated'), pubsub.subscribe('lead.updated', { workspaceId })]
    const three = pubsub.subscribe('lead.updated', { workspaceId })
    for (const leadId of ['a', 'b']) pubsub.publish('lead.updated', { workspaceId, leadId })
    pubsub.publish('lead.updated', { workspaceId: randomUUID(), leadId: 'theirs' })
    const late = pubsub.subscribe('lead.updated', { workspaceId })
    pubsub.publish('lead.updated', { workspaceId, leadId: 'c' })
    const ids = async (news: typeof one) => (await news.next()).value?.map(({ leadId }: { leadId: string }) => leadId)
    expect([await ids(one), await ids(one)]).toEqual([['a', 'b', 'theirs'], ['c']])
    const [mine, same] = [await two.next(), await three.next()]
    expect(mine.value.map(({ leadId }: { leadId: string }) => leadId)).toEqual(['a', 'b'])
    expect(same.value).toBe(mine.value)
    expect([await ids(two), await ids(three), await ids(late)]).toEqual([['c'], ['c'], ['c']])
  })
  it('hands out no more than fifty events in one piece, and loses none', async () => {
    const pubsub = await open()
    const news = pubsub.subscribe('lead.updated')
    const sent = Array.from({ length: 120 }, (_, index) => String(index))
    for (const leadId of sent) pubsub.publish('lead.updated', { workspaceId, leadId })
    const pieces = [await news.next(), await news.next(), await news.next()].map(({ value }) => value)
    expect(pieces.map(({ length }) => length)).toEqual([50, 50, 20])
    expect(pieces.flat().map(({ leadId }) => leadId)).toEqual(sent)
  })
  it('tells who reads too slowly', async () => {
    const pubsub = await open()
    const news = pubsub.subscribe('lead.updated', { limit: 2 })
    for (const leadId of ['a', 'b', 'c']) pubsub.publish('lead.updated', { workspaceId, leadId })
    await expect(news.next()).rejects.toMatchObject({ code: 'BEHIND' })
  })
})

describe('news of several processes', () => {
  it('is heard in each, in its order, once, and nowhere else', async () => {
    const prefix = randomUUID()
    const [one, two, three] = [await openShared(prefix), await openShared(prefix), await openShared(prefix)]
    const stranger = await openShared(randomUUID())
    const heard = [one, two, three, stranger].map(leads)
    for (const leadId of ['a', 'b', 'a', 'c']) one!.publish('lead.updated', { workspaceId, leadId })
    two!.publish('lead.updated', { workspaceId, leadId: 'd' })
    await expect.poll(() => heard[2]!.length).toBe(4)
    await expect.poll(() => heard[1]!.length).toBe(4)
    await expect.poll(() => heard[0]!.length).toBe(5)
    expect(heard[0]).toEqual(['a', 'b', 'a', 'c', 'd'])
    expect(heard[1]!.filter(id => id !== 'd')).toEqual(['a', 'b', 'c']) // what says the same in one turn is said once
    expect(heard[2]!.filter(id => id !== 'd')).toEqual(['a', 'b', 'c'])
    expect(heard[3]).toEqual([])
  })
  it('but figures only where they were counted', async () => {
    const prefix = randomUUID()
    const [one, two] = [await openShared(prefix), await openShared(prefix)]
    const heard: string[] = []
    two.on('figures.changed', () => heard.push('figures'))
    two.on('lead.updated', () => heard.push('lead'))
    one.publish('figures.changed', { workspaceId, days: 30 })
    one.publish('lead.updated', { workspaceId, leadId: 'a' })
    await expect.poll(() => heard).toContain('lead')
    expect(heard).toEqual(['lead'])
  })
  it('was perhaps missed while Redis was away: subscribers of both sides are told, and hear the next', async () => {
    const prefix = randomUUID()
    const line = await openLine()
    const [cut, other] = [await openShared(prefix, line.url), await openShared(prefix)]
    const [here, there] = [cut.subscribe('lead.updated'), other.subscribe('lead.updated')]
    line.cut()
    const heard = leads(cut)
    cut.publish('lead.updated', { workspaceId, leadId: 'alone' })
    expect(heard).toEqual(['alone'])
    expect((await here.next()).value).toEqual([{ workspaceId, leadId: 'alone' }])
    other.publish('lead.updated', { workspaceId, leadId: 'unheard' })
    expect((await there.next()).value).toEqual([{ workspaceId, leadId: 'unheard' }])
    line.mend()
    for (const news of [here, there])
      await expect(news.next()).rejects.toMatchObject({
        code: 'BEHIND',
        message: expect.stringMatching(/other processes/),
      })
    const again = cut.subscribe('lead.updated')
    other.publish('lead.updated', { workspaceId, leadId: 'b' })
    expect((await again.next()).value).toEqual([{ workspaceId, leadId: 'b' }])
    await line.close()
  })
  it('does not stop a host that starts without Redis, and is heard as soon as it answers', async () => {
    const prefix = randomUUID()
    const line = await openLine()
    line.cut()
    const late = await openShared(prefix, line.url)
    const heard = leads(late)
    const other = await openShared(prefix)
    const missed = late.subscribe('deal.updated')
    line.mend()
    await expect(missed.next()).rejects.toMatchObject({ code: 'BEHIND' })
    other.publish('lead.updated', { workspaceId, leadId: 'a' })
    await expect.poll(() => heard).toEqual(['a'])
    await line.close()
  })
  it('leaves nothing in Redis', async () => {
    const prefix = randomUUID()
    const [one, two] = [await openShared(prefix), await openShared(prefix)]
    const heard = leads(two)
    one.publish('lead.updated', { workspaceId, leadId: 'a' })
    await expect.poll(() => heard).toEqual(['a'])
    const redis = new Redis(REDIS)
    expect(await redis.keys(`${prefix}*`)).toEqual([])
    redis.disconnect()
  })
})
