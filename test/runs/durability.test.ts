import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { TraeError } from '../../core/errors.ts'
import { ActiveRun } from '../../core/runs/active-run.ts'
import { claimRuns, type Lease } from '../../core/runs/claim-runs.ts'
import { executeRun } from '../../core/runs/execute-run.ts'
import { Journal } from '../../core/runs/journal.ts'
import { Suspects } from '../../core/runs/suspects.ts'
import { subscribe } from '../../core/runs/waits.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { type Engine, startEngine } from '../support/engine.ts'

const playbook = (steps: string) => `
id: test
name: Test
module: pre_vendas
triggers:
  - event: lead.captured
steps:
${steps.replace(/^/gm, '  ')}`

describe.each(DATABASE_KINDS)('Promise 4, leases: runs outlive their workers on %s', kind => {
  let engine: Engine
  beforeAll(async () => {
    engine = await startEngine(kind)
  })
  afterAll(() => engine.close())

  /** Another worker, as if in another process: claims what is due and holds it for a second of the test's clock. */
  async function otherWorker(): Promise<{ lease: Lease; run: ActiveRun; core: Parameters<typeof executeRun>[0] }> {
    const owner = randomUUID()
    const journal = new Journal(engine, owner)
    const { leases } = await claimRuns(engine, owner, { limit: 1, leaseMs: 1000 })
    const [lease] = leases
    const core = { ...engine, journal }
    return { lease: lease!, run: new ActiveRun(core, lease!, await engine.playbooks.get(lease!.versionId)), core }
  }

  /** A run that waits in the database for a worker, with the engine's own stopped. */
  async function queued(steps: string, email = `${randomUUID()}@acme.com.br`): Promise<string> {
    await engine.publish(playbook(steps))
    await engine.brain.stop()
    const leadId = await engine.capture({ email })
    const { dispatchEvents } = await import('../../core/triggers/dispatch-events.ts')
    await dispatchEvents(engine)
    return leadId
  }

  const newest = async () => (await engine.runs())[0]!

  test('a worker that comes back after its lease ended cannot overwrite what the next one did', async () => {
    await queued('- id: only\n  set: { a: 1 }')
    const slow = await otherWorker()
    engine.clock.advance(1001)
    await engine.brain.start()
    await engine.settled()
    expect(await newest()).toMatchObject({ status: 'completed', recoveries: 1 })
    const before = await engine.count('journal')
    await expect(slow.run.write([{ kind: 'step.failed', path: 'only', data: { error: {} } }])).rejects.toMatchObject({
      code: 'LEASE_LOST',
    })
    expect(await executeRun(slow.core, slow.run, new Suspects())).toBe('lost')
    expect(await engine.count('journal')).toBe(before)
    expect(await newest()).toMatchObject({ status: 'completed' })
  })

  test('a worker that lost its lease to itself, after a long stall, cannot write under the old one', async () => {
    await queued('- id: only\n  set: { a: 1 }')
    const owner = randomUUID()
    const core = { ...engine, journal: new Journal(engine, owner) }
    const claim = async () => {
      const { leases } = await claimRuns(engine, owner, { limit: 1, leaseMs: 1000 })
      const [lease] = leases
      return new ActiveRun(core, lease!, await engine.playbooks.get(lease!.versionId))
    }
    const before = await claim()
    engine.clock.advance(1001)
    const now = await claim()
    await expect(before.write([{ kind: 'step.skipped', path: 'only' }])).rejects.toMatchObject({ code: 'LEASE_LOST' })
    expect(await executeRun(core, now, new Suspects())).toBe('finished')
    expect(await newest()).toMatchObject({ status: 'completed' })
  })

  test('the intent of an effect, and every outcome before it, is committed before the effect happens', async () => {
    const told: string[] = []
    const { query } = engine.sql
    Object.assign(engine.sql, {
      query: async (statement: { name: string }, parameters?: readonly unknown[]) => {
        if (statement.name === 'add-activity') told.push('effect begins')
        // a slow commit: who does not wait for it is overtaken
        if (JSON.stringify(parameters ?? []).includes('intended'))
          await new Promise(resolve => setTimeout(resolve, 500))
        const rows = await query(statement as never, parameters)
        if (JSON.stringify(parameters ?? []).includes('intended')) told.push('intent committed')
        if (JSON.stringify(parameters ?? []).includes('outcome-before')) told.push('outcome committed')
        return rows
      },
    })
    try {
      await queued(
        "- id: first\n  set: { mark: outcome-before }\n- id: send\n  uses: probe/mark\n  with: { leadId: '${{ lead.id }}', text: now }",
      )
      await engine.brain.start()
      await engine.settled()
    } finally {
      Object.assign(engine.sql, { query })
    }
    expect(told.indexOf('effect begins')).toBeGreaterThan(told.indexOf('intent committed'))
    expect(told.indexOf('intent committed')).toBeGreaterThanOrEqual(0)
    expect(told.indexOf('outcome committed')).toBeGreaterThanOrEqual(0)
    expect(told.indexOf('outcome committed')).toBeLessThan(told.indexOf('effect begins'))
  })

  test('outcomes without effects share a commit with what the run writes next', async () => {
    const commits: number[] = []
    for (let index = 0; index < 20 && !commits.includes(1); index++) {
      await queued('- uses: probe/echo\n- uses: probe/echo\n- uses: probe/echo\n- set: { a: 1 }')
      await engine.brain.start()
      await engine.settled()
      const { id } = await newest()
      const [row] = await engine.sql.query<{ commits: number }>({
        name: '',
        text: `select count(distinct xmin::text)::int as commits from journal where run_id = '${id}'`,
      })
      commits.push(row!.commits)
    }
    expect(Math.min(...commits)).toBe(1) // a call may take longer than outcomes wait for company
  })

  test('an outcome is not kept waiting by the step after it', async () => {
    await queued('- id: first\n  set: { a: 1 }\n- uses: probe/pause\n  with: { ms: 3000 }')
    await engine.brain.start()
    const { id } = await newest()
    const stored = () => engine.count('journal', `run_id = '${id}' and path = 'first' and kind = 'step.completed'`)
    for (const deadline = Date.now() + 20_000; (await stored()) === 0 && Date.now() < deadline;)
      await new Promise(resolve => setTimeout(resolve, 20))
    expect(await engine.count('journal', `run_id = '${id}' and path = '1'`)).toBe(0)
    await engine.settled()
    expect(await newest()).toMatchObject({ id, status: 'completed' })
  })

  test('a lease that is kept keeps others out', async () => {
    await queued('- set: { a: 1 }')
    await otherWorker()
    expect((await claimRuns(engine, randomUUID(), { limit: 10, leaseMs: 1000 })).leases).toEqual([])
    engine.clock.advance(1001)
    await engine.brain.start()
    await engine.settled()
  })

  test('what was recorded before the worker died is not computed again', async () => {
    await queued(
      "- id: first\n  uses: probe/echo\n  with: { value: computed }\n- return: { first: '${{ steps.first.output.value }}' }",
    )
    const dead = await otherWorker()
    await dead.run.write([
      { kind: 'run.started' },
      { kind: 'step.completed', path: 'first', attempt: 1, data: { output: { value: 'recorded' } } },
    ])
    engine.clock.advance(1001)
    await engine.brain.start()
    await engine.settled()
    expect(await newest()).toMatchObject({ status: 'completed', output: { first: 'recorded' } })
  })

  test('an effect in flight at the death of its worker happens once, under the same key', async () => {
    await queued("- id: send\n  uses: probe/mark\n  with: { leadId: '${{ lead.id }}', text: once }")
    const dead = await otherWorker()
    const { lease } = dead
    // It died after the effect and before the outcome: the intent is stored, the mark is there.
    await dead.run.write([{ kind: 'step.started', path: 'send', attempt: 1, data: { key: `${lease.runId}/send` } }], {
      effects: [{ key: `${lease.runId}/send`, path: 'send', action: 'probe@1.0.0/mark', status: 'intended' }],
    })
    const { addActivity } = await import('../../core/sales/activities.ts')
    await addActivity(
      engine,
      engine.workspaceId,
      { leadId: lease.subjectId!, kind: 'NOTE', summary: 'once' },
      { key: `${lease.runId}/send`, runId: lease.runId },
    )
    engine.clock.advance(1001)
    await engine.brain.start()
    await engine.settled()
    expect(await newest()).toMatchObject({ status: 'completed' })
    expect(await engine.count('activities', `kind = 'NOTE' and run_id = '${lease.runId}'`)).toBe(1)
    expect(await engine.count('effects', `run_id = '${lease.runId}' and status = 'sent'`)).toBe(1)
  })

  test('an effect in flight that nobody can look up is not repeated: a person decides', async () => {
    await queued("- id: send\n  uses: probe/unrepeatable\n  with: { leadId: '${{ lead.id }}', text: twice? }")
    const dead = await otherWorker()
    const { lease } = dead
    await dead.run.write([{ kind: 'step.started', path: 'send', attempt: 1, data: { key: `${lease.runId}/send` } }], {
      effects: [{ key: `${lease.runId}/send`, path: 'send', action: 'probe@1.0.0/unrepeatable', status: 'intended' }],
    })
    engine.clock.advance(1001)
    await engine.brain.start()
    await engine.settled()
    expect(await newest()).toMatchObject({ status: 'quarantined', reason: { code: 'UNKNOWN_EFFECT' } })
    expect(await engine.count('activities', `run_id = '${lease.runId}' and kind = 'NOTE'`)).toBe(0)
    expect(await engine.count('effects', `run_id = '${lease.runId}' and status = 'unknown'`)).toBe(1)
    expect((await engine.steps(lease.runId))['send']!.status).toBe('unknown')
  })

  test('what is read of waits while one begins anew is not older than its beginning', async () => {
    await queued('- id: only\n  set: { a: 1 }')
    const { run } = await otherWorker()
    const next = { path: 'only!retry', kind: 'retry', dueAt: engine.clock.now() } as const
    for (let attempt = 1; attempt <= 20; attempt++) {
      await subscribe(run, next, [])
      await engine.sql.query({ name: '', text: `update waits set status = 'due' where path = 'only!retry'` })
      await run.poke()
      expect(run.waits.get(next.path)).toMatchObject({ status: 'due' })
      const [poked, begun] = [run.poke(), subscribe(run, next, [])]
      await Promise.all([poked, begun])
      expect(run.waits.get(next.path)).toMatchObject({ status: 'open' })
    }
    engine.clock.advance(1001) // the engine takes the run up and finishes it, so that no other test meets it
    await engine.brain.start()
    await engine.settled()
  })

  test('a run that takes its worker down again and again without getting anywhere is put in quarantine', async () => {
    await queued('- id: deadly\n  uses: probe/echo')
    for (let death = 1; death <= 7; death++) {
      const dead = await otherWorker()
      if (dead.lease.recovered) await dead.run.write([{ kind: 'run.recovered' }])
      if (dead.run.memory.fruitlessRecoveries > 3) await dead.run.write([{ kind: 'run.suspected' }])
      engine.clock.advance(1001)
    }
    await engine.brain.start()
    await engine.settled()
    expect(await newest()).toMatchObject({ status: 'quarantined', reason: { code: 'QUARANTINE' } })
  })

  test('a run that only happened to be there when the process died goes on, after the others that were there too', async () => {
    const started: string[] = []
    for (const name of ['a', 'b'])
      started.push(await queued('- id: innocent\n  uses: probe/echo', `${name}-${randomUUID()}@acme.com.br`))
    for (let death = 1; death <= 5; death++) {
      const owner = randomUUID()
      const core = { ...engine, journal: new Journal(engine, owner) }
      for (const lease of (await claimRuns(engine, owner, { limit: 2, leaseMs: 1000 })).leases)
        if (lease.recovered)
          await new ActiveRun(core, lease, await engine.playbooks.get(lease.versionId)).write([
            { kind: 'run.recovered' },
          ])
      engine.clock.advance(1001)
    }
    await engine.brain.start()
    await engine.settled()
    const runs = (await engine.runs()).filter(run => started.includes(run.subjectId!))
    expect(runs.map(run => run.status)).toEqual(['completed', 'completed'])
    expect(
      await engine.count('journal', `kind = 'run.suspected' and run_id in ('${runs.map(run => run.id).join("','")}')`),
    ).toBe(2)
  })

  test('a worker that stops in the middle of a step gives its run back, and the next one finishes it', async () => {
    await queued('- id: slow\n  uses: probe/hostile\n  with: { how: never }\n  retry: { maxAttempts: 1 }')
    const { Worker } = await import('../../core/runs/worker.ts')
    const owner = randomUUID()
    const core = { ...engine, journal: new Journal(engine, owner) }
    const worker = new Worker(core, { owner, concurrency: 10, leaseMs: 60_000, pollMs: 20 })
    worker.start()
    for (const deadline = Date.now() + 5000; worker.activeCount === 0 && Date.now() < deadline;)
      await new Promise(resolve => setTimeout(resolve, 5))
    await worker.stop(50)
    expect(await newest()).toMatchObject({ status: 'queued', recoveries: 0 })
    await engine.brain.start()
    await engine.settled()
    expect(await newest()).toMatchObject({ status: 'failed', error: { code: 'TIMEOUT' }, recoveries: 0 })
  })

  test('a record that the database refuses fails alone, whatever shares its commit', async () => {
    await queued('- set: { a: 1 }')
    await engine.capture({ email: `${randomUUID()}@acme.com.br` })
    const { dispatchEvents } = await import('../../core/triggers/dispatch-events.ts')
    await dispatchEvents(engine)
    const owner = randomUUID()
    const journal = new Journal(engine, owner)
    const [bad, good] = (await claimRuns(engine, owner, { limit: 2, leaseMs: 1000 })).leases
    const record = (lease: Lease, attempt: number) => ({
      runId: lease.runId,
      workspaceId: lease.workspaceId,
      epoch: lease.epoch,
      entries: [
        {
          seq: 1,
          kind: 'step.completed' as const,
          path: '0',
          attempt,
          data: { text: 'nul \0 inside' },
          at: engine.clock.now(),
        },
      ],
    })
    const results = await Promise.allSettled([journal.record(record(bad!, 1e12)), journal.record(record(good!, 1))])
    expect(results.map(result => result.status)).toEqual(['rejected', 'fulfilled'])
    expect(results[0]).toMatchObject({ reason: expect.any(TraeError) })
    engine.clock.advance(1001)
    await engine.brain.start()
    await engine.settled()
  })
})
