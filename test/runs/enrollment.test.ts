import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openCore } from '../../core/core.ts'
import { dispatchEvents } from '../../core/triggers/dispatch-events.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { type Engine, startEngine } from '../support/engine.ts'
import { playbook, seeingOnly } from './support.ts'

describe.each(DATABASE_KINDS)('enrollment on %s', kind => {
  let engine: Engine
  beforeAll(async () => {
    engine = await startEngine(kind)
  })
  afterAll(() => engine.close())
  afterEach(() => engine.wipe())

  const nudged = (enrollment: string, steps = '- wait: 1d') =>
    playbook(steps, enrollment).replace('lead.captured', 'lead.nudged')

  test('a subject that is under way does not enter again, and may afterwards where it says so', async () => {
    await engine.publish(nudged("enrollment: { subject: '${{ event.leadId }}', reenter: true }"))
    const leadId = await engine.capture()
    const nudge = () => engine.emit('lead.nudged', { leadId }, leadId)
    await nudge()
    await nudge()
    await engine.settled()
    await nudge()
    await engine.settled()
    expect(await engine.count('runs')).toBe(1)
    await engine.advance(86_400_000)
    await nudge()
    await engine.settled()
    expect(await engine.count('runs')).toBe(2)
  })

  test('without reenter a subject goes through once ever, also by way of another version', async () => {
    const once = nudged("enrollment: { subject: '${{ event.leadId }}' }", '- set: { a: 1 }')
    await engine.publish(once)
    const leadId = await engine.capture()
    await engine.emit('lead.nudged', { leadId }, leadId)
    await engine.settled()
    await engine.publish(once.replace('a: 1', 'a: 2'))
    await engine.emit('lead.nudged', { leadId }, leadId)
    await engine.settled()
    expect(await engine.count('runs')).toBe(1)
  })

  test('a subject that is no lead is a failed run that says so, and holds up nobody else', async () => {
    await engine.publish(nudged("enrollment: { subject: '${{ event.name }}' }", '- set: { a: 1 }'))
    const leadId = await engine.capture()
    await engine.emit('lead.nudged', { name: 'Ana' }, leadId)
    await engine.emit('lead.nudged', { name: leadId }, leadId)
    await engine.settled()
    const runs = await engine.runs()
    expect(runs.map(run => run.status).toSorted()).toEqual(['completed', 'failed'])
    expect(runs.find(run => run.status === 'failed')!.error).toMatchObject({
      code: 'EXPRESSION',
      message: 'enrollment.subject: expected the id of a lead, found "Ana".',
    })
  })

  test('events with the same idempotency key start one run, ever', async () => {
    await engine.publish(nudged("idempotencyKey: '${{ event.order }}'", '- set: { a: 1 }'))
    for (const order of ['a', 'b', 'a']) await engine.emit('lead.nudged', { order })
    await engine.settled()
    await engine.advance(86_400_000)
    await engine.emit('lead.nudged', { order: 'b' })
    await engine.emit('lead.nudged', { order: 7 })
    await engine.settled()
    expect(await engine.count('runs')).toBe(3)
  })

  test('a key that comes out as nothing is a failed run that names the key and what was found', async () => {
    await engine.publish(nudged("idempotencyKey: '${{ event.order }}'", '- set: { a: 1 }'))
    await engine.emit('lead.nudged', { order: null })
    await engine.settled()
    expect(await engine.run()).toMatchObject({
      status: 'failed',
      error: {
        message: expect.stringMatching(/^idempotencyKey, \$\{\{ event\.order \}\}: expected a text.*found null/),
      },
    })
  })
})

test('two processes that dispatch different events of one subject at the same moment let it in once', async () => {
  const engine = await startEngine('postgres')
  const other = await openCore(engine.config, { clock: engine.clock })
  try {
    await engine.brain.stop()
    await engine.publish(
      playbook('- wait: 1d', "enrollment: { subject: '${{ event.leadId }}', reenter: true }").replace(
        'lead.captured',
        'lead.nudged',
      ),
    )
    await other.plugins.load(engine.workspaceId)
    for (let round = 0; round < 15; round++) {
      const leadId = await engine.capture({ email: `lead-${round}@acme.com.br` })
      await dispatchEvents(engine)
      await engine.emit('lead.nudged', { leadId }, leadId)
      await engine.emit('lead.nudged', { leadId }, leadId)
      await Promise.all([dispatchEvents(seeingOnly(0, engine)), dispatchEvents(seeingOnly(1, other))])
      await dispatchEvents(engine) // where the first was done before the second looked
    }
    expect(await engine.count('runs')).toBe(15)
    expect(await engine.count('events', 'dispatched_at is null')).toBe(0)
  } finally {
    await other.close()
    await engine.close()
  }
})
