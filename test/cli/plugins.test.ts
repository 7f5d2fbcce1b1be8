import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { buildPlugin } from '../../core/plugins/build-plugin.ts'
import { openNpmFarSide } from '../plugins/npm-far-side.ts'
import { spoil } from '../plugins/spoil.ts'
import { entriesOf, tarball } from '../plugins/tarballs.ts'
import { PROBE } from '../plugins/world.ts'
import { startTrae, temporaryFolder, trae } from './trae.ts'

describe('the life of a plugin on the command line', { timeout: 180_000 }, () => {
  it('is installed, updated, disabled, enabled, verified and removed in the running host', async () => {
    const npm = await openNpmFarSide()
    const env = { TRAE_DATA_DIR: await temporaryFolder(), TRAE_PLUGIN_REGISTRY: npm.url }
    const host = startTrae(['start', '--json'], { env })
    await host.until('\n')
    const plugin = (...args: string[]) => trae(['plugin', ...args], { env })
    const folder = await temporaryFolder()
    await buildPlugin(PROBE, join(folder, 'dist'))
    const release = async (version: string, edit: Parameters<typeof spoil>[1]['edit'] = () => {}) => {
      await spoil(join(folder, 'dist'), { edit: manifest => ((manifest.version = version), edit(manifest)) })
      npm.publish('trae-plugin-probe', version, tarball(await entriesOf(join(folder, 'dist'))))
    }

    const unasked = await plugin('install', folder) // by its dist/
    expect(unasked).toMatchObject({ code: 1, stderr: expect.stringContaining('Say --yes if you agree') })
    expect(unasked.stdout).toContain('Read leads: name, e-mail, phone, company')
    expect((await plugin('list')).stdout).not.toContain('probe')
    const file = join(folder, 'probe.tgz')
    await writeFile(file, tarball(await entriesOf(join(folder, 'dist'))))
    expect((await plugin('install', file, '--yes')).stdout).toContain('probe 1.2.0 is installed.')
    expect(await plugin('install', join(folder, 'gone.tgz'), '--yes')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('gone.tgz cannot be read: ENOENT'),
    })
    expect(await plugin('install', 'trae-plugin-probe', '--yes')).toMatchObject({
      code: 1,
      stderr: `There is no trae-plugin-probe on ${npm.url}.\n`,
    })

    const inside = await plugin('install', 'https://localhost/probe.tgz', '--integrity', `sha512-${'A'.repeat(86)}==`)
    expect(inside).toMatchObject({ code: 1, stderr: expect.stringContaining('does not lead to the open internet') })
    expect(await plugin('install', file, '--integrity', 'sha512-x')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('--integrity is for a tarball from an address'),
    })

    await release('1.3.0')
    const fromNpm = await plugin('install', 'trae-plugin-probe@^1', '--yes')
    expect(fromNpm.stdout).toMatch(
      /published by acme-bot[^]*Not signed: the registry[^]*The installed version came from probe[^]*probe 1\.3\.0 is inst/,
    )
    await release('1.4.0')
    expect((await plugin('update', 'probe')).stdout).toBe('probe is 1.4.0 now, before 1.3.0; it asks for no more.\n')
    expect((await plugin('update', 'probe')).stdout).toBe('probe 1.4.0 is the newest.\n')
    await release('2.0.0', manifest => {
      manifest.permissions.records.push({ name: 'team:read', reason: 'To know who is there' })
    })
    const more = await plugin('update', 'probe')
    expect(more).toMatchObject({ code: 1, stderr: expect.stringContaining('nothing was changed') })
    expect(more.stdout).toMatch(/\+ is more than 1\.4\.0 may[^]*\n\+ See name and e-mail of who takes/)
    expect((await plugin('update', 'probe', '--yes')).stdout).toContain('probe is 2.0.0 now, before 1.4.0.')

    const lock = join(folder, 'plugins.lock.json')
    expect((await plugin('lock', '--out', lock)).stdout).toMatch(/^\d+ plugins are written down/)
    expect(JSON.parse(await readFile(lock, 'utf8'))).toMatchObject({
      lockfileVersion: 1,
      plugins: {
        probe: { version: '2.0.0', integrity: expect.stringMatching(/^sha512-/) },
        sdr: { source: 'TRAE OS' },
      },
    })
    expect(await plugin('verify', lock)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('as they were accepted'),
    })

    expect((await plugin('disable', 'probe', '--reason', 'Too slow.')).stdout).toContain('probe is disabled')
    expect((await plugin('list')).stdout).toContain('disabled')
    expect((await plugin('enable', 'probe')).stdout).toBe('probe is enabled.\n')
    expect(await plugin('enable', 'prob')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('has no plugin prob; did you mean probe?'),
    })
    expect(await plugin('remove', 'sdr')).toMatchObject({
      code: 1,
      stderr: 'sdr comes with TRAE OS and is not removed. Disable it instead.\n',
    })
    expect((await plugin('remove', 'probe')).stdout).toBe('probe is removed.\n')
    expect(await plugin('verify', lock)).toMatchObject({
      code: 1,
      stdout: `${lock}: probe 2.0.0 is not installed.\n`,
    })
    host.process.kill('SIGTERM')
    await host.ended
    await npm.close()
  })
})
