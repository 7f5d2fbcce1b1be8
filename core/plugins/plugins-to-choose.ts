import type { Core } from '../context.ts'
import type { WorkspaceId } from '../ids.ts'
import type { Manifest } from './manifest.ts'
import { BUILT, comesByItself, foldersOf } from './our-plugins.ts'
import { readPackageManifest } from './packages/read-package.ts'

/** The plugins that come with TRAE OS, need an account at a vendor, and are not installed in this workspace; by id. */
export async function pluginsToChoose(
  core: Pick<Core, 'plugins'>,
  workspaceId: WorkspaceId,
  builtDir: string = BUILT,
): Promise<Manifest[]> {
  await core.plugins.load(workspaceId)
  const packages = await Promise.all((await foldersOf(builtDir, 'plugin.json')).map(readPackageManifest))
  return packages
    .map(({ manifest }) => manifest)
    .filter(manifest => !comesByItself(manifest) && !core.plugins.installation(workspaceId, manifest.id))
}
