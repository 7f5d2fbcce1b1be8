import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openCore } from '../../core/core.ts'
import { fireSchedules } from '../../core/triggers/fire-schedules.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { type Engine, startEngine } from '../support/engine.ts'
import { pauseAll } from '../support/pause-all.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

const playbook = (triggers: string, steps = '- set: { at: "${{ event.scheduledAt }}" }', more = '') => `
id: clockwork
name: Clockwork
module: gestao
inputs: { part: { type: string, default: none } }
triggers: ${triggers}
steps:
  ${steps}
outputs: { at: '\${{ event.scheduledAt }}', missed: '\${{ event.missed }}', part: '\${{ inputs.part }}' }
${more}`

describe.each(DATABASE_KINDS)('Promise 10, schedules, on %s', kind => {
  let engine: Engine
  beforeAll(async () => {
    engine = await startEngine(kind)
  })
  afterAll(() => engine.close())
  /** A day of its own for each test: at noon, with nothing there. */
  const start = (triggers: string, steps?: string) => engine.publish(playbook(triggers, steps))
  afterEach(async () => {
    await engine.brain.stop()
    await engine.wipe()
    engine.clock.advance(24 * HOUR - ((engine.clock.now().getTime() - 12 * HOUR) % (24 * HOUR)))
    await engine.brain.start()
  })
  /** Ticks that have fired, in hours and minutes. */
  const ticks = async () =>
    (await engine.runs()).map(run => (run.output as { at: string } | null)?.at.slice(11, 16) ?? run.status).toReversed()
  const schedules = () =>
    engine.sql.query<{ trigger: string; next_at: Date | null; ended_at: Date | null; revision: number }>({
      name: '',
      text: 'select trigger, next_at, ended_at, revision from schedules order by created_at, trigger',
    })

  it('fire at their times with their inputs, in the local time of their zone', async () => {
    await start(`
  - schedule: { every: 90m, inputs: { part: '\${{ event.schedule }}' } }
  - schedule: { cron: '0 10 * * *', timezone: America/Sao_Paulo }`)
    await engine.advance(HOUR)
    expect((await engine.run()).output).toEqual({ at: '2026-03-02T13:00:00.000Z', missed: false, part: 'none' })
    await engine.advance(30 * MINUTE)
    expect((await engine.runs())[0]!.output).toEqual({
      at: '2026-03-02T13:30:00.000Z',
      missed: false,
      part: 'every 1h30m',
    })
    for (let hour = 0; hour < 24; hour++) await engine.advance(HOUR)
    const all = await ticks()
    expect(all.filter(at => at === '13:00')).toHaveLength(2)
  })

  it.each([
    ['all', ['13:00', '14:00', '15:00', '16:00']],
    ['last', ['16:00']],
    ['none', []],
  ])('after a downtime, missed: %s', async (missed, expected) => {
    await start(`[ { schedule: { every: 1h, missed: ${missed} } } ]`)
    await engine.brain.stop()
    engine.clock.advance(4 * HOUR + 10 * MINUTE)
    await engine.brain.start()
    await engine.settled()
    expect((await ticks()).toSorted()).toEqual(expected)
    await engine.advance(50 * MINUTE)
    expect((await ticks()).toSorted()).toEqual([...expected, '17:00'])
  })

  it('fire once a tick, however many schedulers look at once', async () => {
    await start(`
  - schedule: { every: 1h, missed: all }
  - schedule: { cron: '*/30 * * * *', timezone: UTC, missed: all }`)
    await engine.brain.stop()
    const second = kind === 'postgres' ? await openCore(engine.config, { clock: engine.clock, pollMs: 20 }) : undefined
    try {
      for (let round = 1; round <= 5; round++) {
        engine.clock.advance(HOUR)
        const cores = [engine, second ?? engine, engine, second ?? engine]
        const fired = await Promise.all(cores.map(core => fireSchedules(core)))
        expect(fired.reduce((sum, count) => sum + count)).toBe(3)
      }
    } finally {
      await second?.close(0)
    }
    await engine.brain.start()
    await engine.settled()
    expect(await engine.runs()).toHaveLength(15)
    expect(await engine.count('(select distinct dedupe_key from events) d')).toBe(15)
  })

  it('that did not change keep their next tick when a new version is published', async () => {
    await start(`
  - schedule: { every: 1h }
  - schedule: { cron: '0 9 * * *', timezone: UTC }
  - schedule: { id: other, every: 2h }`)
    engine.clock.advance(40 * MINUTE)
    const before = await schedules()
    await engine.publish(
      playbook(`
  - schedule: { cron: '0 9 * * *', timezone: UTC, inputs: { part: morning } }
  - schedule: { every: 1h }
  - schedule: { id: other, every: 3h }`),
    )
    const [cron, hourly, other] = await schedules()
    expect([cron, hourly]).toEqual(before.slice(0, 2)) // not touched at all
    expect(other!.next_at).toEqual(new Date(engine.clock.now().getTime() + 3 * HOUR)) // another time
    await engine.advance(20 * MINUTE)
    expect(await ticks()).toEqual(['13:00'])
  })

  it('end with their trigger, and begin anew when it comes back', async () => {
    await start('[ { schedule: { every: 1h } } ]')
    await engine.publish(playbook('[ { manual: true } ]'))
    expect((await schedules())[0]).toMatchObject({ next_at: null, ended_at: engine.clock.now() })
    await engine.advance(3 * HOUR)
    expect(await engine.runs()).toEqual([])
    await engine.publish(playbook('[ { schedule: { every: 1h } } ]'))
    await engine.advance(HOUR)
    expect(await ticks()).toEqual(['16:00'])
  })

  it('of a paused playbook fire nothing, and make up for nothing when it goes on', async () => {
    await start('[ { schedule: { every: 1h, missed: all } } ]')
    const resume = await pauseAll(engine)
    await engine.advance(3 * HOUR)
    expect(await engine.count('events')).toBe(0)
    await resume()
    await engine.settled()
    expect(await engine.count('events')).toBe(0)
    await engine.advance(HOUR)
    expect(await ticks()).toEqual(['16:00'])
  })

  describe('while the run of the tick before waits', () => {
    const wait = "- wait: '${{ minutes(150) }}'"

    it('overlap: allow starts another', async () => {
      await start('[ { schedule: { every: 1h } } ]', wait)
      await engine.advance(HOUR)
      await engine.advance(HOUR)
      expect((await engine.runs()).map(run => run.status)).toEqual(['waiting', 'waiting'])
    })

    it('overlap: skip leaves the tick out', async () => {
      await start('[ { schedule: { every: 1h, overlap: skip } } ]', wait)
      for (let hour = 0; hour < 3; hour++) await engine.advance(HOUR)
      expect(await ticks()).toEqual(['waiting']) // 14:00 and 15:00 are left out
      // One step over the end of the wait, and one to the tick: had both come due at once, either could be first
      await engine.advance(31 * MINUTE)
      expect(await ticks()).toEqual(['13:00'])
      await engine.advance(29 * MINUTE)
      expect(await ticks()).toEqual(['13:00', 'waiting'])
    })

    it('overlap: queue fires one after the other, in order', async () => {
      await start('[ { schedule: { every: 1h, overlap: queue } } ]', wait)
      for (let hour = 0; hour < 3; hour++) await engine.advance(HOUR)
      expect(await ticks()).toEqual(['waiting'])
      await engine.advance(31 * MINUTE) // 15:31
      await engine.advance(1000)
      expect(await ticks()).toEqual(['13:00', 'waiting'])
      await engine.advance(151 * MINUTE)
      await engine.advance(1000)
      expect(await ticks()).toEqual(['13:00', '14:00', 'waiting'])
    })
  })
})
