import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { countRuns, operateRuns, type RunOperation } from '../../core/runs/operate-runs.ts'
import { listRuns } from '../../core/runs/read-runs.ts'
import { replayRun } from '../../core/runs/replay-run.ts'
import type { RunFilter } from '../../core/runs/run-filter.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { type Engine, startEngine } from '../support/engine.ts'
import { playbook } from './support.ts'

const BY = { by: '0190a000-0000-7000-8000-000000000001' }

describe.each(DATABASE_KINDS)('runs are operated by filter on %s', kind => {
  let engine: Engine
  beforeAll(async () => {
    engine = await startEngine(kind)
  })
  afterAll(() => engine.close())
  afterEach(() => engine.wipe())

  const lead = (n: number) => engine.capture({ name: `Lead ${n}`, email: `lead${n}@acme.com` })
  const count = (operation: RunOperation, filter: RunFilter = {}) =>
    countRuns(engine, engine.workspaceId, { operation, filter })
  const operate = (
    operation: RunOperation,
    expectedCount: number,
    more: { filter?: RunFilter; after?: string; from?: string } = {},
  ) => operateRuns(engine, engine.workspaceId, { operation, expectedCount, ...BY, ...more })
  const listed = async (filter: RunFilter) =>
    (await listRuns(engine, engine.workspaceId, { filter, first: 100 })).items.length

  async function waiting(runs: number): Promise<void> {
    await engine.publish(playbook('- wait: 1h'))
    for (let n = 0; n < runs; n++) await lead(n)
    await engine.settled()
  }

  test('counted first, in parts, each run once; what is asked again finds what is left', async () => {
    await waiting(103)
    expect(await count('cancel')).toBe(103)
    expect(await count('restart')).toBe(0)
    const upTo = (atMost: number) => countRuns(engine, engine.workspaceId, { operation: 'cancel', atMost })
    expect([await upTo(7), await upTo(1000)]).toEqual([7, 103])
    const first = await operate('cancel', 103)
    expect(first).toMatchObject({ done: 100, refused: [], remaining: 3 })
    expect(await count('cancel')).toBe(3) // also for who has lost the answer
    expect(await operate('cancel', 3, { after: first.last! })).toMatchObject({ done: 3, remaining: 0, last: null })
    await engine.settled()
    expect(await listed({ statuses: ['cancelled'] })).toBe(100)
    expect(await count('cancel')).toBe(0)
    expect(await count('restart')).toBe(103)
  })

  test('not where their number has changed: nothing is done then', async () => {
    await waiting(2)
    await expect(operate('cancel', 3)).rejects.toMatchObject({ code: 'STALE_VERSION' })
    expect(await count('cancel')).toBe(2)
  })

  test('replayed once each: not by who asks again, nor by two at once; their replays may be replayed', async () => {
    await engine.publish(
      playbook(
        '- id: gate\n  if: ${{ lead.name == "Lead 0" }}\n  then:\n    - id: only\n      set: { a: 1 }\n- id: last\n  set: { b: 2 }',
      ),
    )
    for (let n = 0; n < 3; n++) await lead(n)
    await engine.settled()
    expect([await count('cancel'), await count('restart'), await count('replay')]).toEqual([0, 0, 3])
    await expect(operate('replay', 3)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
    const before = engine.clock.now()
    engine.clock.advance(1000)
    const filter = { createdBefore: new Date(before.getTime() + 1) }
    const only = await operate('replay', 3, { filter, from: 'gate.then.0' })
    expect(only).toMatchObject({ done: 0, remaining: 0 })
    expect(only.refused.map(({ message }) => message)).toEqual(
      Array.from({ length: 3 }, () => expect.stringContaining('is no step')),
    )

    const [one] = await engine.runs()
    const once = { ...BY, from: 'last', version: 'origin', once: true } as const
    const asked = await Promise.allSettled(
      Array.from({ length: 4 }, () => replayRun(engine, engine.workspaceId, one!.id, once)),
    )
    const refusals = asked.flatMap(answer => (answer.status === 'rejected' ? [String(answer.reason)] : []))
    expect(refusals).toEqual(Array.from({ length: 3 }, () => expect.stringContaining('was replayed already')))
    expect(await operate('replay', 2, { filter, from: 'last' })).toMatchObject({ done: 2, refused: [], remaining: 0 })
    await engine.settled()
    const replays = (await engine.runs()).filter(run => run.originRunId !== null)
    expect(replays.map(({ originPath, status }) => [originPath, status])).toEqual(
      Array.from({ length: 3 }, () => ['last', 'completed']),
    )
    expect(new Set(replays.map(run => run.originRunId)).size).toBe(3)
    expect(await count('replay', filter)).toBe(0)
    expect(await count('replay')).toBe(3)
  })

  test('by status, playbook, version, lead, reason and time', async () => {
    await waiting(2)
    const [one] = await engine.runs()
    const at = new Date(one!.createdAt)
    const later = new Date(at.getTime() + 60_000)
    for (const [filter, found] of [
      [{ reasonCodes: ['TIME'] }, 2],
      [{ reasonCodes: ['QUEUED', 'APPROVAL'] }, 0],
      [{ statuses: ['waiting', 'failed'], playbookIds: [one!.playbookId], versionId: one!.versionId }, 2],
      [{ playbookIds: [one!.id] }, 0],
      [{ leadId: one!.subjectId }, 1],
      [{ createdAfter: at, leadId: one!.subjectId, createdBefore: later }, 1],
      [{ createdAfter: later }, 0],
      [{ statuses: [], reasonCodes: null }, 2],
    ] as [RunFilter, number][]) {
      expect(await listed(filter), JSON.stringify(filter)).toBe(found)
      expect(await count('cancel', filter), JSON.stringify(filter)).toBe(found)
    }
    await operate('cancel', 1, { filter: { leadId: one!.subjectId } })
    await engine.settled()
    expect(await operate('restart', 1, { filter: { reasonCodes: ['CANCELLED'] } })).toMatchObject({ done: 1 })
    await engine.settled()
    expect(await listed({ statuses: ['waiting'] })).toBe(2)
  })
})
