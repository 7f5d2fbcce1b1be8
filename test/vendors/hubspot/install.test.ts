import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readConfig } from '../../../core/config.ts'
import { installBuiltIns } from '../../../core/plugins/install-built-ins.ts'
import { buildPlugin } from '../../../core/plugins/build-plugin.ts'
import { installPreviewed, previewPackage } from '../../../core/plugins/packages/preview-package.ts'
import { buildParts } from '../../../core/cli/build-parts.ts'
import { uninstallPlugin } from '../../../core/publishing/uninstall-plugin.ts'
import { openPluginWorld, type PluginWorld } from '../../plugins/world.ts'

const PLUGINS = join(import.meta.dirname, '../../../plugins')
let world: PluginWorld
let built: string
beforeAll(async () => {
  await buildParts(['plugins'])
  world = await openPluginWorld('postgres')
  Object.assign(world.core, { config: readConfig({ TRAE_PLUGIN_REGISTRY: 'https://registry.invalid/' }) })
  built = join(world.folder, 'plugins')
  for (const id of ['hubspot', 'local-crm']) await buildPlugin(join(PLUGINS, id), join(built, id))
})
afterAll(() => world?.close())

const start = async () => {
  const told: string[] = []
  const installed = await installBuiltIns(world.core, world.workspaceId, text => told.push(text), built)
  return { installed, told }
}
const installed = (id: string) => world.core.plugins.installation(world.workspaceId, id)
const provider = () => world.core.plugins.providers(world.workspaceId, 'crm')[0]?.pluginId
/** The same plugin in another version, which asks for one record more with `more`. */
const release = async (version: string, more: readonly object[] = []) => {
  const file = join(built, 'hubspot/plugin.json')
  const manifest = JSON.parse(await readFile(file, 'utf8'))
  manifest.version = version
  manifest.permissions.records.push(...more)
  await writeFile(file, JSON.stringify(manifest))
}

test('a start installs what needs no account, and leaves HubSpot to a person', async () => {
  expect((await start()).installed).toEqual(['local-crm'])
  expect(installed('hubspot')).toBeUndefined()
})

test('who installs it by its name gets the one that comes with TRAE OS, and keeps the CRM that is bound', async () => {
  const preview = await previewPackage(world.core, world.workspaceId, { kind: 'npm', spec: 'hubspot' })
  expect(preview).toMatchObject({ source: { kind: 'built-in' }, warnings: [], installed: undefined })
  expect(preview.added.map(({ value }) => value)).toContain('api.hubapi.com')
  await installPreviewed(world.core, world.workspaceId, preview.digest, undefined)
  expect(installed('hubspot')).toMatchObject({ status: 'ENABLED', source: { kind: 'built-in' } })
  expect(provider()).toBe('local-crm')
})

test('later starts bring it up to date, unless it asks for more', async () => {
  await release('1.0.1')
  expect(await start()).toEqual({ installed: ['hubspot'], told: ['Installing the plugin HubSpot 1.0.1'] })
  await release('1.1.0', [{ name: 'messages:read', reason: 'More.' }])
  expect(await start()).toEqual({
    installed: [],
    told: ['HubSpot 1.1.0 asks for more: trae plugin install hubspot shows what'],
  })
  expect(installed('hubspot')).toMatchObject({ version: '1.0.1' })
})

test('it can be removed, other than what every workspace has', async () => {
  await uninstallPlugin(world.core, world.workspaceId, 'hubspot')
  expect((await start()).installed).toEqual([])
  await expect(uninstallPlugin(world.core, world.workspaceId, 'local-crm')).rejects.toMatchObject({
    code: 'CONFLICT',
  })
})
