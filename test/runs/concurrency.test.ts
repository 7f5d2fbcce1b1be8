import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openCore, type OpenCore } from '../../core/core.ts'
import { cancelRun } from '../../core/runs/cancel-run.ts'
import { claimGatedRuns } from '../../core/runs/claim-gated-runs.ts'
import { claimRuns, releaseLeases } from '../../core/runs/claim-runs.ts'
import { dispatchEvents } from '../../core/triggers/dispatch-events.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { type Engine, startEngine } from '../support/engine.ts'
import { playbook } from './support.ts'

const LIMITED = "concurrency: { key: '${{ event.lead.company }}', limit: 3 }"
const PAUSE = '- uses: probe/pause\n  with: { ms: 150 }'

describe.each(DATABASE_KINDS)('Promise 9, concurrency on %s', kind => {
  let engine: Engine
  beforeAll(async () => {
    engine = await startEngine(kind)
  })
  afterAll(() => engine.close())
  afterEach(async () => {
    await engine.wipe()
    await engine.brain.start()
  })

  async function capture(count: number, company = 'acme'): Promise<void> {
    for (let index = 0; index < count; index++)
      await engine.capture({ company, email: `${company}-${index}-${randomUUID()}@example.com` })
  }

  async function until(holds: () => Promise<boolean>): Promise<void> {
    for (const deadline = Date.now() + 10_000; !(await holds()); await new Promise(resolve => setTimeout(resolve, 10)))
      if (Date.now() > deadline) throw new Error('it does not come about')
  }

  /** The most runs of the key that were seen executing at once, until everything is done. */
  async function peakOf(company: string): Promise<number> {
    let peak = 0
    const open = "finished_at is null and due_at <= '" + engine.clock.now().toISOString() + "'"
    await until(async () => {
      const executing = 'lease_owner is not null and finished_at is null'
      peak = Math.max(peak, await engine.count('runs', `concurrency_key = '${company}' and ${executing}`))
      return (
        (await engine.count('events', 'dispatched_at is null')) +
          (await engine.count('runs', `(${open}) or (${executing})`)) ===
        0
      )
    })
    await engine.settled()
    return peak
  }

  test('no more runs of a key execute at once than its limit, and all of them run', async () => {
    await engine.publish(playbook(PAUSE, LIMITED))
    await capture(8)
    await capture(2, 'other')
    expect(await peakOf('acme')).toBe(3)
    expect((await engine.runs()).map(run => run.status)).toEqual(Array.from({ length: 10 }, () => 'completed'))
  })

  test('a queued run says for which key it waits, how many execute, and its position', async () => {
    await engine.publish(playbook('- set: { a: 1 }', LIMITED))
    await engine.brain.stop()
    await capture(8)
    await dispatchEvents(engine)
    await claimGatedRuns(engine, randomUUID(), { limit: 10, leaseMs: 60_000 })
    const reasons = (await engine.runs()).toReversed().map(run => run.reason?.message)
    expect(reasons).toEqual([
      undefined,
      undefined,
      undefined,
      'waits for concurrency key acme, 3 of 3, position 1',
      'waits for concurrency key acme, 3 of 3, position 2',
      'waits for concurrency key acme, 3 of 3, position 3',
      'waits for concurrency key acme, 3 of 3, position 4',
      'waits for concurrency key acme, 3 of 3, position 5',
    ])
    expect((await engine.runs())[0]!.reason).toMatchObject({ code: 'CONCURRENCY' })
  })

  test('a run that waits holds no place; when its wait is over it needs one again', async () => {
    await engine.publish(playbook('- wait: 1h\n- uses: probe/pause\n  with: { ms: 100 }', 'concurrency: { limit: 1 }'))
    await capture(4)
    await engine.settled()
    expect((await engine.runs()).map(run => run.status)).toEqual(Array.from({ length: 4 }, () => 'waiting'))
    engine.clock.advance(3_600_000)
    expect(await peakOf('')).toBe(1)
    expect((await engine.runs()).map(run => run.status)).toEqual(Array.from({ length: 4 }, () => 'completed'))
  })

  test('many workers that claim at the same moment never exceed the limit together', async () => {
    await engine.publish(playbook('- set: { a: 1 }', LIMITED))
    await engine.brain.stop()
    await capture(30)
    await dispatchEvents(engine)
    for (let round = 0; round < 5; round++) {
      const owners = Array.from({ length: 12 }, () => randomUUID())
      const claims = await Promise.all(
        owners.map(owner => claimGatedRuns(engine, owner, { limit: 10, leaseMs: 60_000 })),
      )
      expect(claims.flat()).toHaveLength(3)
      for (const owner of owners) await releaseLeases(engine, owner)
    }
  })

  test('a dead worker keeps its place until its run is taken up again, and takes none besides', async () => {
    await engine.publish(playbook('- set: { a: 1 }', 'concurrency: { limit: 1 }'))
    await engine.brain.stop()
    await capture(2)
    await dispatchEvents(engine)
    const [dead] = await claimGatedRuns(engine, randomUUID(), { limit: 10, leaseMs: 1000 })
    engine.clock.advance(1001)
    expect(await claimGatedRuns(engine, randomUUID(), { limit: 10, leaseMs: 1000 })).toEqual([])
    const { leases } = await claimRuns(engine, randomUUID(), { limit: 10, leaseMs: 1000 })
    expect(leases.map(lease => [lease.runId, lease.recovered])).toEqual([[dead!.runId, true]])
    expect(await claimGatedRuns(engine, randomUUID(), { limit: 10, leaseMs: 1000 })).toEqual([])
  })

  test.each([
    ['cancelNew', 'cancelled'],
    ['fail', 'failed'],
  ])(
    'where no place is free, %s leaves the new run %s with its reason; one that comes later runs',
    async (behavior, status) => {
      await engine.publish(playbook(PAUSE, `concurrency: { limit: 1, behavior: ${behavior} }`))
      await engine.brain.stop()
      await capture(3)
      await engine.brain.start()
      await engine.settled()
      await capture(1)
      await engine.settled()
      const runs = await engine.runs()
      expect(runs.map(run => run.status).toReversed()).toEqual(['completed', status, status, 'completed'])
      expect(runs[1]).toMatchObject({
        reason: { code: 'CONCURRENCY', message: 'not started: 1 of 1 were executing' },
        startedAt: null,
        error: status === 'failed' ? { code: 'CONFLICT' } : null,
      })
    },
  )

  test('with cancelRunning the newest run gets the place: what executes is cancelled, what queues never starts', async () => {
    await engine.publish(
      playbook(
        '- uses: probe/pause\n  with: { ms: 3000 }\n- wait: 1h',
        'concurrency: { limit: 1, behavior: cancelRunning }',
      ),
    )
    await capture(1)
    await until(async () => (await engine.count('runs', "status = 'running'")) === 1)
    await engine.brain.stop()
    await capture(2)
    await engine.brain.start()
    await engine.settled()
    const runs = (await engine.runs()).toReversed()
    expect(runs.map(run => run.status)).toEqual(['cancelled', 'cancelled', 'waiting'])
    expect(runs[0]!.startedAt).not.toBeNull()
    expect(runs[1]).toMatchObject({
      startedAt: null,
      reason: { code: 'CONCURRENCY', message: 'not started: newer runs came' },
    })
    await capture(1) // the third waits, and is in nobody's way
    await engine.settled()
    expect((await engine.runs()).map(run => run.status).toReversed()).toEqual([
      'cancelled',
      'cancelled',
      'waiting',
      'waiting',
    ])
  })

  test('a queued run that is cancelled needs no place for that', async () => {
    await engine.publish(playbook('- set: { a: 1 }', 'concurrency: { limit: 1 }'))
    await engine.brain.stop()
    await capture(2)
    await dispatchEvents(engine)
    const [first] = await claimGatedRuns(engine, randomUUID(), { limit: 10, leaseMs: 600_000 })
    await engine.brain.start()
    const queued = (await engine.runs()).find(run => run.id !== first!.runId)!
    await cancelRun(engine, engine.workspaceId, queued.id, { by: 'test' })
    await until(async () => (await engine.count('runs', "status = 'cancelled'")) === 1)
    expect(await engine.count('runs', "status = 'running'")).toBe(1)
  })

  test('a run that has begun is not cancelled for want of a place: it queues', async () => {
    await engine.publish(playbook(`- wait: 1h\n${PAUSE}`, 'concurrency: { limit: 1, behavior: cancelNew }'))
    for (let index = 0; index < 3; index++) {
      await capture(1)
      await engine.settled()
    }
    await engine.advance(3_600_000)
    expect((await engine.runs()).map(run => run.status)).toEqual(['completed', 'completed', 'completed'])
  })
})

