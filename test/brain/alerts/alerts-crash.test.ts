import { once } from 'node:events'
import type { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrains } from '../brains.ts'

/** The process that leads is killed while it judges and while it tells: one alert, and everybody is told once. */
let brains: Awaited<ReturnType<typeof openBrains>>
let client: Client

beforeAll(async () => {
  brains = await openBrains()
  client = brains.client
  const first = await brains.begin() // makes the workspace
  first.kill('SIGKILL')
  await once(first, 'exit')
  await client.query(
    `insert into alert_rules (workspace_id, key, channels, changed_at) select id, 'module-manual', '{NOTICE}', now() from workspaces`,
  )
}, 120_000)
afterAll(() => brains?.close())

const rows = async (text: string) => (await client.query<Record<string, unknown>>(text)).rows
const soon = <T>(read: () => Promise<T>) => expect.poll(read, { timeout: 60_000, interval: 200 })

test.each(['alerts.judging', 'alerts.judged', 'alert.delivering', 'alert.delivered'])(
  'killed at %s, the next leader leaves one alert, told once',
  async point => {
    brains.killAll()
    await client.query('truncate alerts, alert_watches, incidents, notices cascade')
    await client.query('update brain_leader set until = now()') // nobody waits for a dead leader's lease
    await client.query(
      `insert into incidents (id, workspace_id, module, status, summary, failures, failures_from, opened_at, escalated_at, updated_at)
       select gen_random_uuid(), id, 'vendas', 'escalated', 'x', 5, now(), now(), now(), now() from workspaces`,
    )
    const dying = await brains.begin({ TRAE_CRASH_AT: point })
    if (dying.exitCode === null && dying.signalCode === null) await once(dying, 'exit')
    expect(dying.signalCode).toBe('SIGKILL')
    await client.query('update brain_leader set until = now()')
    await client.query('update alert_deliveries set next_attempt_at = now() where next_attempt_at is not null')
    await brains.begin()
    await soon(() => rows('select channel, status from alert_deliveries')).toEqual([
      { channel: 'NOTICE', status: 'DELIVERED' },
    ])
    expect(await rows('select status from alerts')).toEqual([{ status: 'FIRING' }])
    expect(await rows('select kind from alert_changes')).toEqual([{ kind: 'FIRED' }])
    expect(await rows('select 1 as n from notices')).toHaveLength(1)
  },
  180_000,
)
