import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { brokenAudit, readAudit } from '../../core/access/audit.ts'
import { addTask } from '../../core/brain/tasks/add-task.ts'
import { getTask } from '../../core/brain/tasks/read-tasks.ts'
import { openCore } from '../../core/core.ts'
import { buildPlugin } from '../../core/plugins/build-plugin.ts'
import { installBuiltIns } from '../../core/plugins/install-built-ins.ts'
import { installPlugin } from '../../core/plugins/install-plugin.ts'
import { disablePlugin, enablePlugin } from '../../core/plugins/set-plugin-status.ts'
import { resumePlaybook } from '../../core/publishing/playbook-status.ts'
import { findPlaybook } from '../../core/publishing/read-playbooks.ts'
import { uninstallPlugin } from '../../core/publishing/uninstall-plugin.ts'
import { readTimings } from '../../core/runs/run-timing.ts'
import { wakePluginWaits } from '../../core/runs/plugin-waits.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { type Engine, startEngine } from '../support/engine.ts'
import { playbook } from './support.ts'

const DAY = 86_400_000
const PATIENCE = { timeout: 60_000, interval: 50 }
const WAIT_THEN_MARK =
  "- wait: 1d\n- id: hello\n  uses: probe/mark\n  with: { leadId: '${{ lead.id }}', text: hello }\n- id: after\n  uses: probe/echo\n  with: { value: hi }"

