import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { codeOf } from '../../core/plugins/call-action.ts'
import { disablePlugin, enablePlugin } from '../../core/plugins/set-plugin-status.ts'
import { cancelRun } from '../../core/runs/cancel-run.ts'
import { readTimings } from '../../core/runs/run-timing.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { type Engine, startEngine } from '../support/engine.ts'
import { playbook } from './support.ts'

const MINUTE = 60_000
const PATIENCE = { timeout: 60_000, interval: 50 }
/** Nobody can ask whether it arrived, and it has no retry. */
const send = (rest = '') => `- id: hello
  uses: probe/unrepeatable
  with: { leadId: '\${{ lead.id }}', text: hello }${rest && `\n  ${rest}`}`
const loop = (id: string) =>
  `- id: ${id}\n  uses: probe/hostile\n  with: { how: loop }\n  retry: { maxAttempts: 1 }\n  onError: continue\n`

describe.each(DATABASE_KINDS)('a call that the sandbox does not take, on %s', { timeout: 120_000 }, kind => {
  let engine: Engine
  let release = async () => {}
  beforeAll(async () => {
    engine = await startEngine(
      kind,
      {},
      { sandboxLimits: { callsPerRunner: 2, queuePerRunner: 1, breakerFailures: 2 } },
    )
  }, 120_000)
  afterAll(() => engine.close())
  afterEach(async () => {
    await release()
    await enablePlugin(engine, engine.workspaceId, 'probe')
    engine.sandbox.restart([manifest().bundle.sha256])
    await engine.wipe()
    await engine.brain.start()
  })

  const manifest = () => engine.plugins.installation(engine.workspaceId, 'probe')!.manifest
  /** Two calls that do not end before they are released, and one that waits behind them: there is no place for another. */
  function fill(): void {
    const { digest } = engine.plugins.installation(engine.workspaceId, 'probe')!
    const gate = Promise.withResolvers<void>()
    const calls = Array.from({ length: 3 }, () =>
      engine.sandbox.call({
        code: codeOf(engine, { digest, pluginId: 'probe', manifest: manifest() }),
        workspaceId: engine.workspaceId,
        entry: 'actions.unrepeatable',
        input: '{"leadId":"","text":""}',
        context: { run: { id: '', path: '', attempt: 1, key: '', deadline: 0 }, workspace: {}, locale: 'en' },
        limits: { memoryMb: 64, cpuMs: 1000, wallMs: 10 * MINUTE },
        host: () => gate.promise.then(() => ({ id: '' })),
      }),
    )
    release = async () => {
      gate.resolve()
      await Promise.all(calls)
    }
  }
  async function start(steps: string, rest = '') {
    await engine.publish(playbook(steps, rest))
    await engine.capture()
    await engine.settled()
    return engine.run()
  }
  const step = async (path = 'hello') => (await engine.steps((await engine.run()).id))[path]!
  const sent = () => engine.count('activities', "kind = 'NOTE'")

  test('is no attempt: the run waits without a worker, says why, survives a restart, and the call is made once', async () => {
    fill()
    const run = await start(send())
    const until = new Date(engine.clock.now().getTime() + 1000).toISOString()
    expect(Date.parse(run.reason!.until!)).toBeGreaterThanOrEqual(Date.parse(until))
    const why = /plugin probe is held back until .+: The plugin sandbox has 1 calls waiting/
    expect(run).toMatchObject({ status: 'waiting', reason: { code: 'BUSY', message: expect.stringMatching(why) } })
    expect(await step()).toMatchObject({ status: 'waiting', attempt: 1, reason: { code: 'BUSY' } })
    expect(await engine.count('runs', 'lease_owner is not null')).toBe(0)
    expect(await engine.count('effects', "status = 'unknown'")).toBe(0)
    await engine.brain.stop() // as a restart: the wait is in the database
    await engine.brain.start()
    await engine.settled()
    expect((await engine.run()).reason).toEqual(run.reason)
    await engine.advance(10_000) // still no place
    expect((await engine.run()).reason).toMatchObject({ code: 'BUSY' })
    expect(await sent()).toBe(0)
    await release()
    await engine.advance(MINUTE)
    expect(await engine.run()).toMatchObject({ status: 'completed' })
    expect(await step()).toMatchObject({ status: 'completed', attempt: 1 })
    expect([await sent(), await engine.count('effects', "status = 'sent'")]).toEqual([1, 1])
    const timing = (await readTimings(engine, engine.workspaceId, [await engine.run()])).get(run.id)!
    expect(timing).toMatchObject({ totalMs: MINUTE + 10_000, queueMs: 0 })
    expect(timing.waitMs).toBeGreaterThanOrEqual(2000) // twice a second at least
  })

  test('of a script waits as well', async () => {
    fill()
    const run = await start('- id: hello\n  run: return 1 + 1')
    expect(run).toMatchObject({ status: 'waiting', reason: { code: 'BUSY' } })
    expect(run.reason!.message).toMatch(/hello: its script is held back until/)
    await release()
    await engine.advance(MINUTE)
    expect(await step()).toMatchObject({ status: 'completed', output: 2 })
  })

  test('is waited for no longer than the step has time, and then fails as it says', async () => {
    fill()
    expect(await start(send('timeout: 500ms'))).toMatchObject({ status: 'failed', error: { code: 'BUSY' } })
    await engine.wipe()
    const steps = send('retry: { maxAttempts: 9, maxDuration: 20s }')
    expect(await start(steps)).toMatchObject({ status: 'waiting', reason: { code: 'BUSY' } })
    for (let second = 0; second < 20; second++) await engine.advance(1000)
    expect(await engine.run()).toMatchObject({ status: 'failed', error: { code: 'BUSY' } })
    expect(await sent()).toBe(0)
  })

  test('in a branch of a parallel in a loop keeps nobody else, and a cancellation ends it', async () => {
    fill()
    const run = await start(
      `- forEach: { in: '\${{ [1] }}', as: n }
  do:
    - parallel:
        branches:
          a:
${send().replace(/^/gm, '            ')}
          b:
            - id: pause
              wait: 1d
`,
      'finally:\n  - id: last\n    emit: { event: test.over }\n',
    )
    expect(run).toMatchObject({ status: 'waiting', reason: { code: 'BUSY' } })
    await cancelRun(engine, engine.workspaceId, run.id, { by: 'test' })
    await engine.settled()
    expect(await engine.run()).toMatchObject({ status: 'cancelled' })
    expect(await engine.count('events', "type = 'test.over'")).toBe(1)
  })

  test('because its calls had to be ended by force waits until one may try; one that ends well lets all go on', async () => {
    const run = await start(loop('bad0') + loop('bad1') + send())
    expect(run).toMatchObject({ status: 'waiting', reason: { code: 'BUSY' } })
    expect(run.reason!.message).toMatch(/plugin probe is held back until .+ had to be ended by force/)
    expect(run.reason!.until).toBe(new Date(engine.clock.now().getTime() + MINUTE).toISOString())
    await engine.advance(MINUTE - 1)
    expect([(await engine.run()).status, await sent()]).toEqual(['waiting', 0])
    await engine.advance(1)
    expect([(await engine.run()).status, await sent()]).toEqual(['completed', 1])
    await engine.wipe()
    expect(await start(send())).toMatchObject({ status: 'completed' })
  })

  test('waits for the plugin itself once that is disabled', async () => {
    await start(loop('bad0') + loop('bad1') + send())
    await disablePlugin(engine, engine.workspaceId, 'probe', { reason: 'It never ends.' })
    await expect.poll(async () => (await engine.run()).reason?.code, PATIENCE).toBe('PLUGIN_DISABLED')
    await enablePlugin(engine, engine.workspaceId, 'probe')
    await expect.poll(async () => (await engine.run()).reason?.code, PATIENCE).toBe('BUSY')
    await engine.advance(MINUTE)
    expect([(await engine.run()).status, await sent()]).toEqual(['completed', 1])
  })
})
