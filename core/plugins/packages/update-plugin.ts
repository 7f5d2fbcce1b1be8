import { TraeError } from '../../errors.ts'
import type { UserId, WorkspaceId } from '../../ids.ts'
import { compareVersions } from '../../version-range.ts'
import type { Installation } from '../registry.ts'
import { requireInstallation } from '../set-plugin-status.ts'
import { findOnNpm } from './npm-registry.ts'
import { type PackagePreview, type PreviewCore, previewPackage, storePreviewed } from './preview-package.ts'

/** What became of an update: nothing newer is there; done; or it asks for more, and somebody has to agree to the preview. */
export type UpdateOutcome =
  | { readonly kind: 'current' | 'updated'; readonly installation: Installation }
  | { readonly kind: 'consent'; readonly installation: Installation; readonly preview: PackagePreview }

/**
 * Looks for the newest version of a plugin where it came from. One that asks for no more than was granted, and uses no more of the host, takes the place
 * of the installed one; runs under way and published playbooks keep the version that they locked. Throws `CONFLICT` for a
 * plugin that did not come from a registry, and what a preview throws.
 */
export async function updatePlugin(
  core: PreviewCore,
  workspaceId: WorkspaceId,
  pluginId: string,
  by: UserId | undefined,
): Promise<UpdateOutcome> {
  const installation = requireInstallation(core, workspaceId, pluginId)
  const { source } = installation
  if (source.kind !== 'npm')
    throw new TraeError(
      'CONFLICT',
      `${pluginId} did not come from a registry, so nobody knows where a newer version is. Install the newer package over it.`,
    )
  const release = await findOnNpm(core, source.name)
  if (compareVersions(release.source.version, installation.version) <= 0) return { kind: 'current', installation }
  const preview = await previewPackage(core, workspaceId, {
    kind: 'npm',
    spec: `${source.name}@${release.source.version}`,
  })
  if (preview.manifest.id !== pluginId)
    throw new TraeError(
      'CONFLICT',
      `${source.name}@${release.source.version} is another plugin, ${preview.manifest.id}. Nothing was changed; install that one by itself if you want it.`,
    )
  const takesMore = preview.added.length > 0 || preview.warnings.some(({ code }) => code === 'MORE_LIMITS')
  if (takesMore) return { kind: 'consent', installation, preview }
  return { kind: 'updated', installation: await storePreviewed(core, workspaceId, preview.digest, 'as-before', by) }
}
