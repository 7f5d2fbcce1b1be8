import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeInstallation } from '../../core/plugins/describe-installation.ts'
import { installPlugin } from '../../core/plugins/install-plugin.ts'
import { PluginRegistry } from '../../core/plugins/registry.ts'
import { resolveAction } from '../../core/plugins/resolve-action.ts'
import { statement } from '../../core/sql.ts'
import { buildProbe, insertWorkspace, openPluginWorld, type PluginWorld } from './world.ts'

let world: PluginWorld
beforeAll(async () => {
  world = await openPluginWorld('postgres')
  const path = await buildProbe(world.folder)
  await installPlugin(world.core, {
    workspaceId: world.workspaceId,
    from: { kind: 'folder', path },
    grant: 'all-declared',
  })
})
afterAll(() => world?.close())

test('says so when a workspace is asked about that was never loaded, and knows it once it is', async () => {
  const registry = new PluginRegistry(world.core)
  expect(() => registry.catalog(world.workspaceId)).toThrowError(expect.objectContaining({ code: 'UNAVAILABLE' }))
  await registry.load(world.workspaceId)
  expect([...registry.catalog(world.workspaceId).services.keys()]).toEqual(['email/send'])
})

test('a workspace without plugins has an empty catalog; loaded with all others or alone', async () => {
  const empty = await insertWorkspace(world.core, 'empty')
  const [all, alone] = [new PluginRegistry(world.core), new PluginRegistry(world.core)]
  await Promise.all([all.load(), alone.load(empty)])
  for (const registry of [all, alone]) expect(registry.catalog(empty).actions.size).toBe(0)
  expect(all.list(world.workspaceId).map(({ pluginId }) => pluginId)).toEqual(['probe'])
})

test('the last reading is the one that is believed', async () => {
  const registry = new PluginRegistry(world.core)
  const readings = [registry.load(), registry.invalidate(world.workspaceId)]
  await world.core.sql.query(statement('test-disable', `update installations set status = 'DISABLED'`))
  await Promise.all([...readings, registry.invalidate(world.workspaceId)])
  expect(registry.list(world.workspaceId)[0]!.status).toBe('DISABLED')
  await world.core.sql.query(statement('test-enable', `update installations set status = 'ENABLED'`))
})

test('a reading that is older than the revision which is asked for is not believed', async () => {
  const [{ id }, registry] = [{ id: world.workspaceId }, new PluginRegistry(world.core)]
  await registry.load(id)
  const bump =
    'update workspaces set plugins_revision = plugins_revision + 1 where id = $1 returning plugins_revision as revision'
  await world.core.sql.query(statement('test-rename', `update installations set default_account = 'other'`))
  const [row] = await world.core.sql.query<{ revision: number }>(statement('test-bump', bump), [id])
  const accounts = async (revision: number) =>
    (await registry.current(id, revision)).map(({ defaultAccount }) => defaultAccount)
  expect(await accounts(row!.revision - 1)).toEqual(['main'])
  expect(await accounts(row!.revision)).toEqual(['other'])
  await world.core.sql.query(statement('test-rename-back', `update installations set default_account = 'main'`))
})

test('an action is found once for as long as nothing changes', async () => {
  const first = resolveAction(world.core, world.workspaceId, 'probe/look@^1')
  expect(resolveAction(world.core, world.workspaceId, 'probe/look@^1')).toBe(first)
  expect(first).toMatchObject({ pluginId: 'probe', action: 'look', effect: 'read', timeoutMs: 5000 })
  await world.core.plugins.invalidate(world.workspaceId)
  expect(resolveAction(world.core, world.workspaceId, 'probe/look@^1')).not.toBe(first)
  expect(resolveAction(world.core, world.workspaceId, 'probe/greet').timeoutMs).toBe(30_000)
})

test('a stored manifest that is not accepted any more takes only its own plugin away', async () => {
  await world.core.sql.query(
    statement('test-spoil', `update plugin_packages set manifest = manifest || '{"engine": 5}'`),
  )
  const registry = new PluginRegistry(world.core)
  await registry.load()
  expect(registry.list(world.workspaceId)).toEqual([])
})

test('an installation is described in the language of who asks', () => {
  const [installation] = world.core.plugins.list(world.workspaceId)
  const described = describeInstallation(installation!, 'pt-BR')
  expect(described).toMatchObject({ pluginId: 'probe', title: 'Probe', publisher: 'tests', provides: ['email'] })
  const messages = { 'pt-BR': { 'plugin.title': 'Sonda', title: 'Briefing: {who}' } }
  const translated = { ...installation!, manifest: { ...installation!.manifest, messages } }
  expect(describeInstallation(translated, 'pt-BR').title).toBe('Sonda')
  expect(describeInstallation(translated, 'en').title).toBe('Probe')
  expect(described.permissions[0]).toEqual({
    kind: 'HOST',
    value: 'api.example.com:8443',
    reason: 'To be answered',
    sentence: 'Trocar dados com api.example.com:8443 pela internet.',
  })
  expect(described.actions.find(({ name }) => name === 'post')).toMatchObject({
    service: 'email/send',
    effect: 'send',
    inputSchema: { type: 'object' },
  })
})
