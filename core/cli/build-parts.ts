import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { PGlite } from '@electric-sql/pglite'
import { openDatabase } from '../adapters/database.ts'
import { packSeed, seedFile } from '../adapters/migrations/seed.ts'
import { TraeError } from '../errors.ts'
import { buildBuiltIns } from '../plugins/install-built-ins.ts'
import { buildPackages, PACKAGES_INDEX, packagesFingerprint } from './build-packages.ts'
import { DIST, ROOT } from './paths.ts'

export type PartName = 'plugins' | 'admin-ui' | 'seed' | 'packages'

export interface BuiltPart {
  readonly part: PartName
  /** `fresh`: nothing that it is made of has changed; `skipped`: it cannot be built here, `reason` says why. */
  readonly outcome: 'built' | 'fresh' | 'skipped'
  readonly reason?: string
  readonly milliseconds: number
}

interface Part {
  /** Files and folders that it is made of, and dependencies whose version counts. */
  readonly sources: readonly string[]
  readonly dependencies: RegExp
  /** What else counts. */
  readonly fingerprint?: () => Promise<string>
  /** Is there a result at all? */
  readonly exists: () => boolean
  /** Answers why it could not be built, where it could not. */
  readonly build: (progress: (text: string) => void) => Promise<string | void>
}

const PARTS: Readonly<Record<PartName, Part>> = {
  plugins: {
    sources: ['plugins', 'core/sdk', 'core/plugins'],
    dependencies: /^(esbuild|zod)$/,
    exists: () => existsSync(join(DIST, 'plugins')),
    build: async progress => void (await buildBuiltIns(progress)),
  },
  'admin-ui': {
    sources: ['admin-ui'],
    dependencies: /react|vite|mantine|urql|graphql|xyflow|codemirror/,
    exists: () => existsSync(join(DIST, 'admin-ui/index.html')),
    build: buildAdminUi,
  },
  seed: {
    sources: ['core/adapters/migrations'],
    dependencies: /pglite|mikro-orm/,
    exists: () => existsSync(seedFile()),
    build: buildSeed,
  },
  packages: {
    sources: [],
    dependencies: /./,
    fingerprint: packagesFingerprint,
    exists: () => existsSync(PACKAGES_INDEX),
    build: buildPackages,
  },
}
export const PART_NAMES = Object.keys(PARTS) as PartName[]

/**
 * Builds those parts whose sources or dependencies have changed since they were last built; the rest costs a reading of
 * its sources. What could not be built here is no error. `progress` hears what takes time.
 */
export async function buildParts(
  names: readonly PartName[] = PART_NAMES,
  progress: (text: string) => void = () => {},
): Promise<BuiltPart[]> {
  const results: BuiltPart[] = []
  for (const part of names) {
    const began = performance.now()
    const done = (outcome: BuiltPart['outcome'], reason?: string) =>
      results.push({
        part,
        outcome,
        ...(reason ? { reason } : {}),
        milliseconds: Math.round(performance.now() - began),
      })
    if (await isFresh(part)) {
      done('fresh')
      continue
    }
    const hash = await hashOf(PARTS[part]) // of what is built now, whatever changes meanwhile
    const reason = await PARTS[part].build(progress)
    if (!reason) await remember(part, hash)
    done(reason ? 'skipped' : 'built', reason ?? undefined)
  }
  return results
}

/** Those that are missing or older than their sources. */
export async function staleParts(names: readonly PartName[] = PART_NAMES): Promise<PartName[]> {
  const stale = await Promise.all(names.map(async part => !(await isFresh(part))))
  return names.filter((_, i) => stale[i])
}

/** In the image there are no sources of the admin UI: what was built of them is taken as it is. */
async function isFresh(part: PartName): Promise<boolean> {
  const { sources, exists } = PARTS[part]
  if (!exists()) return false
  if (!sources.every(source => existsSync(join(ROOT, source)))) return true
  return (await readHashes())[part] === (await hashOf(PARTS[part]))
}

async function buildAdminUi(progress: (text: string) => void): Promise<string | void> {
  const vite = await import('vite').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ERR_MODULE_NOT_FOUND') return undefined
    throw error
  })
  if (!vite) return 'vite is not installed (npm ci --omit=dev): the admin UI is taken as it is in dist/admin-ui'
  progress('Building the admin UI')
  try {
    await vite.build({ configFile: join(ROOT, 'admin-ui/vite.config.ts'), logLevel: 'silent' })
  } catch (cause) {
    throw new TraeError('CONFIG', `The admin UI cannot be built: ${(cause as Error).message}`, { cause })
  }
}

/** An empty database with every migration, as a file that a first start unpacks instead of making one. */
async function buildSeed(progress: (text: string) => void): Promise<void> {
  progress('Preparing the embedded database (some seconds)')
  await mkdir(DIST, { recursive: true })
  const old = await readdir(DIST)
  await Promise.all(
    old.filter(name => name.startsWith('pglite-seed-')).map(name => rm(join(DIST, name), { force: true })),
  )
  const database = await openDatabase({ databaseUrl: undefined, dataDir: 'memory://' }, [])
  try {
    const { pglite } = database.orm.config.get('driverOptions') as { pglite: PGlite }
    await replaceFile(seedFile(), await packSeed(pglite))
  } finally {
    await database.close()
  }
}

const HASHES = join(DIST, 'build.json')

async function readHashes(): Promise<Partial<Record<PartName, string>>> {
  try {
    return JSON.parse(await readFile(HASHES, 'utf8')) as Partial<Record<PartName, string>>
  } catch {
    return {} // never built, or a file that was cut off: everything is built again
  }
}

async function remember(part: PartName, hash: string): Promise<void> {
  await mkdir(DIST, { recursive: true })
  await replaceFile(HASHES, JSON.stringify({ ...(await readHashes()), [part]: hash }, null, 2))
}

/** Whoever reads it sees the old file or the new one, never half of it. */
async function replaceFile(path: string, content: string | Buffer): Promise<void> {
  const temporary = `${path}.${process.pid}`
  await writeFile(temporary, content)
  await rename(temporary, path)
}

async function hashOf({ sources, dependencies, fingerprint }: Part): Promise<string> {
  const hash = createHash('sha256')
  const manifest = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as Record<
    string,
    Record<string, string>
  >
  const versions = Object.entries({ ...manifest['dependencies'], ...manifest['devDependencies'] })
  hash.update(JSON.stringify(versions.filter(([name]) => dependencies.test(name))))
  if (fingerprint) hash.update(await fingerprint())
  for (const source of sources) {
    const entries = await readdir(join(ROOT, source), { recursive: true, withFileTypes: true })
    const files = entries
      .filter(entry => entry.isFile() && !entry.parentPath.includes('node_modules'))
      .map(entry => join(entry.parentPath, entry.name))
    for (const file of files.sort())
      hash
        .update(file.slice(ROOT.length))
        .update('\0')
        .update(await readFile(file))
        .update('\0')
  }
  return hash.digest('hex')
}
