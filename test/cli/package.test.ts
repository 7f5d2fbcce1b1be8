import { execFileSync } from 'node:child_process'
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { readTar } from '../../core/plugins/packages/tar.ts'
import { gunzipSync } from 'node:zlib'
import { ROOT, temporaryFolder, trae } from './trae.ts'

it('is packed for authors of plugins, who work with it from an empty folder', { timeout: 300_000 }, async () => {
  const folder = await temporaryFolder()
  const modules = join(folder, 'node_modules')
  await mkdir(join(modules, 'trae-os'), { recursive: true })
  // What prepack does, then npm itself; dependencies are those of this checkout, for there may be no network
  execFileSync(process.execPath, [join(ROOT, 'deploy/make-package.ts')])
  execFileSync('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: ROOT, stdio: 'pipe' })
  const tarball = (await readdir(folder)).find(name => name.endsWith('.tgz'))!
  execFileSync('tar', ['xzf', join(folder, tarball), '--strip-components=1', '-C', join(modules, 'trae-os')])
  for (const name of await readdir(join(ROOT, 'node_modules')))
    if (!name.startsWith('.')) await symlink(join(ROOT, 'node_modules', name), join(modules, name))

  const launcher = join(modules, 'trae-os/core/cli/launch.js')
  const plugin = (...args: string[]) => trae(['plugin', ...args], { launcher, cwd: folder })
  expect(await plugin('new', 'hello')).toMatchObject({ code: 0, stderr: '' })
  expect(await plugin('new', 'sdr')).toMatchObject({ code: 1, stderr: expect.stringContaining('comes with TRAE OS') })
  expect(await plugin('check', 'hello', '--strict')).toMatchObject({ code: 0, stderr: '' })
  expect(await plugin('test', 'hello')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('2 of 2 tests passed'),
  })
  expect(await plugin('build', 'hello')).toMatchObject({ code: 0, stderr: '' })
  expect(await plugin('pack', 'hello')).toMatchObject({ code: 0, stderr: '' })
  const packed = readTar(gunzipSync(await readFile(join(folder, 'trae-plugin-hello-0.1.0.tgz'))), 'it')
  expect(packed.map(({ path }) => path)).toContain('package/plugin.js')

  const tsc = (...args: string[]) =>
    execFileSync(process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), ...args], { cwd: folder })
  tsc('-p', 'hello') // by the declarations of the package
  const greet = join(folder, 'hello/actions/greet.ts')
  await writeFile(greet, (await readFile(greet, 'utf8')).replace('ctx.t(', 'ctx.tt('))
  expect(() => tsc('-p', 'hello')).toThrow()
})
