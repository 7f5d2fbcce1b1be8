import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { comesByItself } from '../plugins/our-plugins.ts'
import { readPackage } from '../plugins/packages/read-package.ts'
import type { RehearsalPlugin } from '../rehearsal/make-workspace.ts'
import { buildParts } from './build-parts.ts'
import { DIST } from './paths.ts'

/** The packages in dist/plugins for a rehearsal, built first where their sources have changed since. */
export async function builtPlugins(): Promise<RehearsalPlugin[]> {
  await buildParts(['plugins'])
  const folders = await readdir(join(DIST, 'plugins'), { withFileTypes: true })
  const packages = await Promise.all(
    folders.filter(entry => entry.isDirectory()).map(entry => readPackage(join(DIST, 'plugins', entry.name))),
  )
  return packages.map(({ manifest, rawManifest, bundle, digest }) => ({
    pluginId: manifest.id,
    version: manifest.version,
    rawManifest,
    bundle,
    digest,
    granted: manifest.permissions,
    services: comesByItself(manifest)
      ? Object.keys(manifest.provides).map(service => ({ service, position: 0, account: null, condition: null }))
      : [],
  }))
}

/** The workspace of a fresh installation. */
export const FRESH_WORKSPACE = { name: 'TRAE OS', timeZone: 'America/Sao_Paulo', locale: 'pt-BR' }
