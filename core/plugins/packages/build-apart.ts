import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildPlugin } from '../build-plugin.ts'
import { type PluginPackage, readPackage } from './read-package.ts'

/** Builds a plugin and reads the package; nothing is left of it on disk, and nothing of the author's is touched. Throws `MANIFEST`. */
export async function buildApart(source: string): Promise<PluginPackage> {
  const folder = await mkdtemp(join(tmpdir(), 'trae-plugin-'))
  try {
    await buildPlugin(source, join(folder, 'dist'))
    return await readPackage(join(folder, 'dist'))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