test('two processes on one database share the places of a key', async () => {
  const engine = await startEngine('postgres')
  const others: OpenCore[] = []
  try {
    await engine.brain.stop()
    await engine.publish(playbook(PAUSE, 'concurrency: { limit: 3 }'))
    for (let index = 0; index < 14; index++) await engine.capture({ email: `lead-${index}@acme.com.br` })
    await dispatchEvents(engine)
    await engine.sql.query({ name: '', text: 'update brain set running = true' })
    for (let process = 0; process < 2; process++) {
      const other = await openCore({ ...engine.config, workerConcurrency: 2 }, { clock: engine.clock, pollMs: 20 })
      others.push(other)
      await other.plugins.load(engine.workspaceId)
      await other.brain.open()
    }
    let peak = 0
    const owners = new Set<string>()
    while ((await engine.count('runs', "status = 'completed'")) < 14) {
      const rows = await engine.sql.query<{ lease_owner: string }>({
        name: '',
        text: 'select lease_owner from runs where finished_at is null and lease_owner is not null',
      })
      for (const row of rows) owners.add(row.lease_owner)
      peak = Math.max(peak, rows.length)
    }
    expect(peak).toBe(3)
    expect(owners.size).toBe(2)
  } finally {
    for (const other of others) await other.close()
    await engine.close()
  }
})
