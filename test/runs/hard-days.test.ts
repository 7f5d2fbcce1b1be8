import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { eventsListenedTo } from '../../core/publishing/events-listened-to.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { type Engine, startEngine } from '../support/engine.ts'
import { startPostgres } from '../support/postgres-server.ts'

const SECOND = 1000
const DAY = 24 * 60 * 60 * SECOND
const PATIENCE = 300_000

const playbook = (steps: string) => `
id: test
name: Test
module: pre_vendas
triggers:
  - event: lead.captured
steps:
${steps.replace(/^/gm, '  ')}`

const MARK = `
- uses: probe/echo
  with: { value: '\${{ lead.name }}' }
- id: mark
  uses: probe/mark
  with: { leadId: '\${{ lead.id }}', text: once }
  retry: { maxAttempts: 100, backoff: constant, delay: 1s }
- uses: probe/echo
  with: { value: '\${{ steps.mark.output.key }}' }`

const captureMany = async (engine: Engine, count: number) => {
  for (let begin = 0; begin < count; begin += 50)
    await Promise.all(
      Array.from({ length: Math.min(50, count - begin) }, (_, index) =>
        engine.capture({ email: `lead-${begin + index}@acme.com.br` }),
      ),
    )
}

/** The clock of the test goes as fast as the machine's. */
function letTimePass(engine: Engine): () => void {
  const timer = setInterval(() => engine.clock.advance(50), 50)
  const stop = () => clearInterval(timer)
  onTestFinished(stop)
  return stop
}

async function untilOver(engine: Engine, runs: number): Promise<void> {
  for (const deadline = Date.now() + PATIENCE / 2; Date.now() < deadline;) {
    if ((await engine.count('runs', 'finished_at is not null').catch(() => 0)) === runs) return
    await new Promise(resolve => setTimeout(resolve, 200))
  }
  throw new Error(`${await engine.count('runs', 'finished_at is null')} runs are not over`)
}

describe('hard days', () => {
  test(
    'a database that goes away for 30 s in the middle of 1,000 runs costs time, and no run, and no effect twice',
    { timeout: PATIENCE },
    async () => {
      const server = await startPostgres()
      expect(server, 'a local installation of Postgres').toBeDefined()
      const engine = await startEngine('postgres', { DATABASE_URL: server!.url, TRAE_WORKER_CONCURRENCY: '64' })
      try {
        await engine.publish(playbook(MARK))
        await engine.brain.stop()
        await captureMany(engine, 1000)
        const stopTime = letTimePass(engine)
        await engine.brain.start()
        while ((await engine.count('runs', 'finished_at is not null')) < 100)
          await new Promise(resolve => setTimeout(resolve, 5))
        await server!.crash()
        await new Promise(resolve => setTimeout(resolve, 30 * SECOND))
        await server!.restart()
        await untilOver(engine, 1000)
        stopTime()
        expect(await engine.count('runs', "status = 'completed'")).toBe(1000)
        expect(await engine.count('activities', "kind = 'NOTE'")).toBe(1000)
        expect(await engine.count('effects', "status = 'sent'")).toBe(1000)
        expect(await engine.count('effects')).toBe(1000)
      } finally {
        await engine.close()
        await server!.stop()
      }
    },
  )
})

describe.each(DATABASE_KINDS)('hard days on %s', kind => {
  let engine: Engine
  beforeAll(async () => {
    engine = await startEngine(kind)
  })
  afterAll(() => engine.close())
  afterEach(() => engine.wipe())

  test(
    'a clock that jumps forward by days ends leases under way, and no effect comes twice',
    { timeout: PATIENCE },
    async () => {
      await engine.publish(playbook(MARK))
      await engine.brain.stop()
      await captureMany(engine, 100)
      await engine.brain.start()
      const stopTime = letTimePass(engine)
      for (let jump = 0; jump < 10; jump++) {
        await new Promise(resolve => setTimeout(resolve, 30))
        engine.clock.advance(DAY)
      }
      await untilOver(engine, 100)
      stopTime()
      expect(await engine.count('runs', "status = 'completed'")).toBe(100)
      expect(await engine.count('activities', "kind = 'NOTE'")).toBe(100)
    },
  )

  test('a wait of 400 days ends to the millisecond, however often the engine was stopped in between', async () => {
    await engine.publish(playbook('- id: long\n  wait: 400d'))
    await engine.capture()
    await engine.settled()
    for (let part = 0; part < 8; part++) {
      await engine.brain.stop()
      engine.clock.advance(50 * DAY - Number(part === 7))
      await engine.brain.start()
      await engine.settled()
      expect(await engine.run()).toMatchObject({ status: 'waiting', recoveries: 0 })
    }
    await engine.advance(1)
    expect(await engine.run()).toMatchObject({ status: 'completed' })
    const { output } = (await engine.steps((await engine.run()).id))['long']!
    expect(Date.parse((output as { until: string }).until)).toBe(engine.clock.now().getTime())
  })

  test(
    '100,000 parked runs cost a tick no more than an index scan, and the process no memory',
    { timeout: PATIENCE },
    async () => {
      await engine.publish(playbook('- wait: 400d'))
      await engine.capture()
      await engine.settled()
      const { id } = await engine.run()
      await engine.brain.stop()
      await engine.sql.query({
        name: '',
        text: `with parked as (
          insert into runs (id, workspace_id, playbook_id, version_id, status, reason, due_at, created_at, updated_at)
          select gen_random_uuid(), workspace_id, playbook_id, version_id, status, reason, due_at + n * interval '1 s', created_at - n * interval '1 min', updated_at
          from runs, generate_series(1, 100000) n where id = '${id}' returning id, workspace_id, due_at, created_at
        )
        insert into waits (run_id, path, workspace_id, kind, due_at, since, status, created_at)
        select id, '0', workspace_id, 'timer', due_at, created_at, 'open', created_at from parked`,
      })
      await engine.sql.query({ name: '', text: 'analyze runs' })
      await engine.sql.query({ name: '', text: 'analyze waits' })
      const rowsRead = async () => {
        await engine.sql.query({ name: '', text: 'select pg_stat_force_next_flush()' })
        const [row] = await engine.sql.query<{ n: number }>({
          name: '',
          text: `select sum(seq_tup_read + idx_tup_fetch)::int as n from pg_stat_user_tables where relname in ('runs', 'waits')`,
        })
        return row!.n
      }
      const before = await rowsRead()
      const heap = heapUsed()
      await engine.brain.start()
      await new Promise(resolve => setTimeout(resolve, 1000)) // some fifty ticks
      await engine.brain.stop()
      expect(heapUsed() - heap).toBeLessThan(2 * 1024 * 1024)
      // a look at all of them in each of some fifty ticks would be millions
      expect((await rowsRead()) - before).toBeLessThan(500_000)
      const asked = await rowsRead()
      await eventsListenedTo(engine, engine.workspaceId) // each second, where a plugin registers its addresses
      expect((await rowsRead()) - asked).toBeLessThan(100)
      await engine.brain.start()
      await engine.advance(400 * DAY)
      expect(await engine.count('runs', `id = '${id}' and status = 'completed'`)).toBe(1)
    },
  )
})

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

function heapUsed(): number {
  collect()
  return process.memoryUsage().heapUsed
}
