import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { cancelRun } from '../../core/runs/cancel-run.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { type Engine, startEngine } from '../support/engine.ts'
import { playbook } from './support.ts'

/** Far less than what the calls here would take by themselves: ten minutes. */
const PATIENCE = { timeout: 60_000, interval: 50 }
const HANG = 'uses: probe/hang'
const hangSending = (text: string) => `uses: probe/hang-sending, with: { leadId: '\${{ lead.id }}', text: '${text}' }`
const WON = (loser: string) => `- parallel:
    mode: race
    branches:
      loser: [{ id: lost, ${loser} }]
      winner: [{ waitFor: { any: [{ event: it.happens, correlate: { leadId: '\${{ lead.id }}' } }], timeout: 400d } }]`

describe.each(DATABASE_KINDS)('a call that nobody wants any more, on %s', { timeout: 120_000 }, kind => {
  let engine: Engine
  beforeAll(async () => {
    engine = await startEngine(kind, { TRAE_LEASE_SECONDS: '600' })
  }, 120_000)
  afterAll(() => engine.close())
  afterEach(() => engine.wipe())

  const statuses = async () => (await engine.runs()).map(({ status }) => status)
  const isUnderWay = async () => (await engine.count('waits', "status = 'open'")) > 0
  const start = async (steps: string, rest = '') => {
    await engine.publish(playbook(steps, rest))
    const leadId = await engine.capture()
    await expect.poll(isUnderWay, PATIENCE).toBe(true)
    return { happens: () => engine.emit('it.happens', { leadId }, leadId) }
  }

  // A run is parked when nothing is left to do but wait: while the call is under way it is not.
  test('of a branch that lost is broken off, where it reads', async () => {
    const { happens } = await start(`${WON(HANG)}\n- wait: 400d`)
    await happens()
    await expect.poll(statuses, PATIENCE).toEqual(['waiting'])
  })

  test('when the time of the steps around it is up, and the next attempt makes another', async () => {
    await start(`- parallel: { branches: { a: [{ ${HANG} }] } }
  timeout: 2h
  retry: { maxAttempts: 2, delay: 1h }
  onError: continue
- wait: 400d`)
    for (const expected of ['retrying', 'waiting']) {
      const limits = () => engine.count('waits', "kind = 'timeout' and status = 'open'")
      await expect.poll(limits, PATIENCE).toBe(1)
      engine.clock.advance(2 * 3600_000)
      await expect.poll(statuses, PATIENCE).toEqual([expected])
      engine.clock.advance(3600_000)
    }
  })

  test('of an iteration, when another one has failed', async () => {
    const { happens } = await start(`- forEach: { in: '\${{ [1, 2] }}', as: n, limit: 2 }
  onError: continue
  do:
    - if: '\${{ vars.n == 1 }}'
      ${HANG}
    - waitFor: { any: [{ event: it.happens, correlate: { leadId: '\${{ lead.id }}' } }], timeout: 400d }
    - raise: { code: ENOUGH, message: enough }
- wait: 400d`)
    await happens()
    await expect.poll(statuses, PATIENCE).toEqual(['waiting'])
  })

  test('in `finally` as well', async () => {
    const { happens } = await start('- set: { n: 1 }', `finally:\n${WON(HANG)}\n- wait: 400d`)
    await happens()
    await expect.poll(statuses, PATIENCE).toEqual(['waiting'])
  })

  test.each([
    ['that is being sent gets no answer: nobody knows whether it arrived', 'sent', 'unknown'],
    ['that has sent nothing yet has not happened', '', 'failed'],
  ])('and %s', async (_, text, status) => {
    const { happens } = await start(WON(hangSending(text)))
    await expect.poll(() => engine.count('effects'), PATIENCE).toBe(1)
    if (text !== '') await expect.poll(() => engine.count('activities', "kind = 'NOTE'"), PATIENCE).toBe(1)
    await happens()
    await expect.poll(statuses, PATIENCE).toEqual(['completed'])
    expect(await engine.count('effects', `status = '${status}'`)).toBe(1)
    const { id } = await engine.run()
    expect(Object.values(await engine.steps(id)).find(step => step.path.endsWith('lost'))).toMatchObject({
      status: 'cancelled',
    })
  })

  test('goes on where the run does not need it to end', async () => {
    const { happens } = await start(`- parallel:
    mode: settled
    branches:
      reads: [{ ${HANG} }]
      fails: [{ raise: { code: ENOUGH, message: enough } }]
      waits: [{ waitFor: { any: [{ event: it.happens, correlate: { leadId: '\${{ lead.id }}' } }], timeout: 400d } }]`)
    await happens()
    await expect.poll(async () => (await engine.count('waits', "status = 'open'")) === 0, PATIENCE).toBe(true)
    const { id, status } = await engine.run()
    expect(status).toBe('running')
    await cancelRun(engine, engine.workspaceId, id, { by: 'test' })
    await expect.poll(statuses, PATIENCE).toEqual(['cancelled'])
  })
})
