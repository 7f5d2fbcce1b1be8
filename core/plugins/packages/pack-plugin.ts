import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { TraeError } from '../../errors.ts'
import type { Manifest } from '../manifest.ts'
import { parseNpmSpec } from './npm-spec.ts'
import type { PluginPackage } from './read-package.ts'
import { readTarball } from './read-tarball.ts'
import { type TarFile, writeTar } from './tar.ts'

export interface PackedPlugin {
  /** On npm: `trae-plugin-example`, `@acme/example`. */
  readonly name: string
  readonly version: string
  /** What the tarball is called: `acme-example-1.0.0.tgz`, as `npm pack` calls it. */
  readonly file: string
  readonly tarball: Uint8Array
  /** As npm writes it: `sha512-…`. */
  readonly integrity: string
  /** Bytes by path. */
  readonly files: readonly { readonly path: string; readonly bytes: number }[]
}

/** What of the author's own package.json goes along; scripts and dependencies never do. */
const KEPT = ['author', 'contributors', 'homepage', 'repository', 'bugs', 'funding', 'publishConfig'] as const

/**
 * The npm tarball of a plugin that was built and checked: manifest, bundle, source map, a package.json without scripts and dependencies,
 * README and LICENSE where the folder has them. The same source gives the same bytes. Throws `MANIFEST`.
 */
export async function packPlugin(folder: string, found: PluginPackage): Promise<PackedPlugin> {
  const { manifest, rawManifest, bundle, sourceMap } = found
  const own = await readPackageJson(folder)
  const name = nameOf(own, manifest)
  const texts = await Promise.all(['README.md', 'LICENSE'].map(path => readIfThere(join(folder, path), path)))
  const files: TarFile[] = [
    { path: 'package.json', data: json(describe(own, name, manifest)) },
    { path: 'plugin.json', data: json(rawManifest) },
    { path: 'plugin.js', data: Buffer.from(bundle) },
    ...(sourceMap === undefined ? [] : [{ path: 'plugin.js.map', data: Buffer.from(sourceMap) }]),
    ...texts.filter(text => text !== undefined),
  ]
  const tarball = gzipSync(writeTar(files.map(({ path, data }) => ({ path: `package/${path}`, data }))), { level: 9 })
  tarball[9] = 255 // which system packed it is nobody's business
  const file = `${name.replace(/^@/, '').replace('/', '-')}-${manifest.version}.tgz`
  await readTarball(tarball, file) // what no host would read is not handed out
  return {
    name,
    version: manifest.version,
    file,
    tarball,
    integrity: `sha512-${createHash('sha512').update(tarball).digest('base64')}`,
    files: files.map(({ path, data }) => ({ path, bytes: data.length })),
  }
}

function describe(own: Record<string, unknown>, name: string, { version, description, license }: Manifest) {
  return {
    name,
    version,
    description,
    license,
    keywords: ['trae-os-plugin'],
    type: 'module',
    files: ['plugin.json', 'plugin.js', 'plugin.js.map'],
    ...Object.fromEntries(KEPT.filter(key => own[key] !== undefined).map(key => [key, own[key]])),
  }
}

function nameOf(own: Record<string, unknown>, { id, version }: Manifest): string {
  const wrong = (message: string) => new TraeError('MANIFEST', message, { details: { problems: [message] } })
  if (own['version'] !== undefined && own['version'] !== version)
    throw wrong(
      `package.json says version ${JSON.stringify(own['version'])}, index.ts says ${JSON.stringify(version)}. Write the same in both.`,
    )
  const name = own['name'] ?? `trae-plugin-${id}`
  try {
    if (typeof name === 'string' && parseNpmSpec(name).name === name) return name
  } catch (error) {
    if (!(error instanceof TraeError)) throw error
  }
  throw wrong(`package.json: name: ${JSON.stringify(name)} is no name of an npm package, as trae-plugin-${id}.`)
}

async function readPackageJson(folder: string): Promise<Record<string, unknown>> {
  const found = await readIfThere(join(folder, 'package.json'), 'package.json')
  if (!found) return {}
  let value: unknown
  try {
    value = JSON.parse(Buffer.from(found.data).toString('utf8'))
  } catch (cause) {
    throw new TraeError('MANIFEST', `package.json is not JSON: ${(cause as Error).message}`, { cause })
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new TraeError('MANIFEST', 'package.json must hold an object.')
}

async function readIfThere(file: string, path: string): Promise<TarFile | undefined> {
  try {
    return { path, data: await readFile(file) }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

const json = (value: unknown) => Buffer.from(`${JSON.stringify(value, null, 2)}\n`)
