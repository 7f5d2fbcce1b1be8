import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrains } from './brains.ts'

/** Two brains at one database: one leads; when it is killed the other takes over, and no task is lost or done twice. */
let brains: Awaited<ReturnType<typeof openBrains>>
let client: Client

beforeAll(async () => {
  brains = await openBrains()
  client = brains.client
  await writeFile(
    join(brains.home, 'tick.yaml'),
    `id: tick
name: Tick
module: gestao
triggers: [{ manual: true }]
steps: [{ set: { a: 1 } }]`,
  )
})
afterAll(() => brains?.close())

const leader = async () => {
  const { rows } = await client.query<{ pid: number; token: number }>(
    `select split_part(process, ':', 2)::int as pid, token::int as token from brain_leader`,
  )
  return rows[0]
}
/** Work that only the leader hands out. */
const addTask = () =>
  client.query(
    `insert into tasks (id, workspace_id, module, action, priority, status, data, source, scheduled_for, turn_at, created_at, updated_at)
     select gen_random_uuid(), id, 'gestao', 'tick', 'high', 'queued', '{}', 'test', now(), now(), now(), now() from workspaces`,
  )
const count = async (what: string) =>
  (await client.query<{ n: number }>(`select count(*)::int as n from ${what}`)).rows[0]!.n

test('the second brain stands by, and takes over from one that is killed', async () => {
  const first = await brains.begin()
  await expect.poll(async () => (await leader())?.pid, { timeout: 30_000 }).toBe(first.pid)
  const second = await brains.begin()
  for (let index = 0; index < 5; index++) await addTask()
  await expect.poll(() => count(`tasks where status = 'completed'`), { timeout: 30_000 }).toBe(5)
  expect(await leader()).toEqual({ pid: first.pid, token: 1 })
  for (let index = 0; index < 20; index++) await addTask()
  const killedAt = Date.now()
  first.kill('SIGKILL')
  await expect.poll(leader, { timeout: 40_000, interval: 200 }).toEqual({ pid: second.pid, token: 2 })
  // By the moment that the lease itself was taken at, not by when this test saw it: a busy machine sees late
  const { rows } = await client.query<{ since: Date }>('select since from brain_leader')
  const elapsed = rows[0]!.since.getTime() - killedAt
  expect(elapsed).toBeGreaterThan(0)
  expect(elapsed).toBeLessThan(15_000)
  await expect.poll(() => count(`tasks where status = 'completed'`), { timeout: 60_000 }).toBe(25)
  expect(await count('runs')).toBe(25)
}, 180_000)

test.each(['task.beginning', 'task.begun', 'task.settled'] as const)(
  'killed at %s, the next brain does every task once',
  async point => {
    brains.killAll()
    const before = await count('tasks')
    for (let index = 0; index < 3; index++) await addTask()
    const dying = await brains.begin({ TRAE_CRASH_AT: point })
    if (dying.exitCode === null && dying.signalCode === null) await once(dying, 'exit')
    expect(dying.signalCode).toBe('SIGKILL')
    await brains.begin()
    await expect.poll(() => count(`tasks where status = 'completed'`), { timeout: 60_000 }).toBe(before + 3)
    expect(await count('runs')).toBe(before + 3)
    expect(await count(`events where type = 'task.completed'`)).toBe(before + 3)
  },
  180_000,
)
