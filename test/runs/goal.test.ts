import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { cancelRun } from '../../core/runs/cancel-run.ts'
import { replayRun } from '../../core/runs/replay-run.ts'
import { restartRun } from '../../core/runs/restart-run.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { type Engine, startEngine } from '../support/engine.ts'
import { playbook } from './support.ts'

const DAY = 24 * 3_600_000
const enrolled = (goal: string, more = '') =>
  `enrollment: { subject: '\${{ event.leadId }}', reenter: true, goal: ${goal} }\n${more}`
const MEETING = '{ event: meeting.scheduled }'
const mark = (text: string) => `- id: ${text}\n  uses: probe/mark\n  with: { leadId: '\${{ lead.id }}', text: ${text} }`
const CADENCE = `${mark('first')}\n- wait: 2d\n${mark('second')}`
const LAST = 'finally:\n  - id: last\n    set: { how: "${{ run.status }}" }'

describe.each(DATABASE_KINDS)('the goal of a run on %s', kind => {
  let engine: Engine
  beforeAll(async () => {
    engine = await startEngine(kind)
  })
  afterAll(() => engine.close())
  afterEach(async () => {
    await engine.wipe()
    await engine.brain.start()
  })

  const sent = () => engine.count('activities', "kind = 'NOTE'")
  const meet = (leadId: string, data = {}) => engine.emit('meeting.scheduled', { leadId, ...data }, leadId)
  const REACHED = { status: 'completed', reason: { code: 'GOAL' }, output: null }

  test('completes it where it waits: nothing more is sent, open waits close, finally runs', async () => {
    await engine.publish(playbook(CADENCE, enrolled(MEETING, LAST)))
    const leadId = await engine.capture()
    await engine.settled()
    expect(await engine.run()).toMatchObject({ status: 'waiting', reason: { code: 'TIME' } })
    await engine.advance(DAY)
    await meet(leadId)
    await engine.settled()
    const run = await engine.run()
    expect(run).toMatchObject(REACHED)
    expect(run.reason!.message).toMatch(/^its goal was reached: meeting\.scheduled at 20/)
    expect((await engine.steps(run.id))['finally.last']!.output).toEqual({ how: 'completed' })
    expect(await engine.count('waits', "status = 'open'")).toBe(0)
    await engine.advance(3 * DAY)
    expect(await sent()).toBe(1)
  })

  test('is about the subject, and about what correlate and if ask for', async () => {
    const goal = `{ event: meeting.scheduled, correlate: { kind: '\${{ event.source }}' }, if: '\${{ event.minutes > 20 }}' }`
    await engine.publish(playbook(CADENCE, enrolled(goal)).replace('lead.captured', 'lead.nudged'))
    const leadId = await engine.capture()
    const other = await engine.capture({ email: 'bia@acme.com.br' })
    await engine.emit('lead.nudged', { leadId, source: 'demo' }, leadId)
    await engine.settled()
    await meet(other, { kind: 'demo', minutes: 30 })
    await meet(leadId, { kind: 'call', minutes: 30 })
    await meet(leadId, { kind: 'demo', minutes: 10 })
    await meet(leadId, { kind: 'demo' }) // its condition cannot be evaluated
    await engine.settled()
    expect((await engine.run()).status).toBe('waiting')
    await meet(leadId, { kind: 'demo', minutes: 30 })
    await engine.settled()
    expect(await engine.run()).toMatchObject(REACHED)
  })

  test('that came before the start does not count; one that comes while the run is held back does', async () => {
    const held = enrolled(MEETING, "debounce: { key: '${{ event.leadId }}', quiet: 1h }")
    await engine.publish(playbook(CADENCE, held).replace('lead.captured', 'lead.nudged'))
    const leadId = await engine.capture()
    await meet(leadId)
    await engine.emit('lead.nudged', { leadId }, leadId)
    await engine.settled()
    await engine.advance(3_600_000)
    expect(await engine.run()).toMatchObject({ status: 'waiting' })
    await engine.advance(2 * DAY)
    expect(await sent()).toBe(2)
    await engine.emit('lead.nudged', { leadId }, leadId)
    await engine.settled()
    await meet(leadId)
    await engine.settled()
    await engine.advance(3_600_000)
    expect((await engine.runs())[0]).toMatchObject(REACHED)
    expect(await sent()).toBe(2)
  })

  test('counts when it came while no process was there, before or after the run was taken up', async () => {
    await engine.publish(playbook(CADENCE, enrolled(MEETING)))
    await engine.brain.stop()
    const ana = await engine.capture()
    await meet(ana)
    await engine.brain.start()
    await engine.settled()
    expect(await engine.run()).toMatchObject(REACHED)
    expect(await sent()).toBe(0)
    const bia = await engine.capture({ email: 'bia@acme.com.br' })
    await engine.settled()
    await engine.brain.stop()
    await meet(bia)
    engine.clock.advance(2 * DAY) // the wait is over at the same start, and its next step sends
    await engine.brain.start()
    await engine.settled()
    expect((await engine.runs())[0]).toMatchObject(REACHED)
    expect(await sent()).toBe(1)
  })

  test('that nobody told the run of keeps the next effect from beginning all the same', async () => {
    const pause = '- uses: probe/pause\n  with: { ms: 1500 }'
    await engine.publish(playbook(`${mark('first')}\n${pause}\n${mark('second')}`, enrolled(MEETING)))
    const leadId = await engine.capture()
    for (let tries = 0; tries < 2000 && (await engine.count('effects', "status = 'sent'")) === 0; tries++)
      await new Promise(resolve => setTimeout(resolve, 10))
    await engine.sql.query({
      name: '',
      text: `insert into events (id, workspace_id, type, subject_id, data, source, created_at, dispatched_at)
             select gen_random_uuid(), workspace_id, 'meeting.scheduled', subject_id, '{}', 'test', created_at + interval '1 ms', created_at
             from events where type = 'lead.captured'`,
    }) // as if dispatched: nobody wakes the run
    await engine.settled()
    expect(leadId).toBeTruthy()
    expect(await engine.run()).toMatchObject(REACHED)
    expect(await sent()).toBe(1)
  })

  test('does not count when the run itself emitted the event', async () => {
    const emits = "- emit: { event: meeting.scheduled, data: { leadId: '${{ lead.id }}' } }"
    await engine.publish(playbook(`${emits}\n- wait: 1d\n${mark('only')}`, enrolled(MEETING)))
    await engine.capture()
    await engine.settled()
    await engine.advance(DAY)
    expect(await engine.run()).toMatchObject({ status: 'completed', reason: null })
    expect(await sent()).toBe(1)
  })

  test('and another wait of the run are both ended by one event', async () => {
    const waits = `- id: answer\n  waitFor: { any: [{ event: meeting.scheduled, correlate: { leadId: '\${{ lead.id }}' } }], timeout: 5d }`
    const goal = `{ event: meeting.scheduled, if: '\${{ event.minutes > 20 }}' }`
    await engine.publish(playbook(`${waits}\n${mark('only')}`, enrolled(goal)))
    const leadId = await engine.capture()
    await engine.settled()
    await meet(leadId, { minutes: 10 })
    await engine.settled()
    expect(await engine.run()).toMatchObject({ status: 'completed', reason: null })
    expect(await sent()).toBe(1)
  })

  test('an effect under way is finished, and the run ends once, as one or the other, whoever comes at the same moment', async () => {
    await engine.publish(playbook(`${mark('first')}\n- wait: 1d\n- set: { a: 1 }`, enrolled(MEETING)))
    for (let round = 0; round < 6; round++) {
      const leadId = await engine.capture({ email: `lead-${round}@acme.com.br` })
      await engine.settled()
      const [run] = await engine.runs()
      if (round < 3) {
        // its last wait is over at the moment at which the goal comes
        engine.clock.advance(DAY)
        engine.queue.ring('run', run!.id)
        await meet(leadId)
      } else await Promise.all([meet(leadId), cancelRun(engine, engine.workspaceId, run!.id, { by: 'test' })])
      await engine.settled()
      const [after] = await engine.runs()
      expect([null, 'GOAL', 'CANCELLED']).toContain(after!.reason?.code ?? null)
      expect(after!.status).toBe(after!.reason?.code === 'CANCELLED' ? 'cancelled' : 'completed')
      const ends = "kind in ('run.completed', 'run.cancelled', 'run.failed')"
      expect(await engine.count('journal', `run_id = '${after!.id}' and ${ends}`)).toBe(1)
    }
    expect(await sent()).toBe(6)
  })

  test('a cancellation that came first stays one', async () => {
    await engine.publish(playbook(CADENCE, enrolled(MEETING)))
    const leadId = await engine.capture()
    await engine.settled()
    await engine.brain.stop()
    await cancelRun(engine, engine.workspaceId, (await engine.run()).id, { by: 'test' })
    await meet(leadId)
    await engine.brain.start()
    await engine.settled()
    expect(await engine.run()).toMatchObject({ status: 'cancelled' })
  })

  test('a restart listens again, a replay counts from its own start, a correlate that fails is a failed run', async () => {
    await engine.publish(playbook(CADENCE, enrolled(MEETING)))
    const leadId = await engine.capture()
    await engine.settled()
    const { id } = await engine.run()
    await cancelRun(engine, engine.workspaceId, id, { by: 'test' })
    await engine.settled()
    await restartRun(engine, engine.workspaceId, id, { by: 'test' })
    await engine.settled()
    expect((await engine.run()).status).toBe('waiting')
    await meet(leadId)
    await engine.settled()
    expect(await engine.run()).toMatchObject(REACHED)
    await replayRun(engine, engine.workspaceId, id, { from: 'first', version: 'origin', by: 'test' })
    await engine.settled()
    expect((await engine.runs())[0]).toMatchObject({ status: 'waiting' })
    await meet(leadId)
    await engine.settled()
    expect((await engine.runs())[0]).toMatchObject(REACHED)
    const broken = "{ event: meeting.scheduled, correlate: { kind: '${{ event.lead.data.kind.of }}' } }"
    await engine.publish(playbook(CADENCE, enrolled(broken)))
    await engine.capture()
    await engine.settled()
    expect((await engine.runs())[0]).toMatchObject({ status: 'failed', error: { code: 'EXPRESSION' } })
  })
})
