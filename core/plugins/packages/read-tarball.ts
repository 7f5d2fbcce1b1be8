import { promisify } from 'node:util'
import { gunzip as gunzipBack, gzipSync } from 'node:zlib'
import { MAX_FILES, MAX_TARBALL_BYTES, MAX_TOTAL_BYTES, refused } from './package-limits.ts'
import { packageOf, type PluginPackage } from './read-package.ts'
import { readTar, writeTar } from './tar.ts'

const gunzip = promisify(gunzipBack)

/** All files of the largest package with their headers: what is more is a bomb, and is not unpacked to its end. */
const MAX_UNPACKED_BYTES = MAX_TOTAL_BYTES + MAX_FILES * 2048

/**
 * Reads a package from a tarball (`.tgz`) in memory: `plugin.json` and `plugin.js` below the one folder that npm packs into,
 * or at the top, or in `dist/` there. Nothing touches the disk. Throws `MANIFEST` with what is wrong; `where` names the tarball.
 */
export async function readTarball(tarball: Uint8Array, where: string): Promise<PluginPackage> {
  if (tarball.length > MAX_TARBALL_BYTES)
    throw refused(`${where} is larger than ${MAX_TARBALL_BYTES / 1024 / 1024} MiB, the most that is accepted.`)
  const files = new Map(readTar(await unpacked(tarball, where), where).map(({ path, data }) => [path, data]))
  const total = [...files.values()].reduce((sum, data) => sum + data.length, 0)
  if (total > MAX_TOTAL_BYTES) throw tooLarge(where)
  const manifest = [...files.keys()]
    .filter(path => /^(?:[^/]+\/)?(?:dist\/)?plugin\.json$/.test(path))
    .sort((a, b) => a.length - b.length)[0]
  if (manifest === undefined)
    throw refused(
      `${where} holds no plugin.json: it is no plugin of TRAE OS, or was packed before \`trae plugin build\`.`,
    )
  const bundle = files.get(manifest.replace(/json$/, 'js'))
  if (!bundle) throw refused(`${where} holds plugin.json, but no plugin.js beside it: build the plugin, then pack it.`)
  return packageOf(where, files.get(manifest)!, bundle, files.get(manifest.replace(/json$/, 'js.map')))
}

/** What of a package is handed to a host: manifest, bundle and source map, as `npm pack` would lay them out. */
export function packTarball({
  manifest,
  bundle,
  sourceMap,
}: {
  manifest: Uint8Array
  bundle: Uint8Array
  sourceMap?: Uint8Array | undefined
}): Uint8Array {
  return gzipSync(
    writeTar([
      { path: 'package/plugin.json', data: manifest },
      { path: 'package/plugin.js', data: bundle },
      ...(sourceMap ? [{ path: 'package/plugin.js.map', data: sourceMap }] : []),
    ]),
  )
}

async function unpacked(tarball: Uint8Array, where: string): Promise<Uint8Array> {
  try {
    return await gunzip(tarball, { maxOutputLength: MAX_UNPACKED_BYTES })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(where)
    throw refused(`${where} is not a gzipped tar archive (.tgz), or was damaged on its way. Get it again.`, cause)
  }
}

const tooLarge = (where: string) =>
  refused(`${where} unpacks to more than ${MAX_TOTAL_BYTES / 1024 / 1024} MiB; a package may not be larger.`)
