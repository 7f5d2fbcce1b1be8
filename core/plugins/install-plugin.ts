import { resolve } from 'node:path'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { type InstallationId, newId, type WorkspaceId } from '../ids.ts'
import { checkPackage } from './check-package.ts'
import { InstallationRow, PluginPackageRow, ServiceBindingRow } from './entities.ts'
import { missingPermissions, type Permission, type Permissions, permissionSentence } from './permissions.ts'
import type { PluginPackage } from './read-package.ts'
import type { Installation } from './registry.ts'

export interface InstallRequest {
  readonly workspaceId: WorkspaceId
  readonly from: { readonly kind: 'folder'; readonly path: string }
  /**
   * What the installer agreed to. It must cover all that the manifest asks for: `all-declared` is a yes to whatever that
   * is, `as-before` a yes to what was granted to the version that is there (an update without a person).
   */
  readonly grant: 'all-declared' | 'as-before' | Permissions
}

/**
 * Installs a plugin, or replaces its older version, in one transaction: package, installation, and a binding for each
 * service that nobody provides yet. The same path for our own plugins and everybody else's. The same digest again changes
 * nothing but the grant. A refusal leaves nothing behind: `MANIFEST` lists every problem of the package, `PERMISSION`
 * the permissions without consent (`details.missing`), `CONFLICT` a service that would lose its provider.
 */
export async function installPlugin(
  core: Pick<Core, 'orm' | 'clock' | 'sandbox' | 'plugins' | 'pubsub'>,
  { workspaceId, from, grant }: InstallRequest,
): Promise<Installation> {
  const folder = resolve(from.path)
  const { problems, package: found } = await checkPackage(core, folder)
  if (!found)
    throw new TraeError('MANIFEST', `The plugin in ${folder} cannot be accepted:\n  ${problems.join('\n  ')}`, {
      details: { problems },
    })

  const installationId = await core.orm.em.fork().transactional(async em => {
    // One installation of a workspace after the other: two of the same plugin would meet at the unique index
    const workspaces: unknown[] = await em
      .getConnection()
      .execute('select id from workspaces where id = ? for update', [workspaceId], 'all', em.getTransactionContext())
    if (workspaces.length === 0) throw new TraeError('NOT_FOUND', `There is no workspace ${workspaceId}.`)
    const before = await em.findOne(InstallationRow, { workspaceId, pluginId: found.manifest.id })
    const granted =
      grant === 'all-declared' ? found.manifest.permissions : grant === 'as-before' ? before?.granted : grant
    requireConsent(found, granted, before?.version)

    const now = core.clock.now()
    const { id: pluginId, version, permissions } = found.manifest
    const { digest, rawManifest, bundle } = found
    await em.upsert(
      PluginPackageRow,
      { digest, pluginId, version, manifest: rawManifest, bundle, createdAt: now },
      { onConflictAction: 'ignore' },
    )
    const source = { kind: 'folder', path: folder } as const
    const row =
      before ??
      em.create(InstallationRow, {
        id: newId<InstallationId>(),
        workspaceId,
        pluginId,
        version,
        digest,
        status: 'ENABLED',
        granted: permissions,
        source,
        installedAt: now,
        updatedAt: now,
      })
    if (before) em.assign(before, { version, digest, granted: permissions, source, updatedAt: now })

    for (const { service, pluginId: provider } of await em.find(ServiceBindingRow, { workspaceId, pluginId })) {
      if (found.manifest.provides[service] === undefined)
        throw new TraeError(
          'CONFLICT',
          `${pluginId} ${version} no longer provides ${service}, which this workspace has from ${provider}: choose another provider first.`,
        )
    }
    for (const service of Object.keys(found.manifest.provides))
      await em.upsert(ServiceBindingRow, { workspaceId, service, pluginId }, { onConflictAction: 'ignore' })
    return row.id
  })
  await core.plugins.invalidate(workspaceId)
  core.pubsub.publish('installation.updated', { workspaceId, installationId })
  return core.plugins.installation(workspaceId, found.manifest.id)!
}

function requireConsent(
  { manifest }: PluginPackage,
  granted: Permissions | undefined,
  before: string | undefined,
): void {
  const missing = missingPermissions(manifest.permissions, granted ?? NOTHING)
  if (missing.length === 0) return
  const what =
    before === undefined
      ? `${manifest.id} ${manifest.version} asks for`
      : `${manifest.id} ${manifest.version} asks for more than ${before} was granted:`
  const lines = missing.map(
    permission => `${permission.value}: ${permissionSentence(permission, 'en')} (${permission.reason})`,
  )
  throw new TraeError(
    'PERMISSION',
    `${what}\n  ${lines.join('\n  ')}\nNothing was changed. Agree to it, or keep what is installed.`,
    {
      details: { missing: missing satisfies Permission[] },
    },
  )
}

const NOTHING: Permissions = { hosts: [], records: [], events: [], credentials: [] }
