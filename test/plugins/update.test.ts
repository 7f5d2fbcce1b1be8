import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { readConfig } from '../../core/config.ts'
import type { Manifest } from '../../core/plugins/manifest.ts'
import { installPreviewed, previewPackage } from '../../core/plugins/packages/preview-package.ts'
import { updatePlugin } from '../../core/plugins/packages/update-plugin.ts'
import { warningSentence } from '../../core/plugins/packages/warnings.ts'
import { verifyPlugins } from '../../core/plugins/packages/verify-plugins.ts'
import { statement } from '../../core/sql.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { type NpmFarSide, openNpmFarSide } from './npm-far-side.ts'
import { type Mutable, spoil } from './spoil.ts'
import { entriesOf, tarball } from './tarballs.ts'
import { buildProbe, openPluginWorld, type PluginWorld } from './world.ts'

describe.each(DATABASE_KINDS)('an installed plugin, on %s', kind => {
  let world: PluginWorld
  let npm: NpmFarSide
  let built: string
  let folder: string
  let n = 0
  beforeAll(async () => {
    world = await openPluginWorld(kind)
    npm = await openNpmFarSide()
    Object.assign(world.core, { config: readConfig({ TRAE_PLUGIN_REGISTRY: npm.url }) })
    built = await buildProbe(world.folder, 'built')
  })
  afterAll(async () => {
    await npm?.close()
    await world?.close()
  })
  beforeEach(async () => {
    folder = join(world.folder, `package-${++n}`)
    await cp(built, folder, { recursive: true })
    npm.publish('probe-plugin', '1.2.0', tarball(await entriesOf(folder)))
    await agree('probe-plugin')
  })
  afterEach(async () => {
    npm.clear()
    for (const table of ['plugin_previews', 'installations', 'plugin_packages', 'service_bindings', 'audit_log'])
      await world.core.sql.query(statement(`clear-${table}`, `delete from ${table}`))
    await world.core.plugins.invalidate(world.workspaceId)
  })

  const agree = async (spec: string) => {
    const { digest } = await previewPackage(world.core, world.workspaceId, { kind: 'npm', spec })
    return installPreviewed(world.core, world.workspaceId, digest, undefined)
  }
  const release = async (version: string, edit: (manifest: Mutable<Manifest>) => void = () => {}) => {
    await spoil(folder, { edit: manifest => ((manifest.version = version), edit(manifest)) })
    npm.publish('probe-plugin', version, tarball(await entriesOf(folder)))
  }
  const update = () => updatePlugin(world.core, world.workspaceId, 'probe', undefined)
  const installed = () => world.core.plugins.installation(world.workspaceId, 'probe')!

  it('is the newest, or becomes it where that asks for the same or less', async () => {
    expect(await update()).toMatchObject({ kind: 'current', installation: { version: '1.2.0' } })
    await release('1.3.0', manifest => (manifest.permissions.hosts = []))
    expect(await update()).toMatchObject({
      kind: 'updated',
      installation: { version: '1.3.0', granted: { hosts: [] } },
    })
    expect(installed().source).toMatchObject({ kind: 'npm', version: '1.3.0' })
    npm.publish('probe-plugin', '1.2.0', tarball(await entriesOf(built))) // the registry goes back: we do not
    expect(await update()).toMatchObject({ kind: 'current', installation: { version: '1.3.0' } })
  })

  it('stays as it is where the newer version would use more of the host, and says what', async () => {
    await release('2.0.0', manifest => {
      manifest.limits = { ...manifest.limits, concurrency: 2, memoryMb: manifest.limits.memoryMb / 2 }
    })
    expect(await update()).toMatchObject({ kind: 'updated' }) // less of everything
    await release('2.1.0', manifest => (manifest.limits = { ...manifest.limits, wallMs: 60_000, memoryMb: 128, concurrency: 3 })) // prettier-ignore
    const outcome = await update()
    expect(outcome).toMatchObject({ kind: 'consent', installation: { version: '2.0.0' }, preview: { added: [] } })
    const { preview } = outcome as Extract<typeof outcome, { kind: 'consent' }>
    expect(preview.warnings.map(warning => warningSentence(warning, 'en'))).toEqual([
      'It may use more of this host than the installed version: memory of a call 32 MB → 128 MB; time of a call 30 s → 60 s; calls at once 2 → 3.',
    ])
    expect(warningSentence(preview.warnings[0]!, 'pt-BR')).toMatch(/^Pode usar mais deste servidor .*: memória/)
    await installPreviewed(world.core, world.workspaceId, preview.digest, undefined)
    expect(installed().version).toBe('2.1.0')
  })

  it('stays as it is where the newer version asks for more, until somebody agrees to what was shown', async () => {
    await release('2.0.0', manifest => {
      manifest.permissions.hosts = [{ host: 'evil.example.net', reason: 'Statistics' }]
    })
    const outcome = await update()
    expect(outcome).toMatchObject({
      kind: 'consent',
      installation: { version: '1.2.0' },
      preview: {
        added: [{ value: 'evil.example.net', reason: 'Statistics' }],
        dropped: [{ value: 'api.example.com:8443' }],
      },
    })
    expect(installed()).toMatchObject({ version: '1.2.0' })
    const { digest } = (outcome as Extract<typeof outcome, { kind: 'consent' }>).preview
    await installPreviewed(world.core, world.workspaceId, digest, undefined)
    expect(installed()).toMatchObject({ version: '2.0.0', granted: { hosts: [{ host: 'evil.example.net' }] } })
  })

  it('is not turned into another plugin, and not updated where nobody knows from where', async () => {
    await release('1.4.0', manifest => (manifest.id = 'prober'))
    await expect(update()).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('is another plugin, prober'),
    })
    expect(world.core.plugins.list(world.workspaceId).map(({ pluginId }) => pluginId)).toEqual(['probe'])
    const bytes = tarball(await entriesOf(built))
    const { digest } = await previewPackage(world.core, world.workspaceId, { kind: 'tarball', name: 'p.tgz', bytes })
    await installPreviewed(world.core, world.workspaceId, digest, undefined)
    await expect(update()).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('did not come from a registry'),
    })
    await expect(updatePlugin(world.core, world.workspaceId, 'nobody', undefined)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
  })

  it.each([
    [`update plugin_packages set bundle = bundle || ' '`, 'The code was changed'],
    [`update plugin_packages set manifest = jsonb_set(manifest, '{title}', '"Other"')`, 'The manifest was changed'],
    [`update plugin_packages set manifest = '{}'`, 'cannot be read any more'],
    [`update installations set version = '9.9.9'`, 'It stands as probe 9.9.9, and its manifest says probe 1.2.0'],
    [
      `update installations set granted = jsonb_set(granted, '{hosts}', '[{"host": "evil.example.net", "reason": "x"}]')`,
      'It was granted what it never asked for: evil.example.net',
    ],
  ])('is found out where somebody did this in the database: %s', async (text, problem) => {
    const before = await verifyPlugins(world.core, world.workspaceId)
    expect(before).toMatchObject({
      packages: [{ pluginId: 'probe', version: '1.2.0', problems: [] }],
      auditBrokenAt: null,
    })
    await world.core.sql.query(statement('', text))
    const { packages } = await verifyPlugins(world.core, world.workspaceId)
    expect(packages.flatMap(({ problems }) => problems).join('\n')).toContain(problem)
  })
})
