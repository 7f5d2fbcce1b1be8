import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { appendEvent } from '../../core/events/append-event.ts'
import { isId } from '../../core/ids.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { type Engine, startEngine } from '../support/engine.ts'
import { playbook } from './support.ts'

const DAY = 24 * 60 * 60_000

describe.each(DATABASE_KINDS)('Promise 6, waits: waitFor on %s', kind => {
  let engine: Engine
  beforeAll(async () => {
    engine = await startEngine(kind)
  })
  afterAll(() => engine.close())
  afterEach(() => engine.wipe())

  /** The worker stops and another takes its runs up from what is stored. */
  async function restart(): Promise<void> {
    await engine.brain.stop()
    await engine.brain.start()
    await engine.settled()
  }
  async function happens(type: string, data: Record<string, unknown>): Promise<void> {
    await engine.emit(type, data, isId(data['leadId']) ? data['leadId'] : null)
    await engine.settled()
  }
  const begin = async (steps: string, rest = '') => {
    await engine.publish(playbook(steps, rest))
    const leadId = await engine.capture()
    await engine.settled()
    return leadId
  }
  const both = `
- id: papers
  waitFor:
    all:
      - { event: contract.signed, correlate: { leadId: '\${{ lead.id }}' } }
      - { event: invoice.paid, correlate: { leadId: '\${{ lead.id }}' }, if: '\${{ event.value >= 100 }}' }
    timeout: 5d`
  const papers = "outputs: { papers: '${{ steps.papers.output }}' }"

  test('all ends when each has come, whatever their order, with the events in the order of the playbook', async () => {
    const leadId = await begin(both, papers)
    expect((await engine.run()).reason).toMatchObject({
      code: 'EVENT',
      message: expect.stringContaining('waits for contract.signed and invoice.paid (0 of 2 came)'),
    })
    await happens('invoice.paid', { leadId, value: 100 })
    await happens('invoice.paid', { leadId, value: 900 })
    await happens('contract.signed', { leadId: 'of somebody else' })
    const half = await engine.run()
    expect(half).toMatchObject({ status: 'waiting' })
    expect(half.reason).toMatchObject({ message: expect.stringContaining('contract.signed (1 of 2 came)') })
    await happens('contract.signed', { leadId, by: 'Ana' })
    expect(await engine.run()).toMatchObject({
      status: 'completed',
      output: {
        papers: {
          timedOut: false,
          events: [
            { type: 'contract.signed', data: { leadId, by: 'Ana' } },
            { type: 'invoice.paid', data: { leadId, value: 100 } },
          ],
        },
      },
    })
    expect(await engine.count('waits', "status = 'open'")).toBe(0)
  })

  test('a timeout ends all with what has come by then; what comes later changes nothing', async () => {
    const leadId = await begin(`${both}\n- wait: 30d`, papers)
    await happens('invoice.paid', { leadId, value: 100 })
    await engine.advance(5 * DAY)
    expect(await engine.count('waits', "status = 'open'")).toBe(1)
    await happens('contract.signed', { leadId })
    await engine.advance(30 * DAY)
    expect(await engine.run()).toMatchObject({
      status: 'completed',
      output: { papers: { timedOut: true, events: [null, { data: { value: 100 } }] } },
    })
  })

  test('events that came before the step count, also where one of them is refused', async () => {
    const leadId = await begin(`- wait: 1d\n${both.trim()}`, papers)
    await happens('invoice.paid', { leadId, value: 1 })
    await happens('invoice.paid', { leadId, value: 200 })
    await happens('contract.signed', { leadId })
    await engine.advance(DAY)
    expect(await engine.run()).toMatchObject({
      status: 'completed',
      output: { papers: { events: [{ type: 'contract.signed' }, { data: { value: 200 } }] } },
    })
  })

  test('what came is kept when the worker changes between two events, and what was true of it then stays so', async () => {
    const leadId = await begin(
      both.replace('event.value >= 100', 'event.value >= 100 && lead.name == "Ana Souza"'),
      papers,
    )
    await happens('invoice.paid', { leadId, value: 100 })
    await engine.brain.stop()
    await engine.capture({ name: 'Ana Maria' })
    await engine.emit('contract.signed', { leadId }, leadId)
    await engine.brain.start()
    await engine.settled()
    await restart()
    const [run] = (await engine.runs()).filter(run => run.subjectId === leadId).toReversed()
    expect(run).toMatchObject({ status: 'completed', output: { papers: { timedOut: false } } })
  })

  test('one event counts for every entry that it fits, and for no later wait', async () => {
    const entry = "{ event: message.received, correlate: { leadId: '${{ lead.id }}' } }"
    const leadId = await begin(
      `
- wait: 1d
- id: twice
  waitFor: { all: [${entry}, ${entry}], timeout: 1d }
- id: later
  waitFor: { one: ${entry}, timeout: 1d }`,
      "outputs: { twice: '${{ steps.twice.output.timedOut }}', later: '${{ steps.later.output.timedOut }}' }",
    )
    await happens('message.received', { leadId, text: 'oi' })
    await engine.advance(DAY)
    expect((await engine.steps((await engine.run()).id))['twice']!.status).toBe('completed')
    await engine.advance(DAY)
    expect(await engine.run()).toMatchObject({ status: 'completed', output: { twice: false, later: true } })
  })

  const answers = `
- id: answer
  waitFor: { one: { event: offer.answered, correlate: { leadId: '\${{ lead.id }}' } }, timeout: 1d }
- if: '\${{ steps.answer.output.timedOut }}'
  then: [{ id: late, set: { late: true } }]
  else: [{ id: heard, set: { heard: true } }]`

  test('an event and the timeout in the same moment: exactly one of the two ends each wait, and the run goes its way', async () => {
    await engine.publish(playbook(answers, "outputs: { answer: '${{ steps.answer.output }}' }"))
    const leads = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        engine.capture({ name: `Lead ${index}`, email: `race-${index}@acme.com.br` }),
      ),
    )
    await engine.settled()
    engine.clock.advance(DAY) // from here on whoever looks first finds the time up; events come while workers look
    await Promise.all(leads.map(leadId => engine.emit('offer.answered', { leadId }, leadId)))
    await engine.settled()
    const runs = await engine.runs()
    expect(runs).toHaveLength(30)
    for (const run of runs) {
      expect(run.status).toBe('completed')
      const { answer } = run.output as { answer: { timedOut: boolean; data?: unknown } }
      expect(answer.data).toEqual(answer.timedOut ? undefined : { leadId: run.subjectId })
      const steps = Object.entries(await engine.steps(run.id))
      const done = steps
        .filter(([path, { status }]) => status === 'completed' && /late|heard/.test(path))
        .map(([path]) => path)
      expect(done).toEqual([expect.stringContaining(answer.timedOut ? 'late' : 'heard')])
      const [wait] = await engine.sql.query<{ status: string; heard: boolean }>({
        name: '',
        text: `select status, event_id is not null as heard from waits where run_id = '${run.id}' and path = 'answer'`,
      })
      expect(wait).toEqual(answer.timedOut ? { status: 'due', heard: false } : { status: 'event', heard: true })
    }
  })

  test('an event that a run finds by itself before it is dispatched is not heard again by the next wait', async () => {
    const entry = "{ event: message.received, correlate: { leadId: '${{ lead.id }}' } }"
    const leadId = await begin(
      `
- { id: first, waitFor: { one: ${entry}, timeout: 1d } }
- { id: second, waitFor: { one: ${entry}, timeout: 1d } }`,
      "outputs: { first: '${{ steps.first.output.timedOut }}', second: '${{ steps.second.output.timedOut }}' }",
    )
    const heldBack = (held: boolean) => ({
      name: '',
      text: `update events set dispatched_at = ${held ? 'created_at' : 'null'} where type = 'message.received'`,
    })
    engine.clock.advance(DAY) // its time is up: it is looked at while the event waits for its dispatcher
    const event = { type: 'message.received', subjectId: leadId, data: { leadId }, source: 'test' }
    await engine.sql.transaction(async tx => {
      await appendEvent(tx, engine.workspaceId, event, engine.clock.now())
      await tx.query(heldBack(true))
    })
    engine.queue.ring('run', (await engine.run()).id)
    await expect.poll(() => engine.count('waits', "path = 'second'")).toBe(1)
    await engine.sql.query(heldBack(false))
    engine.queue.ring('events')
    await engine.settled()
    expect(await engine.run()).toMatchObject({ status: 'waiting' })
    await engine.advance(DAY)
    expect(await engine.run()).toMatchObject({ status: 'completed', output: { first: false, second: true } })
  })

  test('one event ends the waits of all runs that listen for it, once each', async () => {
    await engine.publish(
      playbook(
        `
- { id: campaign, waitFor: { one: { event: campaign.ended, correlate: { name: Black Friday } }, timeout: 30d } }
- { id: again, waitFor: { one: { event: campaign.ended, correlate: { name: Black Friday } }, timeout: 2d } }`,
        "outputs: { first: '${{ steps.campaign.output.data.name }}', again: '${{ steps.again.output.timedOut }}' }",
      ),
    )
    await Promise.all(
      Array.from({ length: 25 }, (_, index) =>
        engine.capture({ name: `Lead ${index}`, email: `all-${index}@acme.com.br` }),
      ),
    )
    await engine.settled()
    expect(await engine.count('waits', "status = 'open' and path = 'campaign'")).toBe(25)
    await happens('campaign.ended', { name: 'Natal' })
    expect(await engine.count('waits', "status = 'open' and path = 'campaign'")).toBe(25)
    await happens('campaign.ended', { name: 'Black Friday' })
    expect(await engine.count('waits', "status = 'open' and path = 'again'")).toBe(25) // the same event counts for no later wait
    await engine.advance(2 * DAY)
    const runs = await engine.runs()
    expect(new Set(runs.map(run => run.status))).toEqual(new Set(['completed']))
    const outputs = runs.map(run => run.output as { first: string; again: boolean })
    expect(outputs).toEqual(Array.from({ length: 25 }, () => ({ first: 'Black Friday', again: true })))
  })

  test('an event whose if is false does not hide one that came before it', async () => {
    const leadId = await begin(
      `
- wait: 1d
- id: big
  waitFor:
    one: { event: invoice.paid, correlate: { leadId: '\${{ lead.id }}' }, if: '\${{ event.value == vars.wanted }}' }
    timeout: 9d
- return: \${{ steps.big.output.data.value }}`.replace('- wait: 1d', '- set: { wanted: 3 }\n- wait: 1d'),
    )
    for (const value of [1, 2, 3]) await happens('invoice.paid', { leadId, value })
    await engine.advance(DAY)
    expect(await engine.run()).toMatchObject({ status: 'completed', output: 3 })
  })

  test('in a branch in a loop, over a restart: each iteration waits for its own', async () => {
    await begin(
      `
- id: each
  forEach: { in: '\${{ ["a", "b"] }}', as: order, limit: 2 }
  do:
    - id: side
      parallel:
        mode: race
        branches:
          papers:
            - id: done
              waitFor:
                all:
                  - { event: order.packed, correlate: { order: '\${{ vars.order }}' } }
                  - { event: order.paid, correlate: { order: '\${{ vars.order }}' } }
          patience: [{ wait: 9d }]
    - set: { winner: '\${{ steps.side.output.winner }}' }
`,
      "outputs: { all: '${{ steps.each.output }}' }",
    )
    await happens('order.packed', { order: 'a' })
    await happens('order.paid', { order: 'b' })
    await restart()
    expect(await engine.run()).toMatchObject({ status: 'waiting' })
    await happens('order.paid', { order: 'a' })
    await restart()
    await engine.advance(9 * DAY)
    expect(await engine.run()).toMatchObject({
      status: 'completed',
      output: { all: [{ winner: 'papers' }, { winner: 'patience' }] },
    })
    expect(await engine.count('waits', "status = 'open'")).toBe(0)
  })

  test('an attempt that ran out of time waits for all of it anew', async () => {
    const leadId = await begin(`${both.replace('timeout: 5d', '')}
  timeout: 1d
  retry: { maxAttempts: 2, delay: 1h, jitter: 0 }`)
    await happens('contract.signed', { leadId })
    await engine.advance(DAY)
    expect((await engine.run()).status).toBe('retrying')
    await engine.advance(60 * 60_000)
    await happens('invoice.paid', { leadId, value: 500 })
    expect((await engine.run()).status).toBe('completed')
  })
})
