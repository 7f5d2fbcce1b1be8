import { resolve } from 'node:path'
import { actorOf, audit } from '../access/audit.ts'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { type InstallationId, newId, type UserId, type WorkspaceId } from '../ids.ts'
import { type Sql, statement } from '../sql.ts'
import type { InstallationSource } from './entities.ts'
import { readKillList, refuseNamed } from './kill-list.ts'
import { acceptPackage } from './packages/check-package.ts'
import type { PluginPackage } from './packages/read-package.ts'
import { TELL_AGAIN } from './plugin-events.ts'
import { missingPermissions, type Permission, type Permissions, permissionSentence } from './permissions.ts'
import { BUMP_PLUGINS, type Installation } from './registry.ts'
import { writeStatus } from './set-plugin-status.ts'

export type InstallCore = Pick<Core, 'sql' | 'clock' | 'sandbox' | 'plugins'>

/**
 * What the installer agreed to. It must cover all that the manifest asks for: `all-declared` is a yes to whatever that
 * is, `as-before` a yes to what was granted to the version that is there (an update without a person).
 */
export type Grant = 'all-declared' | 'as-before' | Permissions

export interface InstallRequest {
  readonly workspaceId: WorkspaceId
  /** `built-in`: one of our own. */
  readonly from: { readonly kind: 'folder' | 'built-in'; readonly path: string }
  readonly grant: Grant
}

/**
 * Installs a plugin from a folder, or replaces its older version. The same path for our own plugins and everybody else's.
 * The same digest again changes nothing but the grant. A refusal leaves nothing behind: `MANIFEST` lists every problem of
 * the package; the others are those of `storeInstallation`.
 */
export async function installPlugin(
  core: InstallCore,
  { workspaceId, from, grant }: InstallRequest,
): Promise<Installation> {
  const folder = resolve(from.path)
  const ours = from.kind === 'built-in'
  const found = await acceptPackage(core, folder, folder, { ours })
  const source: InstallationSource = ours ? { kind: 'built-in' } : { kind: 'folder', path: folder }
  return storeInstallation(core, { workspaceId, found, source, grant })
}

/** An accepted package that a workspace is to run. */
export interface AcceptedInstallation {
  readonly workspaceId: WorkspaceId
  readonly found: PluginPackage
  readonly source: InstallationSource
  readonly grant: Grant
  readonly by?: UserId | undefined
}

/**
 * Makes an accepted package what the workspace runs under its id, in one transaction: package, installation, a binding for
 * each service that nobody provides yet, and the entry in the audit log. Throws `PERMISSION` with what is asked for without
 * consent (`details.missing`), `CONFLICT` for a service that would lose its provider, `MANIFEST` for what the kill list names;
 * nothing is changed then. What the list had disabled is enabled by it.
 */
export async function storeInstallation(
  core: Omit<InstallCore, 'sandbox'>,
  request: AcceptedInstallation,
): Promise<Installation> {
  await storeInstallations(core, [request])
  return core.plugins.installation(request.workspaceId, request.found.manifest.id)!
}

/** The same for several at once, all or none; the workspace's plugins are read again once. */
export async function storeInstallations(
  core: Omit<InstallCore, 'sandbox'>,
  requests: readonly AcceptedInstallation[],
): Promise<void> {
  const now = core.clock.now()
  await core.sql.transaction(async tx => {
    for (const request of requests) await writeInstallation(tx, request, now)
  })
  for (const workspaceId of new Set(requests.map(request => request.workspaceId)))
    await core.plugins.invalidate(workspaceId)
}

