import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  keptForecast,
  keptFunnel,
  keptMetrics,
  keptOverview,
  keptSources,
  keptStages,
} from '../../core/brain/kept-figures.ts'
import { openCore, type OpenCore } from '../../core/core.ts'
import { erasePerson } from '../../core/privacy/erase-person.ts'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { startCustomer, updateCustomer } from '../../core/sales/customers.ts'
import { moveDeal, openDeal } from '../../core/sales/deals.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { closeMeeting } from '../../core/sales/close-meeting.ts'
import { scheduleMeeting } from '../../core/sales/meetings.ts'
import { sendMessage } from '../../core/sales/messages.ts'
import { startServer, type RunningServer } from '../../core/http/server.ts'
import { openGraphql } from '../../graphql/door.ts'
import { openTestServer, type TestServer } from '../http/open-test-server.ts'
import { REDIS } from '../support/redis.ts'

const FROM = { source: 'test' }
const DAY = 86_400_000
const WAIT = { timeout: 20_000 }
const KINDS = ['memory', 'redis'] as const

describe.each(KINDS)('figures that are kept in %s', kind => {
  let host: TestServer
  /** Another process of the same installation; with the memory of one process there is none. */
  let other: OpenCore | undefined
  let otherServer: RunningServer | undefined
  beforeAll(async () => {
    host = await openTestServer(
      kind === 'redis' ? 'postgres' : 'pglite',
      {},
      kind === 'redis' ? { REDIS_URL: REDIS } : {},
    )
    if (kind === 'redis') {
      other = await openCore(host.core.config, { clock: host.core.clock })
      otherServer = await startServer(other, { doors: [openGraphql], grace: 200 })
    }
  }, 60_000)
  afterAll(async () => {
    await otherServer?.close()
    await other?.close(0)
    await host?.close()
  })

  const workspace = () => host.core.workspaceId
  const figures = async (core: OpenCore) => ({
    overview: await keptOverview(core, workspace(), 30),
    metrics: await keptMetrics(core, workspace(), 30),
    funnel: await keptFunnel(core, workspace(), 30),
    sources: await keptSources(core, workspace(), 30, 'source'),
    stages: await keptStages(core, workspace(), 30),
    forecast: await keptForecast(core, workspace(), 90),
  })
  const readsOf = async (core: OpenCore, outcome: string, work: () => Promise<unknown>) => {
    const read = async () =>
      (await core.metrics.registry.getSingleMetric('trae_cache_reads_total')!.get()).values
        .filter(({ labels }) => labels['outcome'] === outcome)
        .reduce((sum, { value }) => sum + value, 0)
    const before = await read()
    await work()
    return (await read()) - before
  }

  let number = 0
  const capture = async (email = `kept${number++}@example.com`) =>
    (await captureLead(host.core, workspace(), leadInput.parse({ name: 'Ana Prado', email }), FROM)).leadId
  const times = () => {
    const startsAt = new Date(host.core.clock.now().getTime() + 7 * DAY)
    return { startsAt: startsAt.toISOString(), endsAt: new Date(startsAt.getTime() + 1_800_000).toISOString() }
  }

  it('are counted once, by whichever process is asked first', async () => {
    for (const core of [host.core, ...(other ? [other] : [])])
      await expect.poll(async () => (await readsOf(core, 'hit', () => figures(core))) > 0, WAIT).toBe(true)
    const heard: string[] = []
    other?.pubsub.on('lead.updated', ({ leadId }) => heard.push(leadId))
    const leadId = await capture()
    await host.core.cache.settled()
    // the other process drops as well when it hears of it
    if (other) await expect.poll(() => heard, WAIT).toContain(leadId)
    await other?.cache.settled()
    const first = await figures(host.core)
    const asked = other ?? host.core
    expect(await readsOf(asked, 'hit', async () => expect(await figures(asked)).toEqual(first))).toBe(6)
    expect(await readsOf(host.core, 'miss', () => figures(host.core))).toBe(0)
  })

  it('have what has just happened, also in the same millisecond, wherever one asks', async () => {
    const { core } = host
    const leadId = await capture()
    const value = { amount: '1000.00', currency: 'BRL' as const }
    let dealId = ''
    let customerId = ''
    const changes: readonly (readonly [names: string, change: () => Promise<unknown>])[] = [
      ['overview metrics funnel sources', () => capture()],
      [
        'overview metrics',
        async () =>
          sendMessage(
            core,
            workspace(),
            { leadId, to: 'kept@example.com', subject: 'Olá', body: 'Texto' },
            { key: 'kept', runId: null },
          ),
      ],
      [
        'overview', // whether it is held is not known yet
        () => {
          const meeting = { leadId, title: 'Call', ...times(), attendees: [] }
          return scheduleMeeting(core, workspace(), meeting, { key: 'kept', runId: null })
        },
      ],
      [
        'metrics funnel sources',
        async () => {
          const [meeting] = await core.sql.query<{ id: string }>(
            {
              name: '',
              text: `update meetings set starts_at = $1::timestamptz - interval '1 hour', ends_at = $1 where lead_id = $2 returning id`,
            },
            [core.clock.now(), leadId],
          )
          return closeMeeting(core, workspace(), { id: meeting!.id, outcome: 'COMPLETED' }, undefined)
        },
      ],
      [
        'funnel stages forecast',
        async () => (dealId = (await openDeal(core, workspace(), { leadId, title: 'Deal', value }, FROM)).id),
      ],
      ['stages', () => moveDeal(core, workspace(), { id: dealId, stage: 'PROPOSAL' }, FROM)],
      ['metrics funnel sources stages forecast', () => moveDeal(core, workspace(), { id: dealId, stage: 'WON' }, FROM)],
      ['metrics', async () => (customerId = (await startCustomer(core, workspace(), { leadId, mrr: value }, FROM)).id)],
      [
        'metrics',
        () =>
          updateCustomer(core, workspace(), { id: customerId, patch: { health: { score: 30, factors: [] } } }, FROM),
      ],
    ]
    const asked = other ?? core
    for (const [names, change] of changes) {
      const before: Record<string, unknown> = await figures(asked)
      await change()
      await core.cache.settled()
      const after: Record<string, unknown> = await figures(asked)
      expect(await figures(core)).toEqual(after)
      const changed = Object.keys(after).filter(name => JSON.stringify(after[name]) !== JSON.stringify(before[name]))
      for (const name of names.split(' ')) expect(changed, `${name} after ${change}`).toContain(name)
    }
  })

  it('are what a person who changes something over one process reads from another at once', async () => {
    const address = otherServer?.url ?? host.url
    const token = await host.token()
    const leads = async () => {
      const answer = await fetch(`${address}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({ query: '{ dashboard { metrics { metric value } } figures { leadsProcessed } }' }),
      })
      const { data } = (await answer.json()) as {
        data: {
          dashboard: { metrics: { metric: string; value: number }[] }
          figures: { leadsProcessed: number }
        }
      }
      return [data.dashboard.metrics.find(({ metric }) => metric === 'LEADS')!.value, data.figures.leadsProcessed]
    }
    for (let round = 0; round < 10; round++) {
      const [before] = await leads()
      const body = { name: 'Ana', email: `rest${round}@example.com` }
      expect((await host.send('POST', '/leads/process', { body })).status).toBe(202)
      expect(await leads()).toEqual([before! + 1, before! + 1])
    }
  })

  it('name nobody, and an erased person changes them', async () => {
    const leadId = await capture('someone.unusual@example.com')
    await figures(host.core)
    const dropped = await readsOf(host.core, 'miss', async () => {
      await erasePerson(host.core, workspace(), leadId, 'host')
      await host.core.cache.settled()
      await figures(host.core)
    })
    expect(dropped).toBe(4) // all but what is counted from deals alone
    if (kind === 'memory') return
    const redis = new Redis(REDIS)
    const prefix = `trae:${host.core.vault.derive('redis').slice(0, 16)}:cache:`
    const keys = await redis.keys(`${prefix}*`)
    expect(keys).toContain(`${prefix}${workspace()}:analytics:forecast`) // others may drop theirs when they hear of it
    for (const key of keys) {
      expect(key.startsWith(`${prefix}${workspace()}:`)).toBe(true)
      expect(JSON.stringify(await redis.hgetall(key))).not.toMatch(/@|Ana|Prado/)
    }
    redis.disconnect()
  })

  it('are no older than a quarter of an hour where nothing happens', async () => {
    if (kind === 'redis') return // Redis has its own clock: see test/adapters/cache.test.ts
    const { period } = await keptOverview(host.core, workspace(), 30)
    host.core.clock.advance(900_000 - 1)
    await keptOverview(host.core, workspace(), 30)
    host.core.clock.advance(1)
    const again = await keptOverview(host.core, workspace(), 30)
    expect(Date.parse(again.period.to) - Date.parse(period.to)).toBe(900_000)
  })
})

it('processes that share a database without Redis keep nothing', async () => {
  const host = await openTestServer('postgres')
  const { core } = host
  expect((await keptOverview(core, core.workspaceId, 30)).leadsProcessed).toBe(0)
  const other = await openCore(core.config, { clock: core.clock })
  await captureLead(other, core.workspaceId, leadInput.parse({ name: 'Ana', email: 'ana@example.com' }), FROM)
  expect((await keptOverview(core, core.workspaceId, 30)).leadsProcessed).toBe(1)
  await other.close(0)
  await host.close()
})
