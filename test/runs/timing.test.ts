import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { getRun } from '../../core/runs/read-runs.ts'
import { readTimings, type TimedRun, timingOf } from '../../core/runs/run-timing.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { type Engine, startEngine } from '../support/engine.ts'
import { playbook } from './support.ts'

const line = (at: number, kind: string, path: string | null = null, until: number | null = null) => ({
  kind,
  path,
  at: new Date(at),
  until: until === null ? null : new Date(until),
})
const run = (rest: Partial<TimedRun>): TimedRun => ({
  createdAt: 0,
  startedAt: 100,
  finishedAt: null,
  status: 'running',
  dueAt: null,
  journal: [],
  intents: new Map(),
  windows: [],
  ...rest,
})

describe('where the time of a run went', () => {
  test('is split at the lines of its journal, and the parts are the whole', () => {
    const timing = timingOf(
      run({
        finishedAt: 9000,
        status: 'completed',
        journal: [
          line(120, 'run.started'),
          line(200, 'step.started', 'send'),
          line(500, 'step.completed', 'send'),
          line(500, 'step.waiting', 'pause', 4000),
          line(4050, 'step.completed', 'pause'),
          line(4100, 'step.retrying', 'ask', 6000),
          line(6300, 'step.completed', 'ask'),
          line(8900, 'run.completed'),
        ],
        intents: new Map([['send', 230]]),
        windows: [{ from: 7000, to: 8000 }],
      }),
      99_999,
    )
    expect(timing).toEqual({
      totalMs: 9000,
      queueMs: 100 + 50,
      startMs: 20,
      executeMs: 80 + 270 + 50 + 300 + 700 + 900,
      persistMs: 30 + 100,
      waitMs: 3500 + 1900 + 1000,
    })
  })

  test('of one that waits goes on: first the wait, then the queue', () => {
    const journal = [line(100, 'run.started'), line(150, 'step.waiting', 'pause', 1000)]
    const waiting = run({ status: 'waiting', dueAt: 1000, journal })
    expect(timingOf(waiting, 600)).toMatchObject({ totalMs: 600, queueMs: 100, executeMs: 50, waitMs: 450 })
    expect(timingOf(waiting, 1200)).toMatchObject({ totalMs: 1200, queueMs: 300, executeMs: 50, waitMs: 850 })
  })

  test('of one whose worker died counts until another took it; a replay begins with its own lines', () => {
    const journal = [line(0, 'step.completed', 'carried'), line(300, 'run.recovered'), line(400, 'step.completed', 'a')]
    expect(timingOf(run({ journal: [line(110, 'run.started'), ...journal] }), 400)).toMatchObject({
      queueMs: 290,
      startMs: 10,
      executeMs: 100,
    })
    expect(timingOf(run({ journal: [line(0, 'run.started')] }), 400)).toMatchObject({ queueMs: 100, executeMs: 300 })
  })
})

describe.each(DATABASE_KINDS)('read on %s', kind => {
  let engine: Engine
  beforeAll(async () => {
    engine = await startEngine(kind)
  })
  afterAll(() => engine.close())
  afterEach(() => engine.wipe())

  test('a run that waited an hour, and ten minutes for a worker, and failed, has waited an hour', async () => {
    await engine.publish(
      playbook(`- wait: 1h
- id: fails
  if: \${{ lead.name == "Ana Souza" }}
  raise: { code: NOT_NOW, message: as asked }`),
    )
    await engine.capture()
    await engine.settled()
    const timing = async () => {
      const run = await getRun(engine, engine.workspaceId, (await engine.run()).id)
      return (await readTimings(engine, engine.workspaceId, [run])).get(run.id)!
    }
    await engine.advance(1_800_000)
    const half = await timing()
    expect(half.waitMs).toBeGreaterThanOrEqual(1_800_000)
    await engine.brain.stop()
    engine.clock.advance(2_400_000)
    await engine.brain.start()
    await engine.settled()
    expect(await engine.run()).toMatchObject({ status: 'failed' })
    const whole = await timing()
    expect(whole.queueMs).toBeGreaterThanOrEqual(599_000)
    expect(whole.waitMs).toBeGreaterThanOrEqual(3_590_000)
    expect(whole.waitMs).toBeLessThanOrEqual(3_601_000)
    const { totalMs, ...parts } = whole
    expect(Object.values(parts).reduce((sum, part) => sum + part)).toBe(totalMs)
  })
})
