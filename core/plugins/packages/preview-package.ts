import { basename } from 'node:path'
import type { Core } from '../../context.ts'
import { TraeError } from '../../errors.ts'
import type { UserId, WorkspaceId } from '../../ids.ts'
import { type Sql, statement } from '../../sql.ts'
import type { InstallationSource } from '../entities.ts'
import { readKillList, refuseNamed } from '../kill-list.ts'
import { type Grant, type InstallCore, NOTHING, storeInstallation, storePackage } from '../install-plugin.ts'
import { type Manifest, parseManifest } from '../manifest.ts'
import { builtFolder, ourPluginIds } from '../our-plugins.ts'
import { missingPermissions, type Permission } from '../permissions.ts'
import type { Installation } from '../registry.ts'
import { RESERVED_IDS } from '../services.ts'
import { acceptPackage } from './check-package.ts'
import { downloadFromNpm, findOnNpm } from './npm-registry.ts'
import { refused } from './package-limits.ts'
import type { PluginPackage } from './read-package.ts'
import { readTarball } from './read-tarball.ts'
import { downloadTarball } from './tarball-address.ts'
import { packageWarnings, type PackageWarning } from './warnings.ts'

/** What somebody is shown before they agree. The digest stands for all of it: who agrees to the digest agrees to this. */
export interface PackagePreview {
  readonly digest: string
  readonly manifest: Manifest
  readonly source: InstallationSource
  readonly warnings: readonly PackageWarning[]
  /** What is there under this id now. */
  readonly installed: Installation | undefined
  /** What it asks for beyond what the installed version was granted; all that it asks for where none is. */
  readonly added: readonly Permission[]
  /** What the installed version was granted and this one does without. */
  readonly dropped: readonly Permission[]
}

/** Where a package is to come from: `spec` is `name@range`, the id of a plugin of ours, or the address of a tarball; `name` is what the file is called. */
export type PackageOrigin =
  | { readonly kind: 'npm'; readonly spec: string }
  | { readonly kind: 'tarball'; readonly name: string; readonly bytes: Uint8Array }

/** How long a preview may be agreed to. */
export const PREVIEW_MS = 60 * 60_000

export type PreviewCore = InstallCore & Pick<Core, 'config' | 'egress'>

/**
 * Fetches a package, checks it as an installation would, and keeps it for an hour so that what is agreed to is what was
 * seen. A package that cannot be accepted, or that the kill list names, leaves nothing behind: throws `MANIFEST` with every problem, and what `findOnNpm` and `downloadTarball` throw.
 */
export async function previewPackage(
  core: PreviewCore,
  workspaceId: WorkspaceId,
  origin: PackageOrigin,
): Promise<PackagePreview> {
  const { found, source } = origin.kind === 'npm' ? await fromName(core, origin.spec) : await fromTarball(core, origin)
  refuseNamed(await readKillList(core.sql), { ...found, source })
  await core.sql.transaction(async tx => {
    const now = core.clock.now()
    await storePackage(tx, found, now)
    await tx.query(KEEP_PREVIEW, [workspaceId, found.digest, JSON.stringify(source), now])
  })
  return previewOf(core, workspaceId, found, source)
}

/** What was previewed under this digest in the last hour. Throws `NOT_FOUND`. */
export async function readPreview(
  core: PreviewCore,
  workspaceId: WorkspaceId,
  digest: string,
): Promise<PackagePreview> {
  const { found, source } = await previewed(core, workspaceId, digest)
  return previewOf(core, workspaceId, found, source)
}

/** Installs what was previewed, with every permission that the preview showed. Throws `NOT_FOUND` and what `storeInstallation` throws. */
export function installPreviewed(
  core: PreviewCore,
  workspaceId: WorkspaceId,
  digest: string,
  by: UserId | undefined,
): Promise<Installation> {
  return storePreviewed(core, workspaceId, digest, 'all-declared', by)
}

