import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openCore, type OpenCore } from '../../core/core.ts'
import { dispatchEvents } from '../../core/triggers/dispatch-events.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { type Engine, startEngine } from '../support/engine.ts'
import { playbook } from './support.ts'

const MINUTE = 60_000
const debounced = (rest = '', max = '') =>
  playbook(
    "- return: { text: '${{ event.text }}' }",
    `debounce: { key: '\${{ event.leadId }}', quiet: 5m${max} }\n${rest}`,
  ).replace('lead.captured', 'message.received')

describe.each(DATABASE_KINDS)('debounce on %s', kind => {
  let engine: Engine
  beforeAll(async () => {
    engine = await startEngine(kind)
  })
  afterAll(() => engine.close())
  afterEach(async () => {
    await engine.wipe()
    await engine.brain.start()
  })

  async function say(text: string, leadId = 'ana'): Promise<void> {
    await engine.emit('message.received', { leadId, text })
    await engine.settled()
  }

  test('many events in a row are one run, for the last, once it has been quiet; other keys are apart', async () => {
    await engine.publish(debounced())
    await say('Oi')
    await say('Bom dia', 'bia')
    await engine.advance(4 * MINUTE)
    await say('Queria')
    await say('um orçamento')
    const until = new Date(engine.clock.now().getTime() + 5 * MINUTE).toISOString()
    expect((await engine.runs()).map(run => [run.status, run.reason?.code, run.reason?.until])).toContainEqual([
      'queued',
      'DEBOUNCE',
      until,
    ])
    await engine.advance(4 * MINUTE)
    expect((await engine.runs()).map(run => run.output)).toEqual([{ text: 'Bom dia' }, null])
    await engine.advance(MINUTE)
    expect((await engine.runs()).map(run => run.output)).toEqual([{ text: 'Bom dia' }, { text: 'um orçamento' }])
  })

  test('it is postponed no further than max after the first event', async () => {
    await engine.publish(debounced('', ', max: 12m'))
    for (const text of ['1', '2', '3']) {
      await say(text)
      await engine.advance(4 * MINUTE)
    }
    expect(await engine.run()).toMatchObject({ status: 'completed', output: { text: '3' } })
    await say('4')
    expect(await engine.count('runs')).toBe(2)
  })

  test('a restart in the quiet time loses nothing and starts nothing twice', async () => {
    await engine.publish(debounced())
    await say('1')
    await engine.brain.stop()
    await engine.emit('message.received', { leadId: 'ana', text: '2' })
    engine.clock.advance(2 * MINUTE)
    await engine.brain.start()
    await engine.settled()
    expect(await engine.run()).toMatchObject({ status: 'queued' })
    await engine.advance(5 * MINUTE)
    expect(await engine.run()).toMatchObject({ status: 'completed', output: { text: '2' } })
  })

  test('an event after the quiet time is another run, also where the first had no worker yet', async () => {
    await engine.publish(debounced())
    await say('1')
    await engine.brain.stop()
    engine.clock.advance(6 * MINUTE)
    await engine.emit('message.received', { leadId: 'ana', text: '2' })
    await dispatchEvents(engine)
    await engine.brain.start()
    await engine.settled()
    await engine.advance(5 * MINUTE)
    expect((await engine.runs()).map(run => run.output)).toEqual([{ text: '2' }, { text: '1' }])
  })

  test('a subject that is under way is not postponed into the playbook', async () => {
    await engine.publish(
      debounced("enrollment: { subject: '${{ event.leadId }}', reenter: true }").replace(
        '- return',
        '- wait: 1h\n  - return',
      ),
    )
    const ana = await engine.capture()
    await say('1', ana)
    await say('2', ana)
    await engine.advance(5 * MINUTE)
    expect((await engine.run()).status).toBe('waiting')
    await say('3', ana)
    expect(await engine.count('runs')).toBe(1)
    await engine.advance(60 * MINUTE)
    expect(await engine.run()).toMatchObject({ status: 'completed', output: { text: '2' } })
  })
})

test('two processes that dispatch events of one key at the same moment make one run', async () => {
  const engine = await startEngine('postgres')
  let other: OpenCore | undefined
  try {
    await engine.brain.stop()
    await engine.publish(debounced())
    other = await openCore(engine.config, { clock: engine.clock })
    await other.plugins.load(engine.workspaceId)
    for (let round = 0; round < 15; round++) {
      await engine.emit('message.received', { leadId: `lead ${round}`, text: '1' })
      const first = dispatchEvents(engine)
      await engine.emit('message.received', { leadId: `lead ${round}`, text: '2' })
      await Promise.all([first, dispatchEvents(other), dispatchEvents(engine)])
    }
    expect(await engine.count('runs')).toBe(15)
    expect(await engine.count('events', 'dispatched_at is null')).toBe(0)
    expect(await engine.count('runs r join events e on e.id = r.event_id', "e.data->>'text' = '2'")).toBe(15)
  } finally {
    await other?.close()
    await engine.close()
  }
})
