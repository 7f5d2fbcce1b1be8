import { constants } from 'node:fs'
import { lstat, open, readdir, realpath } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { CEILINGS, type Manifest, packageDigest, parseManifest, sha256 } from '../manifest.ts'
import { MAX_FILES, MAX_LEVELS, MAX_SOURCE_MAP_BYTES, MAX_TOTAL_BYTES, refused } from './package-limits.ts'

/** A package as it came: read, measured and hashed, nothing of it run. */
export interface PluginPackage {
  readonly manifest: Manifest
  /** The manifest as it was written: what is stored and what the digest is about. */
  readonly rawManifest: unknown
  readonly bundle: string
  /** Where lines of the bundle come from: for people to read, not covered by the digest. */
  readonly sourceMap?: string | undefined
  readonly digest: string
}

/**
 * Reads a package from a folder: `plugin.json`, `plugin.js` and, where it is there, `plugin.js.map`. Every entry of the folder must be a regular file or a
 * folder of such; links are refused wherever they point. Throws `MANIFEST` with what is wrong and where.
 */
export async function readPackage(folder: string): Promise<PluginPackage> {
  await checkEntries(folder)
  const manifest = await readRegularFile(folder, 'plugin.json', CEILINGS.manifestBytes)
  const bundle = await readRegularFile(folder, 'plugin.js', CEILINGS.bundleBytes)
  const map = await readRegularFile(folder, 'plugin.js.map', MAX_SOURCE_MAP_BYTES).catch(() => undefined)
  return packageOf(folder, manifest, bundle, map)
}

/** A package of the bytes of its files; `where` says in errors whose they are. A map that is no text is left out. Throws `MANIFEST`. */
export function packageOf(
  where: string,
  manifestBytes: Uint8Array,
  bytes: Uint8Array,
  map?: Uint8Array,
): PluginPackage {
  const { rawManifest, manifest, digest } = manifestOf(join(where, 'plugin.json'), manifestBytes)
  const file = join(where, 'plugin.js')
  if (bytes.length > CEILINGS.bundleBytes) throw tooLarge(file, CEILINGS.bundleBytes)
  const bundle = decode(bytes, file)
  const hash = sha256(bytes)
  if (hash !== manifest.bundle.sha256 || bytes.length !== manifest.bundle.bytes)
    throw refused(
      `${file} is not the file that plugin.json was made for: it has ${bytes.length} bytes and SHA-256 ${hash}, the manifest says ${manifest.bundle.bytes} bytes and ${manifest.bundle.sha256}. Build the plugin again.`,
    )
  return { manifest, rawManifest, bundle, digest, sourceMap: map && sourceMapOf(map) }
}

function sourceMapOf(bytes: Uint8Array): string | undefined {
  if (bytes.length > MAX_SOURCE_MAP_BYTES) return undefined
  const text = Buffer.from(bytes).toString('utf8')
  return text.includes('\0') ? undefined : text
}

type ReadManifest = Pick<PluginPackage, 'manifest' | 'rawManifest' | 'digest'>

/** Only the manifest and the digest that it gives: one file is read. */
export async function readPackageManifest(folder: string): Promise<ReadManifest> {
  return manifestOf(join(folder, 'plugin.json'), await readRegularFile(folder, 'plugin.json', CEILINGS.manifestBytes))
}

function manifestOf(file: string, bytes: Uint8Array): ReadManifest {
  if (bytes.length > CEILINGS.manifestBytes) throw tooLarge(file, CEILINGS.manifestBytes)
  const text = decode(bytes, file)
  let rawManifest: unknown
  try {
    rawManifest = JSON.parse(text)
  } catch (error) {
    throw refused(`${file} is not JSON: ${(error as Error).message}`)
  }
  const manifest = parseManifest(rawManifest, file)
  // What JSON can say and jsonb cannot hold: found here, and not as an error of the database
  if (/\\u0000|\\ud[89a-f]/i.test(JSON.stringify(rawManifest)))
    throw refused(`${file} contains U+0000 or half a surrogate pair; remove it.`)
  return { manifest, rawManifest, digest: packageDigest(rawManifest) }
}

async function checkEntries(folder: string): Promise<void> {
  const top = await realpath(folder).catch(() => undefined)
  if (top === undefined || !(await lstat(top)).isDirectory())
    throw refused(`${folder} is not a folder; give the folder that holds plugin.json.`)
  let files = 0
  let total = 0
  const walk = async (directory: string, level: number): Promise<void> => {
    for (const entry of await readdir(directory)) {
      const path = join(directory, entry)
      const shown = relative(top, path)
      const info = await lstat(path)
      if (info.isDirectory()) {
        if (level === MAX_LEVELS) throw refused(`${shown} in ${folder} is more than ${MAX_LEVELS} folders deep.`)
        await walk(path, level + 1)
        continue
      }
      if (info.isSymbolicLink()) throw refused(`${shown} in ${folder} is a link; a package holds only regular files.`)
      if (!info.isFile())
        throw refused(`${shown} in ${folder} is not a regular file; a package holds only regular files.`)
      files++
      total += info.size
      if (files > MAX_FILES)
        throw refused(`${folder} holds more than ${MAX_FILES} files; give the folder that \`trae plugin build\` made.`)
      if (total > MAX_TOTAL_BYTES)
        throw refused(`${folder} holds more than ${MAX_TOTAL_BYTES / 1024 / 1024} MiB; a package may not be larger.`)
    }
  }
  await walk(top, 1)
}

async function readRegularFile(folder: string, name: string, maxBytes: number): Promise<Buffer> {
  const path = join(folder, name)
  // O_NOFOLLOW: what was a file when the folder was walked may be a link now; O_NONBLOCK: a pipe would keep us waiting
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ELOOP') throw refused(`${path} is a link; a package holds only regular files.`)
      throw refused(
        error.code === 'ENOENT'
          ? `${path} is missing: build the plugin with \`trae plugin build\` first.`
          : `${path} cannot be read: ${error.code}.`,
      )
    },
  )
  try {
    const info = await handle.stat()
    if (!info.isFile()) throw refused(`${path} is not a regular file.`)
    const buffer = Buffer.alloc(maxBytes + 1)
    let length = 0
    for (;;) {
      const { bytesRead } = await handle.read(buffer, length, buffer.length - length, length)
      if (bytesRead === 0) break
      length += bytesRead
      if (length > maxBytes) throw tooLarge(path, maxBytes)
    }
    return buffer.subarray(0, length)
  } finally {
    await handle.close()
  }
}

const tooLarge = (file: string, maxBytes: number) =>
  refused(`${file} is larger than ${maxBytes / 1024} KiB, the most that is accepted.`)

function decode(bytes: Uint8Array, file: string): string {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw refused(`${file} is not UTF-8.`)
  }
  if (text.includes('\0')) throw refused(`${file} contains the character U+0000; remove it.`)
  return text
}
