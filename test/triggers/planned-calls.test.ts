import { randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { newId, type UserId, type WorkspaceId } from '../../core/ids.ts'
import { buildPlugin } from '../../core/plugins/build-plugin.ts'
import { callAction } from '../../core/plugins/call-action.ts'
import { installPlugin } from '../../core/plugins/install-plugin.ts'
import { readPlanned } from '../../core/plugins/planned-calls.ts'
import { resolveAction } from '../../core/plugins/resolve-action.ts'
import { disablePlugin, enablePlugin } from '../../core/plugins/set-plugin-status.ts'
import { erasePerson } from '../../core/privacy/erase-person.ts'
import { exportPerson } from '../../core/privacy/export-person.ts'
import { takeBackCall } from '../../core/plugins/take-back-call.ts'
import { uninstallPlugin } from '../../core/publishing/uninstall-plugin.ts'
import { getRun } from '../../core/runs/read-runs.ts'
import { startPlannedCalls } from '../../core/triggers/start-planned-calls.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { type Engine, startEngine } from '../support/engine.ts'
import { playbook } from '../runs/support.ts'
import { insertWorkspace } from '../plugins/world.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const PATIENCE = { timeout: 60_000, interval: 50 }

describe.each(DATABASE_KINDS)('calls that a plugin plans, on %s', { timeout: 120_000 }, kind => {
  let engine: Engine
  let folder: string
  beforeAll(async () => {
    engine = await startEngine(kind)
    folder = await mkdtemp(join(tmpdir(), 'trae-planner-'))
    await build('planner', text => text)
    await install('planner')
  }, 120_000)
  afterAll(async () => {
    await engine?.close()
    await rm(folder, { recursive: true, force: true })
  })
  afterEach(async () => {
    await engine.wipe()
    await install('planner')
    await enablePlugin(engine, engine.workspaceId, 'planner')
    await engine.brain.start()
  })

  /** The planner as it is, or with another text. */
  const build = async (name: string, change: (text: string) => string) => {
    const source = join(folder, `${name}-source/planner`)
    await mkdir(source, { recursive: true })
    const text = await readFile(join(import.meta.dirname, '../support/plugins/planner/index.ts'), 'utf8')
    await writeFile(join(source, 'index.ts'), change(text))
    await buildPlugin(source, join(folder, name))
  }
  const install = (name: string, workspaceId: WorkspaceId = engine.workspaceId) =>
    installPlugin(engine, {
      workspaceId,
      from: { kind: 'folder', path: join(folder, name) },
      grant: 'all-declared',
    })
  const call = async (
    action: string,
    input: unknown,
    {
      key = `run/${randomUUID()}`,
      attempt = 1,
      at = engine.workspaceId as string,
      account = undefined as string | undefined,
    } = {},
  ) =>
    (
      await callAction(engine, {
        workspaceId: at,
        action: resolveAction(engine, at, `planner/${action}`),
        input,
        account,
        run: { id: randomUUID(), path: 'step', attempt, key, playbookId: 'p' },
        locale: 'en',
        timeZone: 'UTC',
      })
    ).output
  const inA = (milliseconds: number) => new Date(engine.clock.now().getTime() + milliseconds).toISOString()
  const note = (key: string, more: Record<string, unknown> = {}) => ({
    key,
    action: 'note',
    input: { for: key },
    at: inA(HOUR),
    ...more,
  })
  const look = async (key: string) => ((await call('look', { key })) as { planned: unknown }).planned
  const outputs = async () => (await engine.runs()).map(run => run.output)
  const planner = () => engine.plugins.installation(engine.workspaceId, 'planner')!
  const row = (key: string) => readPlanned(engine, planner(), key)

  test('a call that is due is a run about the lead that its input names; what is planned is gone then', async () => {
    const leadId = await engine.capture()
    const at = inA(HOUR)
    await call('plan', { key: 'k', action: 'mark', input: { leadId, text: 'later' }, at })
    expect(await look('k')).toEqual({ action: 'mark', input: { leadId, text: 'later' }, at })
    await engine.advance(HOUR - 1)
    expect(await engine.runs()).toEqual([])
    await engine.advance(1)
    const run = await engine.run()
    expect(await getRun(engine, engine.workspaceId, run.id)).toMatchObject({ status: 'completed', subjectId: leadId })
    expect(await engine.count('activities', "kind = 'NOTE' and summary = 'later'")).toBe(1)
    expect(await look('k')).toBeNull()
    await engine.advance(30 * DAY)
    expect(await engine.runs()).toHaveLength(1)
  })

  test('a time that is over means at once, and an action that takes anything gets all of it', async () => {
    await call('plan', note('k', { at: '2001-01-01T00:00:00Z' }))
    await expect.poll(outputs, PATIENCE).toEqual([{ got: { for: 'k' } }])
  })

  test('planned again under a key, the new call takes the place of the old; cancelled, none is made', async () => {
    await call('plan', note('k'))
    await call('plan', note('k', { input: { for: 'the second' }, at: inA(2 * HOUR) }))
    await call('plan', note('gone'))
    expect(await call('cancel', { key: 'gone' })).toEqual({ was: true })
    expect(await call('cancel', { key: 'gone' })).toEqual({ was: false })
    await engine.advance(HOUR)
    expect(await engine.runs()).toEqual([])
    await engine.advance(HOUR)
    expect(await outputs()).toEqual([{ got: { for: 'the second' } }])
  })

  test('again and again: each time once, and what was missed is made up for once, in the old rhythm', async () => {
    const from = engine.clock.now().getTime()
    await call('plan', { key: 'k', action: 'note', every: '1d' })
    await engine.advance(DAY)
    await engine.advance(DAY)
    expect(await engine.runs()).toHaveLength(2)
    await engine.brain.stop()
    engine.clock.advance(5 * DAY + HOUR)
    await engine.brain.start()
    await engine.settled()
    expect(await engine.runs()).toHaveLength(3)
    expect(await look('k')).toMatchObject({ every: '1d', at: new Date(from + 8 * DAY).toISOString() })
    await call('cancel', { key: 'k' })
    await engine.advance(9 * DAY)
    expect(await engine.runs()).toHaveLength(3)
  })

  test('a step that plans and is tried again plans once, though the call has been made meanwhile', async () => {
    await engine.publish(
      playbook(
        `- uses: planner/plan\n  with: { key: k, action: note, at: '2001-01-01T00:00:00Z', failures: 2 }\n  retry: { maxAttempts: 3, delay: 1h, backoff: constant }`,
      ),
    )
    await engine.capture()
    const made = () => engine.count('events', "source = 'plugin:planner'")
    for (let hour = 0; hour < 3; hour++) {
      await expect.poll(made, PATIENCE).toBe(1)
      await engine.settled()
      await engine.advance(HOUR)
    }
    expect((await engine.runs()).map(({ status }) => status)).toEqual(['completed', 'completed'])
    expect([await made(), await engine.count('planned_calls')]).toEqual([1, 0])
  })

  test('a repeat of the call that planned changes nothing of what is planned', async () => {
    const at = inA(HOUR)
    await call('plan', note('k', { at }), { key: 'one' })
    await call('plan', note('k', { at: inA(DAY), input: { for: 'a repeat' } }), { key: 'one', attempt: 2 })
    expect(await look('k')).toMatchObject({ at, input: { for: 'k' } })
  })

  test.each([
    ['by a person', () => takeBackCall(engine, planner(), 'k', newId<UserId>())],
    ['by another call of the plugin', () => call('cancel', { key: 'k' })],
  ])('taken back %s, it is not planned again by a repeat of the call that planned it', async (_by, takeBack) => {
    for (const every of [undefined, '1d']) {
      const key = `run/${every ?? 'once'}`
      await call('plan', note('k', { every }), { key })
      await takeBack()
      await call('plan', note('k', { every }), { key, attempt: 2 })
      expect(await row('k')).toBeUndefined()
    }
    expect(await engine.count('events', "type = 'plugin.call-taken-back' and data ->> 'action' = 'note'")).toBe(2)
    await call('plan', note('k')) // by another call it is
    expect(await row('k')).toMatchObject({ key: 'k' })
  })

  test('a call that cancels what it has planned itself does the same when it is repeated', async () => {
    for (const attempt of [1, 2]) {
      await call('plan', note('k'), { key: 'run/one', attempt })
      expect(await row('k')).toBeDefined()
      expect(await call('cancel', { key: 'k' }, { key: 'run/one', attempt })).toEqual({ was: true })
    }
  })

  test.each([
    [{ key: '', action: 'note', every: '1d' }, 'VALIDATION', 'schedule: a key has 1 to 256 characters'],
    [{ key: 'k', action: 'note' }, 'VALIDATION', '"k" needs at, an instant, or every, a duration'],
    [{ key: 'k', action: 'note', at: 'tomorrow' }, 'VALIDATION', 'at: must be an instant as 2026-03-02T09:00:00Z'],
    [{ key: 'k', action: 'note', at: '2222-01-01T00:00:00Z' }, 'VALIDATION', 'five years ahead at most'],
    [{ key: 'k', action: 'note', every: '59s' }, 'VALIDATION', 'must be a duration of 1m or more'],
    [{ key: 'k', action: 'note', every: 'daily' }, 'VALIDATION', 'found "daily"'],
    [
      { key: 'k', action: 'marks', every: '1d' },
      'NOT_FOUND',
      'planner 1.0.0 has no action "marks". Did you mean mark?',
    ],
    [{ key: 'k', action: 'constructor', every: '1d' }, 'NOT_FOUND', 'has no action "constructor"'],
    [
      { key: 'k', action: 'mark', input: { leadId: 5, text: 'x' }, every: '1d' },
      'VALIDATION',
      'leadId must be string (found 5)',
    ],
    [{ key: 'k', action: 'note', input: { x: 'x'.repeat(65_536) }, every: '1d' }, 'VALIDATION', 'it may have 65536'],
  ])('what cannot be is refused by name and changes nothing: %j', async (given, code, message) => {
    await call('plan', note('k'))
    const before = await row('k')
    await expect(call('plan', given)).rejects.toMatchObject({ code, message: expect.stringContaining(message) })
    expect([await row('k'), await engine.count('planned_calls')]).toEqual([before, 1])
  })

  test('as many as were granted, and not one more; the limit is named', async () => {
    for (const key of ['a', 'b', 'c']) await call('plan', note(key))
    await expect(call('plan', note('d'))).rejects.toMatchObject({
      code: 'PERMISSION',
      message: expect.stringContaining('"d" cannot be planned: 3 calls are planned, and 3 were granted.'),
    })
    await call('plan', note('a', { at: inA(2 * HOUR) })) // takes the place of one
    await call('cancel', { key: 'b' })
    await Promise.allSettled(['d', 'e', 'f'].map(key => call('plan', note(key))))
    expect(await engine.count('planned_calls')).toBe(3)
  })

  test('an action that reads plans nothing, and one call plans a key once', async () => {
    await expect(call('peek', { key: 'k' })).rejects.toMatchObject({
      code: 'PERMISSION',
      message: expect.stringContaining('may not call schedule.set: the action says effect: read'),
    })
    expect(await engine.count('planned_calls')).toBe(0)
    await expect(call('twice', { key: 'k' })).rejects.toMatchObject({ code: 'CONFLICT' })
    expect(await look('k')).toMatchObject({ at: '2030-01-01T00:00:00.000Z' })
  })

  test('what is not asked for, or not granted, is refused', async () => {
    await build('unasked', text => text.replace(/ {4}schedule: .*\n/, ''))
    await install('unasked')
    await expect(call('look', { key: 'k' })).rejects.toMatchObject({
      code: 'PERMISSION',
      message: 'planner/look may not call schedule.get: the manifest of planner 1.0.0 does not ask for schedule.',
    })
    await build('greedy', text => text.replace('calls: 3', 'calls: 4'))
    const from = { kind: 'folder', path: join(folder, 'greedy') } as const
    await expect(
      installPlugin(engine, { workspaceId: engine.workspaceId, from, grant: 'as-before' }),
    ).rejects.toMatchObject({ code: 'PERMISSION', message: expect.stringContaining('up to 4 calls planned at once') })
  })

  test('a call waits while its plugin is disabled, over a restart, and is made once when it is enabled', async () => {
    await call('plan', note('k'))
    await disablePlugin(engine, engine.workspaceId, 'planner')
    await engine.advance(HOUR)
    await engine.brain.stop()
    await engine.brain.start()
    expect(await startPlannedCalls(engine)).toBe(0)
    expect(await engine.count('events', "source = 'plugin:planner'")).toBe(0)
    await enablePlugin(engine, engine.workspaceId, 'planner')
    await expect.poll(outputs, PATIENCE).toEqual([{ got: { for: 'k' } }])
  })

  test('an update keeps what is planned; an action that is gone is named, and the call is made when it is back', async () => {
    await build('smaller', text =>
      text.replace("'1.0.0'", "'1.1.0'").replace('note: defineAction', 'memo: defineAction'),
    )
    await call('plan', note('k'))
    await call('plan', { key: 'daily', action: 'note', every: '1d' })
    await install('smaller')
    await engine.advance(HOUR)
    const error = expect.stringContaining('NOT_FOUND: planner 1.1.0 has no action note.')
    await expect.poll(async () => (await row('k'))?.error, PATIENCE).toEqual(error)
    expect(await look('k')).toMatchObject({ action: 'note', error })
    expect(await engine.runs()).toEqual([])
    await install('planner')
    await expect.poll(outputs, PATIENCE).toEqual([{ got: { for: 'k' } }])
    expect(await row('daily')).toMatchObject({ every: '1d', error: null })
  })

  test('what is planned goes with the plugin, which needs no force for it', async () => {
    await call('plan', note('k', { at: '2001-01-01T00:00:00Z' }))
    await expect.poll(outputs, PATIENCE).toEqual([{ got: { for: 'k' } }])
    await call('plan', note('k'))
    expect((await uninstallPlugin(engine, engine.workspaceId, 'planner')).paused).toEqual([])
    expect(await engine.count('planned_calls')).toBe(0)
    await install('planner')
    await engine.advance(DAY)
    expect(await engine.runs()).toHaveLength(1)
  })

  test('of several processes that look at once, one starts the call', async () => {
    await engine.brain.stop()
    for (const every of [undefined, '1d', '2d']) await call('plan', note(every ?? 'once', { every }))
    engine.clock.advance(HOUR)
    const started = await Promise.all(Array.from({ length: 6 }, () => startPlannedCalls(engine)))
    expect(started.reduce((sum, one) => sum + one, 0)).toBe(3)
    expect(await engine.count('events', "source = 'plugin:planner'")).toBe(3)
  })

  test('each workspace has its own: one key, two calls, and neither sees the other', async () => {
    const other = await insertWorkspace(engine, 'other')
    await install('planner', other)
    await call('plan', note('k'), { at: other })
    expect(await look('k')).toBeNull()
    expect(await call('cancel', { key: 'k' })).toEqual({ was: false })
    await call('plan', note('k', { input: { for: 'us' } }))
    await engine.advance(HOUR)
    expect(await engine.count('runs', `workspace_id = '${other}'`)).toBe(1)
    expect(await outputs()).toEqual([{ got: { for: 'us' } }])
  })

  test('nothing is done about somebody who was erased: what names them is taken back, and is in the export before', async () => {
    const leadId = await engine.capture({ name: 'Ana Souza', email: 'ana@acme.com.br' })
    await engine.settled()
    await call('plan', { key: 'by id', action: 'note', input: { deep: [{ who: leadId }] }, every: '1d' })
    await call('plan', { key: 'to ANA@acme.com.br', action: 'note', every: '1d' })
    await call('plan', { key: 'else', action: 'note', input: { to: 'bia@acme.com.br' }, every: '1d' })
    const { tables } = await exportPerson(engine, engine.workspaceId, leadId)
    expect(tables['planned_calls']?.map(({ key }) => key).sort()).toEqual(['by id', 'to ANA@acme.com.br'])
    expect(await erasePerson(engine, engine.workspaceId, leadId, 'host')).toMatchObject({ planned_calls: 2 })
    expect([await row('by id'), await row('to ANA@acme.com.br')]).toEqual([undefined, undefined])
    await engine.advance(DAY)
    expect((await engine.runs()).length).toBe(1)
    expect(await row('else')).toMatchObject({ input: { to: 'bia@acme.com.br' } })
  })

  test('an erasure that waits for a run has taken back what is planned already', async () => {
    await engine.publish(playbook('- wait: 30d'))
    const leadId = await engine.capture({ email: 'carla@acme.com.br' })
    await engine.settled()
    await call('plan', { key: 'k', action: 'note', input: { leadId }, every: '1d' })
    await engine.brain.stop()
    expect(await erasePerson(engine, engine.workspaceId, leadId, 'host')).toBeUndefined()
    expect(await row('k')).toBeUndefined()
  })
})
