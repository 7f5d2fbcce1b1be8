import type { Core } from '../context.ts'
import type { WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'
import type { RehearsalPlugin } from './make-workspace.ts'

/** What is enabled in the workspace, with what was granted to it and the services that it provides there. */
export async function installedPlugins(
  core: Pick<Core, 'sql' | 'plugins'>,
  workspaceId: WorkspaceId,
): Promise<RehearsalPlugin[]> {
  const installed = core.plugins.list(workspaceId).filter(one => one.status === 'ENABLED')
  const rows = await core.sql.query<{ digest: string; manifest: unknown; bundle: string }>(READ_PACKAGES, [
    installed.map(one => one.digest),
  ])
  const packages = new Map(rows.map(row => [row.digest, row]))
  return installed.flatMap(({ pluginId, version, digest, granted, manifest, defaultAccount }) => {
    const found = packages.get(digest)
    if (!found) return []
    const services = Object.keys(manifest.provides).flatMap(service =>
      core.plugins
        .providers(workspaceId, service)
        .flatMap((one, position) =>
          one.pluginId === pluginId ? [{ service, position, account: one.account, condition: one.condition }] : [],
        ),
    )
    const { manifest: rawManifest, bundle } = found
    return [{ pluginId, version, digest, granted, services, defaultAccount, rawManifest, bundle }]
  })
}
const READ_PACKAGES = statement(
  'read-packages',
  `select digest, manifest, bundle from plugin_packages where digest = any($1::text[])`,
)
