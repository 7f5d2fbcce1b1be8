import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openCore, type OpenCore } from '../../core/core.ts'
import { cancelRun } from '../../core/runs/cancel-run.ts'
import { restartRun } from '../../core/runs/restart-run.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { type Engine, startEngine } from '../support/engine.ts'
import { playbook } from './support.ts'

/** Far less than what the calls here would take by themselves: ten minutes. */
const PATIENCE = { timeout: 60_000, interval: 50 }
const HANG = '- id: slow\n  uses: probe/hang'
const hangSending = (text: string) =>
  `- id: slow\n  uses: probe/hang-sending\n  with: { leadId: '\${{ lead.id }}', text: '${text}' }`
/** It calls a plugin, and its call is not stopped with those before it. */
const FINALLY = `
finally:
  - id: last
    uses: probe/mark
    with: { leadId: '\${{ lead.id }}', text: 'over: \${{ run.status }}' }
`
const IN_A_LOOP = (steps: string) => `- id: each
  forEach: { in: '\${{ [1, 2] }}', as: n }
  do:
    - parallel:
        branches:
          a:
${steps.replace(/^/gm, '            ')}
          b:
            - wait: 400d`

describe.each(DATABASE_KINDS)('a run that is asked to stop, on %s', { timeout: 120_000 }, kind => {
  let engine: Engine
  let other: OpenCore | undefined
  beforeAll(async () => {
    engine = await startEngine(kind, { TRAE_LEASE_SECONDS: '600' }) // no heartbeat comes to help
    if (kind === 'postgres') other = await openCore(engine.config, { clock: engine.clock, pollMs: 20 }) // it does not hear the engine
  }, 120_000)
  afterAll(async () => {
    await other?.close(0)
    await engine.close()
  })
  afterEach(() => engine.wipe())

  const stop = async () => {
    const { id } = (await engine.runs()).find(({ parentRunId }) => parentRunId === null)!
    await cancelRun(other ?? engine, engine.workspaceId, id, { by: 'test' })
  }
  const statuses = async () => (await engine.runs()).map(({ status }) => status)
  const marks = async () =>
    (
      await engine.sql.query<{ summary: string }>({
        name: '',
        text: `select summary from activities where kind = 'NOTE' order by id`,
      })
    ).map(row => row.summary)

  test.each([
    ['a call that reads and does not end', HANG],
    ['such a call in a parallel in a loop', IN_A_LOOP(HANG)],
    ['a wait of 400 days', '- wait: 400d'],
    ['a wait for an event', '- waitFor: { one: { event: test.never, correlate: { id: 1 } }, timeout: 400d }'],
    [
      'an approval in a parallel in a loop',
      IN_A_LOOP('- approval: { title: Really, of: [owner@example.com], timeout: 30d }'),
    ],
    ['a retry', '- uses: probe/flaky\n  with: { failures: 9 }\n  retry: { maxAttempts: 9, delay: 1h }'],
  ])('in %s stops, and its finally runs', async (_, steps) => {
    await engine.publish(playbook(steps, FINALLY))
    await engine.capture()
    const stands = steps.includes('hang') ? "status = 'running'" : "status in ('waiting', 'retrying')"
    await expect.poll(() => engine.count('runs', stands), PATIENCE).toBe(1)
    await stop()
    await expect.poll(statuses, PATIENCE).toEqual(['cancelled'])
    expect(await marks()).toEqual(['over: cancelled'])
    expect(await engine.count('approvals', "status = 'open'")).toBe(0)
    expect(await engine.count('waits', "status = 'open'")).toBe(0)
  })

  test('with a run that it has started stops both', async () => {
    await engine.publish(
      playbook(HANG, FINALLY)
        .replace('id: test', 'id: child')
        .replace(/triggers:\n.*\n/, ''),
    )
    await engine.publish(playbook('- uses: playbook/child', FINALLY))
    await engine.capture()
    await expect.poll(statuses, PATIENCE).toEqual(expect.arrayContaining(['running', 'waiting']))
    await stop()
    await expect.poll(statuses, PATIENCE).toEqual(['cancelled', 'cancelled'])
    await engine.settled()
    expect(await engine.count('effects', "status = 'sent'")).toBeGreaterThan(0)
  })

  test('while something is being sent breaks it off: nobody knows whether it arrived, and a restart asks', async () => {
    await engine.publish(playbook(hangSending('sent'), FINALLY))
    await engine.capture()
    await expect.poll(marks, PATIENCE).toEqual(['sent'])
    await stop()
    await expect.poll(statuses, PATIENCE).toEqual(['cancelled'])
    expect(await marks()).toEqual(['sent', 'over: cancelled'])
    const { id } = await engine.run()
    expect(await engine.count('effects', "path = 'slow' and status = 'unknown'")).toBe(1)
    expect((await engine.steps(id))['slow']).toMatchObject({ status: 'cancelled' })
    await restartRun(engine, engine.workspaceId, id, { by: 'test' })
    await expect.poll(statuses, PATIENCE).toEqual(['quarantined']) // it is not sent a second time
    expect(await marks()).toEqual(['sent', 'over: cancelled'])
  })

  test('before anything was sent knows that, and a restart begins the step anew', async () => {
    await engine.publish(playbook(hangSending(''), FINALLY))
    await engine.capture()
    await expect.poll(() => engine.count('effects', "status = 'intended'"), PATIENCE).toBe(1)
    await stop()
    await expect.poll(statuses, PATIENCE).toEqual(['cancelled'])
    expect(await engine.count('effects', "path = 'slow' and status = 'failed'")).toBe(1)
    const { id } = await engine.run()
    await restartRun(engine, engine.workspaceId, id, { by: 'test' })
    await expect.poll(() => engine.count('effects', "path = 'slow' and status = 'intended'"), PATIENCE).toBe(1)
    await stop()
    await expect.poll(statuses, PATIENCE).toEqual(['cancelled'])
  })
})
