import { randomUUID } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ActionCall, callAction, lookupAction } from '../../core/plugins/call-action.ts'
import { installPlugin } from '../../core/plugins/install-plugin.ts'
import { resolveAction } from '../../core/plugins/resolve-action.ts'
import { deleteStored, readStored, writeStored } from '../../core/plugins/storage.ts'
import { statement } from '../../core/sql.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { buildProbe, insertLead, insertWorkspace, openPluginWorld, type PluginWorld } from './world.ts'

describe.each(DATABASE_KINDS)('calling an action, on %s', kind => {
  let world: PluginWorld
  let leadId: string

  beforeAll(async () => {
    world = await openPluginWorld(kind)
    const path = await buildProbe(world.folder)
    await installPlugin(world.core, {
      workspaceId: world.workspaceId,
      from: { kind: 'folder', path },
      grant: 'all-declared',
    })
    leadId = await insertLead(world.core, world.workspaceId)
  })
  afterAll(() => world?.close())

  const callOf = (uses: string, input: unknown, more: Partial<ActionCall> = {}): ActionCall => ({
    workspaceId: world.workspaceId,
    action: resolveAction(world.core, world.workspaceId, uses),
    input,
    run: { id: randomUUID(), path: 'step', attempt: 1, key: `run/${randomUUID()}`, playbookId: 'p' },
    locale: 'pt-BR',
    timeZone: 'America/Sao_Paulo',
    ...more,
  })
  const call = (uses: string, input: unknown, more?: Partial<ActionCall>) =>
    callAction(world.core, callOf(uses, input, more))

  test('runs in the sandbox, with texts in the language of the call and defaults filled in', async () => {
    const input = Object.freeze({ name: 'Ana' })
    expect(await call('probe/greet', input)).toEqual({ output: { text: 'Olá, Ana!' }, cpuMs: expect.any(Number) })
    expect((await call('probe/greet', { name: 'Bob', times: 2 }, { locale: 'en' })).output).toEqual({
      text: 'Hello, Bob! Hello, Bob!',
    })
  })

  test('asks no database once it is warm', async () => {
    await call('probe/greet', { name: 'Ana' })
    world.queries.length = 0
    await call('probe/greet', { name: 'Ana' })
    expect(world.queries).toEqual([])
  })

  test.each([
    [{ name: 5 }, 'The input of probe/greet name must be string (found 5).'],
    [{}, "The input of probe/greet it must have required property 'name'."],
    [{ name: 'x'.repeat(51) }, 'name must NOT have more than 50 characters'],
    [{ name: 'Ana', times: 4 }, 'times must be <= 3 (found 4)'],
  ])('refuses the input %j before anything runs', async (input, message) => {
    await expect(call('probe/greet', input)).rejects.toMatchObject({
      code: 'VALIDATION',
      message: expect.stringContaining(message),
    })
  })

  test('refuses an answer that the manifest does not promise', async () => {
    await expect(call('probe/misbehave', { how: 'lie' })).rejects.toMatchObject({
      code: 'VALIDATION',
      message: 'probe/misbehave gave an answer that does not fit its own schema: count must be number (found "many").',
    })
  })

  test('drops keys that would change what an object is', async () => {
    const { output } = await call('probe/misbehave', { how: 'pollute' })
    expect(Object.keys(output as object)).toEqual(['extra'])
  })

  test("passes on the plugin's own error", async () => {
    await expect(call('probe/misbehave', { how: 'throw' })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      retryable: true,
      retryAfter: 7,
      message: expect.stringContaining('The far side sleeps.'),
    })
  })

  test('reads records with the permission, and tells what it logs', async () => {
    const lines: unknown[] = []
    const { output } = await call('probe/look', { leadId }, { onLog: line => lines.push(line) })
    expect(output).toMatchObject({ name: 'Ana', key: expect.stringMatching(/^run\//) })
    expect(lines).toEqual([
      { level: 'info', message: 'looking', fields: { leadId } },
      { level: 'info', message: 'half way', fields: { progress: 0.5 } },
      {
        level: 'debug',
        message: 'asked of the host: records.leads.get',
        fields: { answered: { 'records.leads.get': 1 }, failed: {} },
      },
    ])
  })

  test('tells what it was refused, also when the call fails', async () => {
    const lines: unknown[] = []
    await call('probe/trespass', { what: 'team', leadId }, { onLog: line => lines.push(line) }).catch(() => {})
    expect(lines).toContainEqual({
      level: 'debug',
      message: 'asked of the host: nothing that was answered; failed: records PERMISSION',
      fields: { answered: {}, failed: { 'records PERMISSION': 1 } },
    })
  })

  test('finds no lead of another workspace', async () => {
    const other = await insertWorkspace(world.core, `other-${randomUUID()}`)
    const theirs = await insertLead(world.core, other)
    await expect(call('probe/look', { leadId: theirs })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  test.each([
    ['team', 'PERMISSION', 'does not ask for team:read'],
    ['activity', 'PERMISSION', 'does not ask for activities:write'],
    ['event', 'PERMISSION', 'does not ask for emit:lead.qualified'],
    ['nothing', 'VALIDATION', 'ctx.records.leeds.get does not exist. Did you mean leads.get?'],
    ['argument', 'VALIDATION', 'ctx.records.leads.get: id: Invalid UUID; Unrecognized key: "workspaceId"'],
  ])('stops a plugin that trespasses: %s', async (what, code, message) => {
    await expect(call('probe/trespass', { what, leadId })).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    })
  })

  test('stops an action that says it reads and writes', async () => {
    await expect(call('probe/sneak', { leadId })).rejects.toMatchObject({
      code: 'PERMISSION',
      message: expect.stringContaining('the action says effect: read'),
    })
  })

  test('writes and announces under the key of the step, once', async () => {
    const again = callOf('probe/touch', { leadId, score: 80 })
    expect((await callAction(world.core, again)).output).toEqual({ status: 'QUALIFIED' })
    await callAction(world.core, { ...again, run: { ...again.run, attempt: 2 } })
    const events = await world.core.sql.query<{ subject_id: string }>(EVENTS, [world.workspaceId, 'probe.done'])
    expect(events).toEqual([{ subject_id: leadId, source: `run:${again.run.id}` }])
  })

  test('a service leads to its provider; the same key sends once, and a lookup finds it', async () => {
    const sending = callOf('email/send', { to: 'ana@example.com', subject: 'Oi', body: 'Oi, Ana' })
    expect(sending.action).toMatchObject({ name: 'probe/post', effect: 'send', idempotency: 'lookup', hasLookup: true })
    expect(await lookupAction(world.core, sending)).toEqual({ found: false })
    const first = await callAction(world.core, sending)
    const second = await callAction(world.core, sending)
    expect(second.output).toEqual(first.output)
    expect(await lookupAction(world.core, sending)).toEqual({ found: true, output: first.output })
  })

  test('two writes of one call are two, and stay two when the call is repeated', async () => {
    const sending = callOf('probe/post-twice', { to: ['a@example.com', 'b@example.com'] })
    const { output } = await callAction(world.core, sending)
    expect(new Set((output as { ids: string[] }).ids).size).toBe(2)
    expect((await callAction(world.core, sending)).output).toEqual(output)
  })

  test('a lookup can change nothing', async () => {
    await expect(lookupAction(world.core, callOf('probe/post-twice', { to: [] }))).rejects.toMatchObject({
      code: 'PERMISSION',
      message: expect.stringContaining('a lookup only looks'),
    })
  })

  test('storage keeps JSON per installation, forgets, and ends at its quota', async () => {
    const remember = async (key: string, value: unknown) => (await call('probe/remember', { key, value })).output
    expect(await remember('a', { deep: [1, null] })).toEqual({ before: null, after: { deep: [1, null] } })
    expect(await remember('a', 'b')).toEqual({ before: { deep: [1, null] }, after: 'b' })
    await expect(remember('big', 'x'.repeat(250))).rejects.toMatchObject({
      code: 'PERMISSION',
      message: expect.stringContaining('of the 200 granted are left'),
    })
    await remember('half', 'x'.repeat(150))
    await expect(remember('other', 'x'.repeat(50))).rejects.toMatchObject({ code: 'PERMISSION' })
    expect(await remember('half', null)).toMatchObject({ after: null })
    await remember('other', 'x'.repeat(50))
    await expect(remember('', 1)).rejects.toMatchObject({ code: 'VALIDATION' })
  })

  test('what has an end is not found after it, gives its bytes back, and is no key that counts', async () => {
    const { core, workspaceId } = world
    const { id } = core.plugins.installation(workspaceId, 'probe')!
    const store = (key: string, value: unknown, expiresAt?: Date) =>
      writeStored(core, id, { key, value, expiresAt }, 100_000)
    const soon = new Date(core.clock.now().getTime() + 60_000)
    for (let i = 0; i < 1000; i++) await store(`ending-${i}`, i, soon)
    await store('ending-1', 'for ever')
    await store('one-more', 1)
    await expect(writeStored(core, id, { key: 'x', value: 'x'.repeat(200) }, 1000)).rejects.toThrow('0 of the 1000')
    expect(await readStored(core, id, 'ending-0')).toBe(0)
    core.clock.advance(60_000)
    expect(await readStored(core, id, 'ending-0')).toBeNull()
    expect(await readStored(core, id, 'ending-1')).toBe('for ever')
    await writeStored(core, id, { key: 'x', value: 'x'.repeat(200) }, 1000)
    for (const key of ['ending-1', 'one-more', 'x']) await deleteStored(core, id, key)
  })

  test('a disabled plugin is not called, and the next moment it is', async () => {
    const waiting = callOf('probe/greet', { name: 'Ana' })
    await world.core.sql.query(SET_STATUS, ['DISABLED', 'it misbehaved'])
    await world.core.plugins.invalidate(world.workspaceId)
    await expect(callAction(world.core, waiting)).rejects.toMatchObject({
      code: 'PERMISSION',
      message: 'probe/greet cannot be called: probe is disabled in this workspace: it misbehaved. Enable it to go on.',
    })
    expect(world.core.plugins.catalog(world.workspaceId).actions.size).toBe(0)
    await world.core.sql.query(SET_STATUS, ['ENABLED', null])
    await world.core.plugins.invalidate(world.workspaceId)
    expect((await callAction(world.core, waiting)).output).toEqual({ text: 'Olá, Ana!' })
  })

  test('a run that goes on with an older version has no more than is granted now', async () => {
    const older = callOf('probe/look', { leadId })
    const path = await buildProbe(world.folder, 'narrower')
    const manifest = JSON.parse(await readFile(join(path, 'plugin.json'), 'utf8')) as {
      version: string
      permissions: { records: unknown[] }
    }
    await writeFile(
      join(path, 'plugin.json'),
      JSON.stringify({ ...manifest, version: '1.2.1', permissions: { ...manifest.permissions, records: [] } }),
    )
    await installPlugin(world.core, {
      workspaceId: world.workspaceId,
      from: { kind: 'folder', path },
      grant: 'as-before',
    })
    await expect(callAction(world.core, older)).rejects.toMatchObject({
      code: 'PERMISSION',
      message: expect.stringContaining('leads:read was not granted to probe in this workspace'),
    })
  })
})

const EVENTS = statement('test-events', `select subject_id, source from events where workspace_id = $1 and type = $2`)
const SET_STATUS = statement('test-set-status', `update installations set status = $1, status_reason = $2`)
