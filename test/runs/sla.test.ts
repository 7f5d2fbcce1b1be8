import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openCore } from '../../core/core.ts'
import { countRuns } from '../../core/runs/operate-runs.ts'
import { listRuns } from '../../core/runs/read-runs.ts'
import { restartRun } from '../../core/runs/restart-run.ts'
import { judgeSlas } from '../../core/runs/sla.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { type Engine, startEngine } from '../support/engine.ts'
import { playbook } from './support.ts'

const HOUR = 3_600_000
const LAST = 'finally:\n  - id: last\n    set: { how: "${{ run.status }}" }'
const sla = (behavior: string) => `sla: { maxDuration: 5h, behavior: ${behavior} }\n${LAST}`

describe.each(DATABASE_KINDS)('the sla of a run on %s', kind => {
  let engine: Engine
  beforeAll(async () => {
    engine = await startEngine(kind)
  })
  afterAll(() => engine.close())
  afterEach(async () => {
    await engine.wipe()
    await engine.brain.start()
  })

  const breaches = () => engine.count('events', "type = 'run.sla-breached'")

  test('says once that a run takes longer, and lets it go on', async () => {
    await engine.publish(playbook('- wait: 1d', sla('none')))
    const leadId = await engine.capture()
    await engine.settled()
    const dueAt = new Date(engine.clock.now().getTime() + 5 * HOUR).toISOString()
    expect(await engine.run()).toMatchObject({ status: 'waiting', slaDueAt: dueAt, slaBreached: false })
    await engine.advance(5 * HOUR - 1)
    expect(await breaches()).toBe(0)
    await engine.advance(1)
    const run = await engine.run()
    expect(run).toMatchObject({ status: 'waiting', slaDueAt: dueAt, slaBreached: true })
    const [event] = await engine.sql.query<{ subject_id: string; data: unknown }>({
      name: '',
      text: `select subject_id, data from events where type = 'run.sla-breached'`,
    })
    expect(event).toEqual({ subject_id: leadId, data: { runId: run.id, playbook: 'test', dueAt, leadId } })
    await engine.advance(20 * HOUR)
    expect(await engine.run()).toMatchObject({ status: 'completed', reason: null, slaBreached: true })
    expect(await breaches()).toBe(1)
    const shown = async (slaBreached: boolean) =>
      (await listRuns(engine, engine.workspaceId, { first: 10, filter: { slaBreached } })).items.length
    expect([await shown(true), await shown(false)]).toEqual([1, 0])
  })

  test('says how each run stands, and finds them by it', async () => {
    await engine.publish(playbook(`- wait: '\${{ lead.name == "Ana Souza" ? hours(1) : days(1) }}'`, sla('none')))
    await engine.capture()
    const slow = await engine.capture({ name: 'Bia', email: 'bia@acme.com' })
    await engine.settled()
    const states = async () => {
      const found: Record<string, string[]> = {}
      for (const state of ['open', 'dueSoon', 'breached', 'kept'] as const) {
        const filter = { slaStates: [state] }
        const { items } = await listRuns(engine, engine.workspaceId, { first: 10, filter })
        expect(items.map(({ node }) => node.slaState)).toEqual(items.map(() => state))
        expect(await countRuns(engine, engine.workspaceId, { filter })).toBe(items.length)
        if (items.length > 0)
          found[state] = items.map(({ node }) => (node.subjectId === slow ? 'slow' : 'quick')).sort()
      }
      return found
    }
    expect(await states()).toEqual({ open: ['quick', 'slow'] })
    await engine.advance(HOUR)
    expect(await states()).toEqual({ open: ['slow'], kept: ['quick'] })
    await engine.advance(2.75 * HOUR - 1)
    expect(await states()).toEqual({ open: ['slow'], kept: ['quick'] })
    await engine.advance(1)
    expect(await states()).toEqual({ dueSoon: ['slow'], kept: ['quick'] })
    await engine.advance(1.25 * HOUR)
    expect(await states()).toEqual({ breached: ['slow'], kept: ['quick'] })
    const late = { slaStates: ['breached', 'dueSoon'] as const, statuses: ['waiting'] as const }
    expect(await countRuns(engine, engine.workspaceId, { filter: late })).toBe(1)
  })

  test('is kept by a run that is over in time', async () => {
    await engine.publish(playbook('- wait: 1h', sla('fail')))
    await engine.capture()
    await engine.settled()
    await engine.advance(HOUR)
    await engine.advance(9 * HOUR)
    expect(await engine.run()).toMatchObject({ status: 'completed', slaBreached: false })
    expect(await engine.count('runs', "sla_state = 'kept'")).toBe(1)
    expect(await breaches()).toBe(0)
  })

  test('cancels or fails the run where it says so; finally runs, and a restart is not judged again', async () => {
    await engine.publish(playbook('- wait: 1d', sla('cancel')))
    await engine.capture()
    await engine.settled()
    await engine.advance(5 * HOUR)
    const cancelled = await engine.run()
    expect(cancelled).toMatchObject({ status: 'cancelled', reason: { by: 'sla', reason: /^it was not over by 20/ } })
    await engine.publish(playbook('- wait: 1d', sla('fail')))
    await engine.capture({ email: 'bia@acme.com.br' })
    await engine.settled()
    await engine.advance(5 * HOUR)
    const failed = (await engine.runs())[0]!
    expect(failed).toMatchObject({ status: 'failed', slaBreached: true, error: { code: 'SLA' } })
    expect((await engine.steps(failed.id))['finally.last']!.output).toEqual({ how: 'failed' })
    await restartRun(engine, engine.workspaceId, failed.id, { by: 'test' })
    await engine.settled()
    await engine.advance(24 * HOUR) // the wait that was cut off begins anew
    expect((await engine.runs())[0]).toMatchObject({ status: 'completed', slaBreached: true })
    expect(await breaches()).toBe(2)
  })

  test('is judged after a time in which no process was there, also of a run that was still held back', async () => {
    const held = `debounce: { key: '\${{ event.leadId }}', quiet: 6h }\n${sla('fail')}`
    await engine.publish(playbook('- set: { a: 1 }', held))
    await engine.capture()
    await engine.settled()
    await engine.brain.stop()
    engine.clock.advance(5 * HOUR)
    expect(await engine.run()).toMatchObject({ status: 'queued', slaBreached: false })
    await engine.brain.start()
    await engine.settled()
    expect(await engine.run()).toMatchObject({ status: 'failed', error: { code: 'SLA' } })
    expect(await breaches()).toBe(1)
  })

  test('is breached by a run that came to its end too late before anybody looked', async () => {
    await engine.publish(playbook('- wait: 4h', sla('fail')))
    await engine.capture()
    await engine.settled()
    await engine.brain.stop()
    engine.clock.advance(4 * HOUR)
    await engine.sql.query(
      { name: '', text: `update runs set status = 'completed', due_at = null, finished_at = $1` },
      [new Date(engine.clock.now().getTime() + 2 * HOUR)],
    )
    engine.clock.advance(3 * HOUR)
    await engine.brain.start()
    await engine.settled()
    expect(await engine.run()).toMatchObject({ status: 'completed', slaBreached: true })
    expect(await breaches()).toBe(1)
  })
})

test('two processes that look at the same moment judge a run once', async () => {
  const engine = await startEngine('postgres')
  const other = await openCore(engine.config, { clock: engine.clock })
  try {
    await engine.publish(playbook('- wait: 1d', 'sla: { maxDuration: 1h }'))
    for (let round = 0; round < 5; round++) await engine.capture({ email: `lead-${round}@acme.com.br` })
    await engine.settled()
    await engine.brain.stop()
    engine.clock.advance(HOUR)
    const found = await Promise.all([judgeSlas(engine), judgeSlas(other)])
    expect(found[0]! + found[1]!).toBe(5)
    expect(await engine.count('events', "type = 'run.sla-breached'")).toBe(5)
  } finally {
    await other.close()
    await engine.close()
  }
})
