import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { TraeError } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import { buildPlugin } from './build-plugin.ts'
import { type AcceptedInstallation, type Grant, type InstallCore, storeInstallations } from './install-plugin.ts'
import type { Manifest } from './manifest.ts'
import { BUILT, comesByItself, foldersOf, SOURCES } from './our-plugins.ts'
import { acceptPackage } from './packages/check-package.ts'
import { readPackageManifest } from './packages/read-package.ts'
import { missingPermissions } from './permissions.ts'

/**
 * Installs what `trae build` left in `dist/plugins` into a workspace, by the same path as everybody's plugins, all or none. What is installed
 * with the same digest already costs the reading of one file and no sandbox. What needs an account is not installed here, only
 * kept up to date where a person has installed it, as long as it asks for no more than that person granted. Answers the ids
 * that were installed or replaced.
 */
export async function installBuiltIns(
  core: InstallCore,
  workspaceId: WorkspaceId,
  progress: (text: string) => void = () => {},
  builtDir: string = BUILT,
): Promise<string[]> {
  await core.plugins.load(workspaceId)
  const wanted: { readonly folder: string; readonly grant: Grant }[] = []
  for (const folder of await foldersOf(builtDir)) {
    const { manifest, digest } = await readPackageManifest(folder)
    const before = core.plugins.installation(workspaceId, manifest.id)
    if (before?.digest === digest) continue
    if (core.plugins.killed({ manifest, digest, source: { kind: 'built-in' } })) {
      progress(`${manifest.title} ${manifest.version} is on the kill list and is not installed`)
      continue
    }
    const chosen = !comesByItself(manifest)
    if (chosen && !before) continue
    if (chosen && missingPermissions(manifest.permissions, before!.granted).length > 0) {
      progress(`${manifest.title} ${manifest.version} asks for more: trae plugin install ${manifest.id} shows what`)
      continue
    }
    progress(`Installing the plugin ${manifest.title} ${manifest.version}`)
    wanted.push({ folder, grant: chosen ? 'as-before' : 'all-declared' })
  }
  const accepted = await Promise.all(
    wanted.map(async ({ folder, grant }): Promise<AcceptedInstallation> => {
      const found = await acceptPackage(core, folder, folder, { ours: true })
      return { workspaceId, found, source: { kind: 'built-in' }, grant }
    }),
  )
  if (accepted.length > 0) await storeInstallations(core, accepted)
  return accepted.map(({ found }) => found.manifest.id)
}

/**
 * Builds every plugin of `plugins/` into `dist/plugins`, all or nothing: what was there before is replaced only when every
 * one was built. Throws `MANIFEST` with the problems of all that fail.
 */
export async function buildBuiltIns(
  progress: (text: string) => void = () => {},
  sourcesDir: string = SOURCES,
  builtDir: string = BUILT,
): Promise<Manifest[]> {
  const fresh = `${builtDir}.${process.pid}`
  const manifests: Manifest[] = []
  const problems: string[] = []
  try {
    for (const source of await foldersOf(sourcesDir, 'index.ts')) {
      try {
        const building = join(fresh, 'building')
        const manifest = await buildPlugin(source, building)
        await rename(building, join(fresh, manifest.id))
        manifests.push(manifest)
        progress(
          `Built the plugin ${manifest.id} ${manifest.version} (${(manifest.bundle.bytes / 1024).toFixed(1)} KiB)`,
        )
      } catch (error) {
        if (!(error instanceof TraeError) || error.code !== 'MANIFEST') throw error
        problems.push(error.message)
      }
    }
    if (problems.length > 0) throw new TraeError('MANIFEST', problems.join('\n'), { details: { problems } })
    await rm(builtDir, { recursive: true, force: true })
    if (manifests.length > 0) await rename(fresh, builtDir)
    return manifests
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
}
