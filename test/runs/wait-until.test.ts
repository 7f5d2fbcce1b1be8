import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { DATABASE_KINDS } from '../support/database.ts'
import { type Engine, startEngine } from '../support/engine.ts'
import { playbook } from './support.ts'

const HOUR = 60 * 60_000

describe.each(DATABASE_KINDS)('waits until a time of day on %s', kind => {
  let engine: Engine
  beforeAll(async () => {
    engine = await startEngine(kind)
  })
  afterAll(() => engine.close())
  afterEach(() => engine.wipe())

  async function waitsUntil(wait: string, now: string, lead: Record<string, unknown> = {}): Promise<string> {
    await engine.wipe()
    engine.clock.advance(Date.parse(now) - engine.clock.now().getTime())
    await engine.publish(playbook(`- wait: ${wait}`))
    await engine.capture(lead)
    await engine.settled()
    const { reason } = await engine.run()
    return (reason as { until: string }).until
  }

  test('the next one, on one of its days, by the clock of the zone', async () => {
    const zone = 'timezone: America/Sao_Paulo'
    expect(await waitsUntil(`{ until: "09:00", ${zone} }`, '2027-03-01T11:59:00Z')).toBe('2027-03-01T12:00:00.000Z')
    expect(await waitsUntil(`{ until: "09:00", ${zone} }`, '2027-03-01T12:00:00Z')).toBe('2027-03-02T12:00:00.000Z')
    expect(await waitsUntil(`{ until: "09:00", days: [thu, sun], ${zone} }`, '2027-03-02T12:00:00Z')).toBe(
      '2027-03-04T12:00:00.000Z',
    )
    expect(await waitsUntil(`{ until: '\${{ "14:" + "30" }}', timezone: Asia/Tokyo }`, '2027-03-05T00:00:00Z')).toBe(
      '2027-03-05T05:30:00.000Z',
    )
    expect(await waitsUntil('{ until: 2027-03-09T08:00:00-03:00 }', '2027-03-06T00:00:00Z')).toBe(
      '2027-03-09T11:00:00.000Z',
    )
  })

  test('without a zone it is the lead’s where it is known, else the workspace’s', async () => {
    expect(await waitsUntil('{ until: "09:00" }', '2027-03-10T01:00:00Z', { phone: '+55 68 99999-0000' })).toBe(
      '2027-03-10T14:00:00.000Z',
    )
    expect(await waitsUntil('{ until: "09:00" }', '2027-03-11T01:00:00Z')).toBe('2027-03-11T12:00:00.000Z')
  })

  test('a time that the clocks skip ends at the end of the gap, one that comes twice at the first', async () => {
    const zone = 'timezone: America/New_York'
    expect(await waitsUntil(`{ until: "02:30", ${zone} }`, '2027-03-14T06:00:00Z')).toBe('2027-03-14T07:00:00.000Z')
    expect(await waitsUntil(`{ until: "01:30", ${zone} }`, '2027-11-07T04:00:00Z')).toBe('2027-11-07T05:30:00.000Z')
  })

  test('the moment stays as it was fixed, over a restart and in a branch of an iteration', async () => {
    engine.clock.advance(Date.parse('2027-12-01T10:00:00Z') - engine.clock.now().getTime())
    await engine.publish(
      playbook(`
- id: each
  forEach: { in: '\${{ ["09:00", "11:00"] }}', as: time, limit: 2 }
  do:
    - id: side
      parallel:
        branches:
          wait: [{ id: pause, wait: { until: '\${{ vars.time }}', timezone: UTC } }]
- return: \${{ steps.each.output.map(o, o.wait.until) }}`),
    )
    await engine.capture()
    await engine.settled()
    await engine.advance(HOUR)
    await engine.brain.stop()
    await engine.brain.start()
    await engine.advance(22 * HOUR)
    expect(await engine.run()).toMatchObject({
      status: 'completed',
      output: ['2027-12-02T09:00:00.000Z', '2027-12-01T11:00:00.000Z'],
    })
  })
})
