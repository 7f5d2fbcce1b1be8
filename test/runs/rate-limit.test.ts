import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openCore, type OpenCore } from '../../core/core.ts'
import { dispatchEvents } from '../../core/triggers/dispatch-events.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { type Engine, startEngine } from '../support/engine.ts'
import { playbook, seeingOnly } from './support.ts'

const HOUR = 3_600_000
const steps = '- set: { a: 1 }'

describe.each(DATABASE_KINDS)('rateLimit on %s', kind => {
  let engine: Engine
  beforeAll(async () => {
    engine = await startEngine(kind)
  })
  afterAll(() => engine.close())
  afterEach(async () => {
    await engine.wipe()
    await engine.brain.start()
  })

  let captured = 0
  async function capture(count: number, company = 'acme'): Promise<void> {
    for (let index = 0; index < count; index++)
      await engine.capture({ company, name: `Lead ${captured++}`, email: `lead-${captured}@${company}.com` })
    await engine.settled()
  }
  const statuses = async () => (await engine.runs()).toReversed().map(run => run.status)
  const delayed = "rateLimit: { key: '${{ event.lead.company }}', limit: 2, per: 1h }"

  test('runs too many wait for their turn, say until when, and start in order of arrival', async () => {
    await engine.publish(playbook(steps, delayed))
    await capture(5)
    await capture(1, 'other')
    expect(await statuses()).toEqual(['completed', 'completed', 'queued', 'queued', 'queued', 'completed'])
    const at = (hours: number) => new Date(engine.clock.now().getTime() + hours * HOUR).toISOString()
    const reasons = (await engine.runs()).toReversed().map(run => run.reason)
    expect(reasons.slice(2, 5)).toMatchObject([
      { code: 'RATE_LIMIT', until: at(1), message: expect.stringContaining('for key acme') },
      { code: 'RATE_LIMIT', until: at(1) },
      { code: 'RATE_LIMIT', until: at(2) },
    ])
    await engine.advance(HOUR)
    expect(await statuses()).toEqual(['completed', 'completed', 'completed', 'completed', 'queued', 'completed'])
    await capture(1)
    await engine.advance(HOUR)
    expect((await statuses()).filter(status => status === 'queued')).toEqual([])
  })

  test('with drop, a run too many is cancelled with its reason, and holds neither the subject nor the key', async () => {
    await engine.publish(
      playbook(
        steps,
        "rateLimit: { limit: 1, per: 1h, behavior: drop }\nenrollment: { subject: '${{ event.leadId }}' }\nidempotencyKey: '${{ event.leadId }}'",
      ).replace('lead.captured', 'lead.nudged'),
    )
    const [ana, bia] = [await engine.capture(), await engine.capture({ email: 'bia@acme.com' })]
    for (const leadId of [ana, bia]) await engine.emit('lead.nudged', { leadId }, leadId)
    await engine.settled()
    expect(await statuses()).toEqual(['completed', 'cancelled'])
    expect((await engine.runs())[0]).toMatchObject({
      reason: { code: 'RATE_LIMIT', message: 'dropped: rateLimit lets no more runs start' },
      startedAt: null,
      finishedAt: engine.clock.now().toISOString(),
    })
    await engine.advance(HOUR)
    await engine.emit('lead.nudged', { leadId: bia }, bia)
    await engine.settled()
    expect(await statuses()).toEqual(['completed', 'cancelled', 'completed'])
  })

  test('what was let in before a restart counts after it', async () => {
    await engine.publish(playbook(steps, delayed))
    await capture(3)
    await engine.brain.stop()
    engine.clock.advance(HOUR / 2)
    await engine.brain.start()
    await capture(1)
    expect(await statuses()).toEqual(['completed', 'completed', 'queued', 'queued'])
    await engine.advance(HOUR / 2)
    expect(await statuses()).toEqual(['completed', 'completed', 'completed', 'completed'])
  })
})

test('two processes that dispatch at the same moment let no more in together', async () => {
  const engine = await startEngine('postgres')
  let other: OpenCore | undefined
  try {
    await engine.brain.stop()
    await engine.publish(playbook(steps, 'rateLimit: { limit: 1, per: 1h }'))
    other = await openCore(engine.config, { clock: engine.clock })
    await other.plugins.load(engine.workspaceId)
    for (let round = 0; round < 15; round++) {
      for (const name of ['a', 'b']) await engine.capture({ email: `${name}-${round}@acme.com` })
      await Promise.all([dispatchEvents(seeingOnly(0, engine)), dispatchEvents(seeingOnly(1, other))])
      await dispatchEvents(engine) // where the first was done before the second looked
    }
    expect(await engine.count('runs')).toBe(30)
    expect(await engine.count('(select distinct due_at from runs) as dues', 'true')).toBe(30)
  } finally {
    await other?.close()
    await engine.close()
  }
})