describe.each(DATABASE_KINDS)('the life of a plugin that runs need, on %s', { timeout: 120_000 }, kind => {
  let engine: Engine
  let folder: string
  beforeAll(async () => {
    // Its calls would be held back first, and tried again by and by: busy.test.ts looks at that
    engine = await startEngine(kind, {}, { sandboxLimits: { breakerFailures: Infinity } })
    folder = await mkdtemp(join(tmpdir(), 'trae-life-'))
    await buildPlugin(join(import.meta.dirname, '../support/plugins/probe'), folder)
  }, 120_000)
  afterAll(async () => {
    await engine.close()
    await rm(folder, { recursive: true, force: true })
  })
  afterEach(async () => {
    await engine.wipe()
    await install()
    await enablePlugin(engine, engine.workspaceId, 'probe')
    await engine.brain.start()
  })

  const install = () =>
    installPlugin(engine, {
      workspaceId: engine.workspaceId,
      from: { kind: 'folder', path: folder },
      grant: 'all-declared',
    })
  const disable = (reason?: string) => disablePlugin(engine, engine.workspaceId, 'probe', { reason })
  const enable = () => enablePlugin(engine, engine.workspaceId, 'probe')
  const uninstall = (force = false) => uninstallPlugin(engine, engine.workspaceId, 'probe', { force })
  const sent = () => engine.count('activities', "kind = 'NOTE'")
  const ended = () => expect.poll(async () => (await engine.run()).status, PATIENCE).toBe('completed')
  const parked = (message: string) =>
    expect
      .poll(async () => (await engine.run()).reason, PATIENCE)
      .toMatchObject({ code: 'PLUGIN_DISABLED', message: expect.stringContaining(message) })

  test('a step that needs a disabled plugin waits and says why; enabled again, the run goes on and sends once', async () => {
    await engine.publish(playbook(WAIT_THEN_MARK))
    await engine.capture()
    await engine.settled()
    await disable('It wrote nonsense.')
    await engine.advance(DAY)
    await parked('hello: needs the plugin probe, which is disabled (It wrote nonsense.)')
    expect(await engine.run()).toMatchObject({ status: 'waiting' })
    expect((await engine.steps((await engine.run()).id))['hello']).toMatchObject({
      status: 'waiting',
      reason: { code: 'PLUGIN_DISABLED', message: 'needs the plugin probe, which is disabled or was removed' },
    })
    await engine.brain.stop() // as a restart: the wait is in the database
    await engine.brain.start()
    await engine.advance(30 * DAY)
    await parked('hello: needs the plugin probe')
    expect(await sent()).toBe(0)
    await enable()
    await ended()
    expect(await sent()).toBe(1)
    const run = await engine.run()
    const { waitMs, executeMs } = (await readTimings(engine, engine.workspaceId, [run])).get(run.id)!
    expect([waitMs, executeMs]).toEqual([31 * DAY, 0])
  })

  test('it waits as often as the plugin is disabled, and is not woken while it is', async () => {
    await engine.publish(playbook(WAIT_THEN_MARK.replace('- id: after', '- wait: 1d\n- id: after')))
    await engine.capture()
    await engine.settled()
    await disable()
    await engine.advance(DAY)
    await parked('hello: needs')
    await enable()
    await expect.poll(async () => (await engine.run()).reason?.code, PATIENCE).toBe('TIME')
    await disable('again')
    await engine.advance(DAY)
    await parked('after: needs the plugin probe, which is disabled (again)')
    await enable()
    await ended()
  })

  test('disabled again before a woken run went on: it waits again, and is woken again', async () => {
    await engine.publish(playbook(WAIT_THEN_MARK))
    await engine.capture()
    await engine.settled()
    await disable()
    await engine.advance(DAY)
    await parked('hello: needs')
    await engine.brain.stop()
    await enable()
    await wakePluginWaits(engine)
    expect(await engine.count('waits', "kind = 'plugin' and status = 'due'")).toBe(1)
    await disable('once more')
    await engine.brain.start()
    await parked('(once more)')
    expect(await engine.count('waits', "kind = 'plugin' and status = 'open'")).toBe(1)
    await enable()
    await ended()
    expect(await sent()).toBe(1)
  })

  test('a run that waits for a plugin can be cancelled', async () => {
    await engine.publish(playbook(WAIT_THEN_MARK))
    await engine.capture()
    await engine.settled()
    await disable()
    await engine.advance(DAY)
    await parked('hello: needs')
    const { cancelRun } = await import('../../core/runs/cancel-run.ts')
    await cancelRun(engine, engine.workspaceId, (await engine.run()).id, { by: 'test', reason: 'enough' })
    await expect.poll(async () => (await engine.run()).status, PATIENCE).toBe('cancelled')
  })

  test('removing is refused while a published playbook needs it, and names it; nothing is changed', async () => {
    await engine.publish(playbook(WAIT_THEN_MARK))
    await expect(uninstall()).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('probe is needed by test.'),
      details: { playbooks: [{ slug: 'test', name: 'Test' }] },
    })
    expect(engine.plugins.installation(engine.workspaceId, 'probe')).toMatchObject({ status: 'ENABLED' })
  })

  test('removing is refused as well while a playbook starts with what the plugin hears of, or waits for it', async () => {
    const source = join(folder, 'hearing/probe')
    const code = await readFile(join(import.meta.dirname, '../support/plugins/probe/index.ts'), 'utf8')
    await mkdir(source, { recursive: true })
    const trigger = `triggers: { heard: defineTrigger({ kind: 'poll', title: 'Heard', description: 'Hears.', output: z.object({}), every: '1h', poll: async () => ({ events: [], cursor: 1 }) }) },`
    const hearing = code
      .replace('import { defineAction,', 'import { defineTrigger, defineAction,')
      .replace('  actions: {', `  ${trigger}\n  actions: {`)
    await writeFile(join(source, 'index.ts'), hearing)
    await buildPlugin(source, join(folder, 'hearing/built'))
    const { workspaceId } = engine
    const from = { kind: 'folder', path: join(folder, 'hearing/built') } as const
    await installPlugin(engine, { workspaceId, from, grant: 'all-declared' })
    await engine.publish(
      'id: ear\nname: Ear\nmodule: pre_vendas\ntriggers:\n  - event: probe.heard\nsteps:\n  - wait: 1d\n',
    )
    const mute = 'module: pre_vendas\ntriggers:\n  - event: lead.captured\n'
    await engine.publish(
      `id: waiter\nname: Waiter\n${mute}steps:\n  - waitFor: { one: { event: probe.heard, correlate: { id: 1 } }, timeout: 1d }\n`,
    )
    await engine.publish(
      `id: striver\nname: Striver\n${mute}enrollment: { subject: '\${{ event.leadId }}', goal: { event: probe.heard } }\nsteps:\n  - wait: 1d\n`,
    )
    const slugs = [{ slug: 'ear' }, { slug: 'striver' }, { slug: 'waiter' }]
    await expect(uninstall()).rejects.toMatchObject({ code: 'CONFLICT', details: { playbooks: slugs } })
    expect((await uninstall(true)).paused).toMatchObject(slugs)
  })

  test('removed by force: its playbooks are paused and say why, runs wait, and go on when it is installed again', async () => {
    await engine.publish(playbook(WAIT_THEN_MARK))
    await engine.capture()
    await engine.settled()
    expect((await uninstall(true)).paused).toMatchObject([{ slug: 'test' }])
    expect(engine.plugins.list(engine.workspaceId)).toEqual([])
    expect(await findPlaybook(engine, engine.workspaceId, 'test')).toMatchObject({
      status: 'PAUSED',
      statusReason: 'O plugin Probe (probe), de que ele precisa, foi removido.',
    })
    await engine.capture({ email: 'late@acme.com.br' }) // starts nothing
    await engine.advance(DAY)
    await parked('hello: needs the plugin probe, which was removed')
    await install()
    await ended()
    expect(await sent()).toBe(1)
    const { id } = (await findPlaybook(engine, engine.workspaceId, 'test'))!
    expect(await resumePlaybook(engine, engine.workspaceId, id)).toMatchObject({ status: 'ACTIVE', statusReason: null })
    const log = await readAudit(engine, engine.workspaceId, 'plugin:probe')
    expect(log.slice(0, 2).map(({ action }) => action)).toEqual(['plugin.installed', 'plugin.removed'])
    expect(log[1]).toMatchObject({ data: { version: '1.0.0', force: true, paused: ['test'] } })
    expect(await brokenAudit(engine, engine.workspaceId)).toBeUndefined()
  })

  test('what the host made to run a task needs nobody’s force, and is not paused by it: the next task runs', async () => {
    const task = async () => {
      const { id } = await addTask(
        engine,
        engine.workspaceId,
        { module: 'pre_vendas', action: 'probe/echo', data: { value: 'hi' } },
        { source: 'test' },
      )
      await expect
        .poll(async () => (await getTask(engine, engine.workspaceId, { id })).status, PATIENCE)
        .toBe('completed')
    }
    await task()
    expect((await uninstall()).paused).toEqual([])
    await install()
    await task()
    await engine.publish(playbook(WAIT_THEN_MARK))
    await expect(uninstall()).rejects.toMatchObject({ details: { playbooks: [{ slug: 'test' }] } })
    expect((await uninstall(true)).paused).toMatchObject([{ slug: 'test' }])
    await install()
    await task()
  })

  test('what comes with TRAE OS is not removed', async () => {
    await installBuiltIns(engine, engine.workspaceId)
    await expect(uninstallPlugin(engine, engine.workspaceId, 'sdr', { force: true })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: 'sdr comes with TRAE OS and is not removed. Disable it instead.',
    })
    await expect(uninstallPlugin(engine, engine.workspaceId, 'nobody')).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  test('a plugin that kills its sandbox again and again is disabled, its steps wait, and the owner is told', async () => {
    await installBuiltIns(engine, engine.workspaceId)
    const steps = Array.from(
      { length: 25 },
      (_, i) =>
        `- id: bad${i}\n  uses: probe/hostile\n  with: { how: huge }\n  retry: { maxAttempts: 1 }\n  onError: continue`,
    )
    await engine.publish(playbook([...steps, '- id: after\n  uses: probe/echo\n  with: { value: hi }'].join('\n')))
    await engine.capture()
    await parked('needs the plugin probe, which is disabled (Derrubou a própria sandbox 5 vezes em 10 minutos.)')
    await expect.poll(() => engine.count('messages', "to_address = 'owner@example.com'"), PATIENCE).toBe(1)
    expect((await readAudit(engine, engine.workspaceId, 'plugin:probe'))[0]).toMatchObject({
      actor: 'host',
      action: 'plugin.disabled',
    })
    expect(await engine.count('events', "type = 'plugin.disabled'")).toBe(1)
  })

  test.runIf(kind === 'postgres')(
    'what one process does to a plugin holds in every other, and is told there',
    async () => {
      const other = await openCore(engine.config, { clock: engine.clock, pollMs: 20 })
      try {
        const told: string[] = []
        engine.pubsub.on('installation.updated', ({ installationId }) => told.push(installationId))
        const { id } = engine.plugins.installation(engine.workspaceId, 'probe')!
        await engine.publish(playbook(WAIT_THEN_MARK))
        await engine.capture()
        await engine.settled()
        const here = () => engine.plugins.installation(engine.workspaceId, 'probe')?.status
        await disablePlugin(other, engine.workspaceId, 'probe')
        await expect.poll(here, PATIENCE).toBe('DISABLED')
        expect(told).toEqual([id])
        await engine.advance(DAY)
        await parked('hello: needs')
        await enablePlugin(other, engine.workspaceId, 'probe')
        await ended()
        await uninstallPlugin(other, engine.workspaceId, 'probe', { force: true })
        await expect.poll(here, PATIENCE).toBe(undefined)
        expect(told).toEqual([id, id, id])
      } finally {
        await other.close(1000)
      }
    },
  )
})
