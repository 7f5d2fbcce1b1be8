import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { newId, type UserId } from '../../core/ids.ts'
import { buildPlugin } from '../../core/plugins/build-plugin.ts'
import { installPlugin } from '../../core/plugins/install-plugin.ts'
import { backlogsOf } from '../../core/plugins/plugin-events.ts'
import { triggersOf } from '../../core/plugins/plugin-triggers.ts'
import { disablePlugin, enablePlugin } from '../../core/plugins/set-plugin-status.ts'
import { tellAgain } from '../../core/plugins/tell-again.ts'
import { uninstallPlugin } from '../../core/publishing/uninstall-plugin.ts'
import { openDeal } from '../../core/sales/deals.ts'
import { statement } from '../../core/sql.ts'
import { dispatchEvents } from '../../core/triggers/dispatch-events.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { type Engine, startEngine } from '../support/engine.ts'

const HOUR = 3_600_000
const SOURCE = join(import.meta.dirname, '../support/plugins/listener')

describe.each(DATABASE_KINDS)('events that a plugin listens to, on %s', { timeout: 120_000 }, kind => {
  let engine: Engine
  let folder: string
  beforeAll(async () => {
    engine = await startEngine(kind)
    folder = await mkdtemp(join(tmpdir(), 'trae-listener-'))
    await build('listener', text => text)
    await install('listener')
  }, 120_000)
  afterAll(async () => {
    await engine?.close()
    await rm(folder, { recursive: true, force: true })
  })
  afterEach(async () => {
    await engine.wipe()
    await engine.sql.query(statement('test.forget', 'delete from plugin_storage'))
    await install('listener')
  })

  const build = async (name: string, change: (text: string) => string) => {
    const source = join(folder, `${name}-source`)
    await mkdir(source, { recursive: true })
    await writeFile(join(source, 'index.ts'), change(await readFile(join(SOURCE, 'index.ts'), 'utf8')))
    await buildPlugin(source, join(folder, name))
  }
  const install = (name: string) => {
    const from = { kind: 'folder', path: join(folder, name) } as const
    return installPlugin(engine, { workspaceId: engine.workspaceId, from, grant: 'all-declared' })
  }
  const listener = () => engine.plugins.installation(engine.workspaceId, 'listener')!
  const backlog = async (trigger: string) => (await backlogsOf(engine, listener().id)).get(trigger)
  const calls = async () => {
    const rows = await engine.sql.query<{ value: number }>(
      statement('test.calls', 'select value from plugin_storage where installation_id = $1 order by updated_at'),
      [listener().id],
    )
    return rows.map(({ value }) => value)
  }

  test('it is told of each event once, with the lead and all that the event says, and may do what it was granted', async () => {
    const leadId = await engine.capture()
    await engine.emit('deal.won', { leadId, title: 'Gold' }, leadId)
    await engine.emit('deal.lost', { leadId, title: 'Silver' }, leadId)
    await engine.settled()
    expect(await engine.count('activities', "summary like 'won %'")).toBe(1)
    expect(await engine.count('activities', "summary = 'won Gold'")).toBe(1)
    const won = (await triggersOf(engine, listener())).find(({ trigger }) => trigger === 'won')
    expect(won).toMatchObject({ path: null, dueAt: null, lastEventAt: engine.clock.now() })
    expect(await engine.count('plugin_events')).toBe(0)
  })

  test('what it announces is its own doing, and under the key of the call', async () => {
    await engine.emit('test.told', { deep: [1] })
    await engine.settled()
    const [told] = await engine.sql.query(
      statement(
        'test.told',
        "select source, data #>> '{event,type}' as type, data #> '{event,data}' as data, data ->> 'key' as key from events where type = 'listener-heard.it'",
      ),
    )
    expect(told).toEqual({
      source: 'plugin:listener',
      type: 'test.told',
      data: { deep: [1] },
      key: expect.stringMatching(/^event:[0-9a-f-]{36}$/),
    })
  })

  test('two dispatchers that have the same event tell the plugin once', async () => {
    await engine.brain.stop()
    await engine.emit('test.hard', {})
    await Promise.all([dispatchEvents(engine), dispatchEvents(engine), dispatchEvents(engine)])
    expect(await engine.count('plugin_events')).toBe(1)
    await engine.brain.start()
    await engine.settled()
    expect(await calls()).toEqual([1])
  })

  test('the firing of a trigger of one playbook is told to nobody else', async () => {
    await engine.sql.query(
      statement(
        'test.firing',
        `insert into events (id, workspace_id, type, data, source, created_at, target)
         values ($1, $2, 'test.hard', '{}', 'test', now(), '{"playbookId":"0192d1f0-0000-7000-8000-000000000000","trigger":"t","runId":"0192d1f0-0000-7000-8000-000000000001"}')`,
      ),
      [newId(), engine.workspaceId],
    )
    engine.queue.ring('events')
    await engine.settled()
    expect(await calls()).toEqual([])
  })

  test('one that fails is told again, later and later, and holds up no other', async () => {
    await engine.emit('test.hard', { code: 'PLUGIN', failures: 2 })
    await engine.emit('test.hard', {})
    await engine.settled()
    expect(await calls()).toEqual([1, 1])
    expect(await backlog('hard')).toMatchObject({
      waiting: 1,
      resting: 0,
      lastError: expect.stringContaining('PLUGIN: no, for the 1. time'),
    })
    await engine.advance(10_000)
    expect(await calls()).toEqual([1, 2])
    await engine.advance(19_000)
    expect(await calls()).toEqual([1, 2])
    await engine.advance(1000)
    expect(await calls()).toEqual([1, 3])
    expect(await backlog('hard')).toBeUndefined()
  })

  test('after ten times it rests; one that says no for good rests at once; a person has both tried again', async () => {
    await engine.emit('test.hard', { code: 'PLUGIN', failures: 10 })
    await engine.emit('test.hard', { code: 'VALIDATION', failures: 1 })
    await engine.settled()
    for (let n = 0; n < 12; n++) await engine.advance(HOUR)
    expect((await calls()).toSorted((a, b) => a - b)).toEqual([1, 10])
    expect(await backlog('hard')).toMatchObject({ waiting: 2, resting: 2 })
    await tellAgain(engine, listener(), 'hard', newId<UserId>())
    await engine.settled()
    expect((await calls()).toSorted((a, b) => a - b)).toEqual([2, 11])
    expect(await backlog('hard')).toBeUndefined()
    await expect(tellAgain(engine, listener(), 'hard', newId<UserId>())).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  test('what rests is told to the version that is installed next', async () => {
    await engine.emit('test.hard', { code: 'VALIDATION' })
    await engine.settled()
    await build('mended', text => text.replace("'1.0.0'", "'1.0.1'").replace('if (code &&', 'if (!code &&'))
    await install('mended')
    await engine.settled()
    expect(await backlog('hard')).toBeUndefined()
  })

  test('events of the time in which it was disabled are told when it is enabled', async () => {
    await disablePlugin(engine, engine.workspaceId, 'listener')
    await engine.emit('test.hard', {})
    await engine.advance(HOUR)
    expect(await calls()).toEqual([])
    await enablePlugin(engine, engine.workspaceId, 'listener')
    await engine.settled()
    expect(await calls()).toEqual([1])
  })

  test('it hears nothing of what was before it came, of what a version does not ask for, and after it was removed', async () => {
    await build('deaf', text =>
      text
        .replace("'1.0.0'", "'1.1.0'")
        .replace(/ {6}\{ name: 'on:test.hard'.*\n/, '')
        .replace(/ {4}hard: defineTrigger[\s\S]*?\n {4}\}\),\n/, ''),
    )
    await disablePlugin(engine, engine.workspaceId, 'listener')
    await engine.emit('test.hard', {})
    await engine.settled()
    await install('deaf')
    await enablePlugin(engine, engine.workspaceId, 'listener')
    await engine.emit('test.hard', {})
    await engine.settled()
    expect([await calls(), await engine.count('plugin_events')]).toEqual([[], 0])
    await uninstallPlugin(engine, engine.workspaceId, 'listener')
    await engine.emit('test.hard', {})
    await engine.settled()
    await install('listener')
    await engine.settled()
    expect([await calls(), await engine.count('plugin_events')]).toEqual([[], 0])
  })

  test('what it does when it hears is told to others, and not to itself', async () => {
    await build('loop', text =>
      text
        .replace("'1.0.0'", "'1.3.0'")
        .replace("{ name: 'activities:write'", "{ name: 'deals:write', reason: 'moves' },\n{ name: 'activities:write'")
        .replaceAll('deal.won', 'deal.moved')
        .replace(
          /await ctx\.records\.activities\.add\([\s\S]*?\n? *\}\)/,
          "await ctx.storage.set('n', (Number(await ctx.storage.get('n')) || 0) + 1); await ctx.records.deals.move({ id: String(data['dealId']), stage: 'PROPOSAL' })",
        ),
    )
    await install('loop')
    const leadId = await engine.capture()
    const deal = await openDeal(engine, engine.workspaceId, { leadId, title: 'Gold' }, { key: 'test', source: 'test' })
    await engine.emit('deal.moved', { dealId: deal.id })
    await engine.settled()
    expect(await engine.count('events', "type = 'deal.moved' and source = 'plugin:listener'")).toBe(1)
    expect(await calls()).toEqual([1])
    expect(await engine.count('plugin_events')).toBe(0)
  })

  test.each([
    [
      (text: string) => text.replace(/ {6}\{ name: 'on:deal.won'.*\n/, ''),
      'triggers.won.event: hears of deal.won, and permissions.events does not ask for "on:deal.won"',
    ],
    [
      (text: string) => text.replace("'emit:listener-heard.it'", "'emit:deal.won'"),
      'triggers.won.event: is told by the plugin itself',
    ],
    [(text: string) => text.replaceAll('deal.won', 'manual.started'), 'triggers.won.event: is for one playbook alone'],
    [(text: string) => text.replaceAll('deal.won', 'won'), 'must be `emit:` or `on:` and an event type'],
  ])('a manifest that could not work is refused by name', async (change, message) => {
    await expect(build('wrong', change)).rejects.toMatchObject({
      code: 'MANIFEST',
      message: expect.stringContaining(message),
    })
  })

  test('an update that wants to hear more waits for consent, which says so in plain words', async () => {
    await build('curious', text =>
      text
        .replace("'1.0.0'", "'1.2.0'")
        .replace("{ name: 'on:deal.won'", "{ name: 'on:lead.captured', reason: 'curious' },\n{ name: 'on:deal.won'"),
    )
    const from = { kind: 'folder', path: join(folder, 'curious') } as const
    await expect(
      installPlugin(engine, { workspaceId: engine.workspaceId, from, grant: 'as-before' }),
    ).rejects.toMatchObject({
      code: 'PERMISSION',
      message: expect.stringContaining('Hear of each event lead.captured as it happens'),
    })
  })
})