/** Installs what was previewed under this grant. */
export async function storePreviewed(
  core: PreviewCore,
  workspaceId: WorkspaceId,
  digest: string,
  grant: Grant,
  by: UserId | undefined,
): Promise<Installation> {
  const { found, source } = await previewed(core, workspaceId, digest)
  return storeInstallation(core, { workspaceId, found, source, grant, by })
}

/** One of ours lies here already, whatever a registry has under its name. */
async function fromName(core: PreviewCore, spec: string) {
  if (/^[a-z]+:\/\//i.test(spec.trim())) return fromAddress(core, spec.trim())
  const folder = await builtFolder(spec.trim())
  if (folder === undefined) return fromNpm(core, spec)
  const found = await acceptPackage(core, spec, folder, { ours: true })
  return { found, source: { kind: 'built-in' } as const }
}

async function fromAddress(core: PreviewCore, address: string) {
  const { source, bytes } = await downloadTarball(core, address)
  return { found: await acceptPackage(core, source.url, () => readTarball(bytes, source.url)), source }
}

async function fromNpm(core: PreviewCore, spec: string) {
  const release = await findOnNpm(core, spec)
  const { source } = release
  const what = `${source.name}@${source.version}`
  const found = await acceptPackage(core, what, async () => {
    const read = await readTarball(await downloadFromNpm(core, release), what)
    if (read.manifest.version === source.version) return read
    throw refused(
      `${what} says in its plugin.json that it is version ${read.manifest.version}. Its author must build it again and publish it.`,
    )
  })
  return { found, source }
}

async function fromTarball(core: PreviewCore, { name, bytes }: Extract<PackageOrigin, { kind: 'tarball' }>) {
  const shown = basename(name.replace(/[^\p{L}\p{N} ._@/-]/gu, '')).slice(0, 200) || 'the tarball'
  const found = await acceptPackage(core, shown, () => readTarball(bytes, shown))
  return { found, source: { kind: 'tarball', name: shown } as const }
}

async function previewOf(
  core: PreviewCore,
  workspaceId: WorkspaceId,
  { manifest, digest }: PluginPackage,
  source: InstallationSource,
): Promise<PackagePreview> {
  const installed = core.plugins.installation(workspaceId, manifest.id)
  const here = core.plugins.list(workspaceId).map(({ pluginId }) => pluginId)
  const known = new Set([...(await ourPluginIds()), ...RESERVED_IDS, ...here])
  return {
    digest,
    manifest,
    source,
    warnings: packageWarnings(manifest, source, known, installed),
    installed,
    added: missingPermissions(manifest.permissions, installed?.granted ?? NOTHING),
    dropped: missingPermissions(installed?.granted ?? NOTHING, manifest.permissions),
  }
}

async function previewed(
  { sql, clock }: { readonly sql: Sql; readonly clock: Core['clock'] },
  workspaceId: WorkspaceId,
  digest: string,
): Promise<{ found: PluginPackage; source: InstallationSource }> {
  const since = new Date(clock.now().getTime() - PREVIEW_MS)
  const [row] = await sql.query<{ source: InstallationSource; manifest: unknown; bundle: string }>(READ_PREVIEW, [
    workspaceId,
    digest,
    since,
  ])
  if (!row)
    throw new TraeError(
      'NOT_FOUND',
      `No package ${digest.slice(0, 12)} was looked at here within the last hour. Look at it again, then agree to it.`,
    )
  const { source, manifest: rawManifest, bundle } = row
  return { found: { digest, rawManifest, bundle, manifest: parseManifest(rawManifest, digest) }, source }
}

const KEEP_PREVIEW = statement(
  'keep-plugin-preview',
  `insert into plugin_previews (workspace_id, digest, source, created_at) values ($1, $2, $3::jsonb, $4)
   on conflict (workspace_id, digest) do update set source = excluded.source, created_at = excluded.created_at`,
)
const READ_PREVIEW = statement(
  'read-plugin-preview',
  `select v.source, p.manifest, p.bundle from plugin_previews v join plugin_packages p on p.digest = v.digest
   where v.workspace_id = $1 and v.digest = $2 and v.created_at > $3`,
)
