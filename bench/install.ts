/**
 * T11, what a production install puts on a disk: packs this project, installs the package in an empty folder without what only development
 * needs and without running anybody's scripts (so without a compiler, and without Node itself, which `node` fetches in
 * one), and proves that it works by having it make and test a plugin in its sandbox. Bytes are those of the files; blocks are
 * what this file system takes for them, 4 KiB at least for each.
 *
 *   npm run bench:install -- [--json]
 */
import { execFile } from 'node:child_process'
import { lstat, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs, promisify } from 'node:util'

const ROOT = resolve(import.meta.dirname, '..')
const TARGET = { mib: 200, packages: 300 }
const SHOWN = 12

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } })
const folder = await mkdtemp(join(tmpdir(), 'trae-install-'))
try {
  const packed = await run(ROOT, 'npm', ['pack', '--json', '--pack-destination', folder])
  const tarball = (JSON.parse(packed.slice(packed.indexOf('[\n'))) as { filename: string }[])[0]!.filename
  await writeFile(join(folder, 'package.json'), '{ "name": "empty", "private": true }')
  const flags = ['--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund']
  await run(folder, 'npm', ['install', ...flags, `./${tarball}`])
  const modules = join(folder, 'node_modules')
  const names = await packagesIn(modules)
  const sizes = await Promise.all(names.map(async name => ({ name, ...(await sizeOf(join(modules, name))) })))
  await makeAPlugin(join(modules, 'trae-os/core/cli/launch.js'))
  report({ packages: await countAll(modules), ...(await sizeOf(modules)), sizes })
} finally {
  await rm(folder, { recursive: true, force: true })
}

async function run(cwd: string, file: string, args: readonly string[]): Promise<string> {
  return (await promisify(execFile)(file, args, { cwd, maxBuffer: 1 << 26 })).stdout
}

/** Of the top: `a`, `@b/c`. */
async function packagesIn(modules: string): Promise<string[]> {
  const names = (await readdir(modules)).filter(name => !name.startsWith('.'))
  const inScopes = names.map(async name =>
    name.startsWith('@') ? (await readdir(join(modules, name))).map(one => `${name}/${one}`) : [name],
  )
  return (await Promise.all(inScopes)).flat()
}

/** Nested ones as well. */
async function countAll(modules: string): Promise<number> {
  const lock = JSON.parse(await readFile(join(modules, '.package-lock.json'), 'utf8')) as { packages: object }
  return Object.keys(lock.packages).length
}

async function sizeOf(path: string): Promise<{ bytes: number; blocks: number }> {
  const { size, blocks, isDirectory } = await lstat(path).then(stat => ({ ...stat, isDirectory: stat.isDirectory() }))
  if (!isDirectory) return { bytes: size, blocks: blocks * 512 }
  const parts = await Promise.all((await readdir(path)).map(name => sizeOf(join(path, name))))
  return parts.reduce((sum, part) => ({ bytes: sum.bytes + part.bytes, blocks: sum.blocks + part.blocks }), {
    bytes: 0,
    blocks: blocks * 512,
  })
}

/** Throws where it does not. */
async function makeAPlugin(trae: string): Promise<void> {
  await run(folder, process.execPath, [trae, 'plugin', 'new', 'hello'])
  await run(folder, process.execPath, [trae, 'plugin', 'test', 'hello'])
}

interface Result {
  readonly packages: number
  readonly bytes: number
  readonly blocks: number
  readonly sizes: readonly { readonly name: string; readonly bytes: number; readonly blocks: number }[]
}

function report({ packages, bytes, blocks, sizes }: Result): void {
  const figures = { packages, bytesMiB: mib(bytes), blocksMiB: mib(blocks) }
  if (values.json) return console.log(JSON.stringify(figures))
  const met = (holds: boolean) => (holds ? 'met' : 'missed')
  console.log(`${packages} packages, ${TARGET.packages} at most: ${met(packages <= TARGET.packages)}`)
  console.log(`${mib(bytes)} MiB of bytes, ${TARGET.mib} at most: ${met(mib(bytes) <= TARGET.mib)}`)
  console.log(`${mib(blocks)} MiB of blocks, ${TARGET.mib} at most: ${met(mib(blocks) <= TARGET.mib)}`)
  console.log('It has made a plugin and run its tests in the sandbox.\n')
  for (const { name, ...size } of sizes.toSorted((one, other) => other.blocks - one.blocks).slice(0, SHOWN))
    console.log(
      `${name.padEnd(36)} ${mib(size.bytes).toFixed(1).padStart(6)} ${mib(size.blocks).toFixed(1).padStart(6)}`,
    )
}

function mib(bytes: number): number {
  return Math.round(bytes / 104_857.6) / 10
}
