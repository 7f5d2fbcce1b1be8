import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { DATABASE_KINDS } from '../support/database.ts'
import { type Engine, startEngine } from '../support/engine.ts'
import { playbook } from './support.ts'

const HOUR = 3_600_000
const OFFICE = 'sendWindow: { from: "09:00", to: "18:00", spread: 30m }'
const mark = (text: string) => `- id: ${text}\n  uses: probe/mark\n  with: { leadId: '\${{ lead.id }}', text: ${text} }`

describe.each(DATABASE_KINDS)('before an effect, on %s', kind => {
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
  const unsubscribe = () =>
    engine.sql.query({ name: '', text: 'update leads set unsubscribed_at = $1' }, [engine.clock.now()])
  /** Moves the clock to the next time that clocks in UTC show this hour. */
  async function goTo(hour: number): Promise<void> {
    const now = engine.clock.now()
    const ahead = (hour * HOUR - (now.getTime() % (24 * HOUR)) + 24 * HOUR) % (24 * HOUR)
    await engine.advance(ahead)
  }

  test('within the send window it is sent at once; outside, the run says until when it waits, and sends then', async () => {
    await goTo(15) // a Monday, or any day that the clock has come to: the window has all days
    const always = OFFICE.replace('{', '{ days: [mon, tue, wed, thu, fri, sat, sun], holidays: none,')
    await engine.publish(playbook(`${mark('first')}\n- wait: 8h\n${mark('second')}`, always))
    await engine.capture()
    await engine.settled()
    expect(await sent()).toBe(1)
    await engine.advance(8 * HOUR) // 20:00 in São Paulo
    const run = await engine.run()
    expect(run).toMatchObject({ status: 'waiting', reason: { code: 'SEND_WINDOW' } })
    const until = new Date(run.reason!.until!)
    expect(until.toISOString()).toMatch(/T12:[0-2]\d:/) // 09:00 to 09:30 in São Paulo
    expect(await sent()).toBe(1)
    await engine.brain.stop() // a restart within the spread sends no earlier
    engine.clock.advance(until.getTime() - engine.clock.now().getTime() - 1)
    await engine.brain.start()
    await engine.settled()
    expect((await engine.run()).reason).toMatchObject({ code: 'SEND_WINDOW', until: until.toISOString() })
    expect(await sent()).toBe(1)
    await engine.advance(1)
    expect((await engine.run()).status).toBe('completed')
    expect(await sent()).toBe(2)
  })

  test('the window is that of the place where the lead lives', async () => {
    await goTo(12) // 09:00 in São Paulo, 07:00 in Rio Branco
    await engine.publish(
      playbook(mark('only'), OFFICE.replace('{', '{ days: [mon, tue, wed, thu, fri, sat, sun], holidays: none,')),
    )
    await engine.capture({ phone: '+5568999991111' })
    await engine.settled()
    expect((await engine.run()).reason?.until).toMatch(/T14:[0-2]\d:/)
    await engine.capture({ email: 'bia@acme.com.br', phone: '+5511999991111' })
    await engine.settled()
    expect(await sent()).toBe(1)
  })

  test('a worker that comes too late for the opening waits for the next one', async () => {
    await goTo(23)
    await engine.publish(
      playbook(mark('only'), OFFICE.replace('{', '{ days: [mon, tue, wed, thu, fri, sat, sun], holidays: none,')),
    )
    await engine.capture()
    await engine.settled()
    await engine.brain.stop()
    engine.clock.advance(24 * HOUR)
    await engine.brain.start()
    await engine.settled()
    expect(await sent()).toBe(0)
    await engine.advance(14 * HOUR)
    expect(await sent()).toBe(1)
  })

  test('nothing is sent to a lead that has unsubscribed meanwhile: the run is completed and says why', async () => {
    await engine.publish(playbook(`${mark('first')}\n- wait: 1d\n${mark('second')}\n- set: { a: 1 }`))
    await engine.capture()
    await engine.settled()
    await unsubscribe()
    await engine.advance(24 * HOUR)
    expect(await engine.run()).toMatchObject({
      status: 'completed',
      reason: { code: 'SUPPRESSED', message: expect.stringMatching(/^second was not sent/) },
    })
    expect(await sent()).toBe(1)
    expect(await engine.count('effects')).toBe(1)
  })

  test('a lead that unsubscribes while the run executes is sent nothing either', async () => {
    await engine.publish(playbook(`- uses: probe/pause\n  with: { ms: 1500 }\n${mark('only')}`))
    await engine.capture()
    for (let tries = 0; tries < 500 && (await engine.count('runs', "status = 'running'")) === 0; tries++)
      await new Promise(resolve => setTimeout(resolve, 10))
    await unsubscribe()
    await engine.settled()
    expect((await engine.run()).reason?.code).toBe('SUPPRESSED')
    expect(await sent()).toBe(0)
  })

  test('exitWhen ends the run before the effect and after the wait at which it comes true', async () => {
    const exit = "enrollment: { subject: '${{ event.leadId }}', exitWhen: '${{ lead.status == \"CONVERTED\" }}' }"
    await engine.publish(playbook(`${mark('first')}\n- wait: 1d\n- set: { a: 1 }\n${mark('second')}`, exit))
    await engine.capture()
    await engine.settled()
    expect(await sent()).toBe(1)
    await engine.sql.query({ name: '', text: "update leads set status = 'CONVERTED'" })
    await engine.advance(24 * HOUR)
    const run = await engine.run()
    expect(run).toMatchObject({ status: 'completed', reason: { code: 'EXIT' } })
    expect((await engine.steps(run.id))['2']!.status).not.toBe('completed')
    await engine.brain.stop()
    await engine.capture({ email: 'bia@acme.com.br' })
    await engine.sql.query({ name: '', text: "update leads set status = 'CONVERTED'" })
    await engine.brain.start()
    await engine.settled()
    expect((await engine.runs()).map(other => other.reason?.code)).toEqual(['EXIT', 'EXIT'])
    expect(await sent()).toBe(1)
  })

  test('finally runs after an early end', async () => {
    await engine.publish(playbook(mark('only'), 'finally:\n  - id: last\n    set: { how: "${{ run.status }}" }'))
    await engine.brain.stop()
    await engine.capture()
    await unsubscribe()
    await engine.brain.start()
    await engine.settled()
    const run = await engine.run()
    expect(run).toMatchObject({ status: 'completed', reason: { code: 'SUPPRESSED' } })
    expect((await engine.steps(run.id))['finally.last']!.output).toEqual({ how: 'completed' })
  })
})