async function writeInstallation(
  tx: Sql,
  { workspaceId, found, source, grant, by }: AcceptedInstallation,
  now: Date,
): Promise<void> {
  const { manifest, digest } = found
  const { id: pluginId, version, permissions } = manifest
  // One installation of a workspace after the other: two of the same plugin would meet at the unique index
  if ((await tx.query(BUMP_PLUGINS, [workspaceId])).length === 0)
    throw new TraeError('NOT_FOUND', `There is no workspace ${workspaceId}.`)
  refuseNamed(await readKillList(tx), { ...found, source })
  const [before] = await tx.query<Before>(READ_INSTALLATION, [workspaceId, pluginId])
  const granted = grant === 'all-declared' ? permissions : grant === 'as-before' ? before?.granted : grant
  requireConsent(found, granted, before?.version)
  await storePackage(tx, found, now)
  const id = before?.id ?? newId<InstallationId>()
  const values = [version, digest, JSON.stringify(permissions), JSON.stringify(source), now]
  await tx.query(WRITE_INSTALLATION, [id, workspaceId, pluginId, ...values])
  if (before?.byKillList) await writeStatus(tx, workspaceId, pluginId, { status: 'ENABLED', reason: null, by }, now)
  if (before) {
    await tx.query(GO_ON_WITH_CALLS, [id])
    await tx.query(TELL_AGAIN, [id, now, null])
    for (const { service } of await tx.query<{ service: string }>(READ_BINDINGS, [workspaceId, pluginId])) {
      if (manifest.provides[service] === undefined)
        throw new TraeError(
          'CONFLICT',
          `${pluginId} ${version} no longer provides ${service}, which this workspace has from ${pluginId}: choose another provider first.`,
        )
    }
  }
  for (const service of Object.keys(manifest.provides)) await tx.query(ADD_BINDING, [workspaceId, service, pluginId])
  const action = before ? 'plugin.updated' : 'plugin.installed'
  const was = before ? { was: { version: before.version, digest: before.digest, granted: before.granted } } : {}
  const data = { version, digest, granted: permissions, source, ...was }
  await audit(tx, workspaceId, { actor: actorOf(by), action, target: `plugin:${pluginId}`, data }, now)
}

/** Stores a package under its digest; one that is there already stays, and is needed again. */
export async function storePackage(tx: Sql, found: PluginPackage, now: Date): Promise<void> {
  const { digest, manifest, rawManifest, bundle, sourceMap } = found
  const values = [digest, manifest.id, manifest.version, JSON.stringify(rawManifest), bundle, now, sourceMap ?? null]
  await tx.query(ADD_PACKAGE, values)
}

interface Before {
  readonly id: InstallationId
  readonly version: string
  readonly digest: string
  readonly granted: Permissions
  readonly byKillList: boolean
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

export const NOTHING: Permissions = { hosts: [], records: [], events: [], credentials: [] }

const READ_INSTALLATION = statement(
  'read-installation',
  `select id, version, digest, granted, by_kill_list as "byKillList" from installations where workspace_id = $1 and plugin_id = $2`,
)
const ADD_PACKAGE = statement(
  'add-plugin-package',
  `insert into plugin_packages (digest, plugin_id, version, manifest, bundle, created_at, source_map)
   values ($1, $2, $3, $4::jsonb, $5, $6, $7)
   on conflict (digest) do update set unneeded_since = null, source_map = coalesce(plugin_packages.source_map, excluded.source_map)`,
)
const WRITE_INSTALLATION = statement(
  'write-installation',
  `insert into installations (id, workspace_id, plugin_id, version, digest, status, granted, source, installed_at, updated_at)
   values ($1, $2, $3, $4, $5, 'ENABLED', $6::jsonb, $7::jsonb, $8, $8)
   on conflict (workspace_id, plugin_id) do update set
     version = excluded.version, digest = excluded.digest, granted = excluded.granted, source = excluded.source, updated_at = $8`,
)
/** Calls that could not begin, because their action was gone, are tried with the version that is there now. */
const GO_ON_WITH_CALLS = statement(
  'go-on-with-planned-calls',
  'update planned_calls set error = null, revision = revision + 1 where installation_id = $1 and error is not null',
)
const READ_BINDINGS = statement(
  'read-bindings-of-plugin',
  'select service from service_bindings where workspace_id = $1 and plugin_id = $2',
)
const ADD_BINDING = statement(
  'add-binding',
  `insert into service_bindings (workspace_id, service, plugin_id)
   select $1, $2::text, $3 where not exists (select from service_bindings where workspace_id = $1 and service = $2)`,
)
