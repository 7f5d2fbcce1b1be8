import type { Core } from '../context.ts'
import { newId, type WorkspaceId } from '../ids.ts'
import { FIRST_ACCOUNT } from '../playbooks/account-name.ts'
import type { PluginPackage } from '../plugins/packages/read-package.ts'
import type { Permissions } from '../plugins/permissions.ts'
import { statement } from '../sql.ts'
import { teamEmail } from './team.ts'

/** A plugin as a rehearsal has it: its package, what was granted to it, and the services that it provides here. */
export interface RehearsalPlugin extends Pick<PluginPackage, 'rawManifest' | 'bundle' | 'digest'> {
  readonly pluginId: string
  readonly version: string
  readonly granted: Permissions
  readonly services: readonly RehearsalBinding[]
  /** Its default one; undefined: as in a fresh installation. */
  readonly defaultAccount?: string | undefined
}

export interface RehearsalBinding {
  readonly service: string
  readonly position: number
  readonly account: string | null
  readonly condition: string | null
}

/**
 * A workspace for one rehearsal, with somebody of each role in its team. Plugins are stored as they are, without the trial that an
 * installation makes of them: whoever rehearses with them has them installed, or built them.
 */
export async function makeWorkspace(
  core: Pick<Core, 'sql' | 'clock' | 'plugins'>,
  { plugins, workspace }: RehearsalOptions,
): Promise<WorkspaceId> {
  const id = newId<WorkspaceId>()
  const now = core.clock.now()
  await core.sql.transaction(async tx => {
    const packages = plugins.map(({ digest, pluginId, version, rawManifest, bundle }) => ({
      digest,
      plugin_id: pluginId,
      version,
      manifest: rawManifest,
      bundle,
    }))
    const [known] = await tx.query<{ n: number }>(COUNT_PACKAGES)
    if (known!.n === 0) await tx.query(ADD_PACKAGES, [JSON.stringify(packages), now])
    await tx.query(ADD_WORKSPACE, [id, workspace.name, workspace.timeZone, workspace.locale, now])
    const team = TEAM.map(({ role, name }, place) => ({ id: newId(), email: teamEmail(role, id), role, name, place }))
    await tx.query(ADD_TEAM, [id, JSON.stringify(team), workspace.locale, now])
    const installations = plugins.map(plugin => ({
      id: newId(),
      plugin_id: plugin.pluginId,
      version: plugin.version,
      digest: plugin.digest,
      granted: plugin.granted,
      default_account: plugin.defaultAccount ?? FIRST_ACCOUNT,
    }))
    await tx.query(ADD_INSTALLATIONS, [id, JSON.stringify(installations), now])
    const bindings = plugins.flatMap(plugin =>
      plugin.services.map(binding => ({ ...binding, plugin_id: plugin.pluginId })),
    )
    await tx.query(ADD_BINDINGS, [id, JSON.stringify(bindings)])
  })
  await core.plugins.invalidate(id)
  return id
}

const COUNT_PACKAGES = statement('rehearsal-count-packages', `select count(*)::int as n from plugin_packages`)
const ADD_PACKAGES = statement(
  'rehearsal-add-packages',
  `insert into plugin_packages (digest, plugin_id, version, manifest, bundle, created_at)
   select x.digest, x.plugin_id, x.version, x.manifest, x.bundle, $2
   from jsonb_to_recordset($1::jsonb) as x(digest text, plugin_id text, version text, manifest jsonb, bundle text)`,
)
const ADD_WORKSPACE = statement(
  'rehearsal-add-workspace',
  `insert into workspaces (id, slug, name, time_zone, locale, created_at) values ($1::uuid, $1::text, $2, $3, $4, $5)`,
)
/** Who has been here longest takes the first handoff. */
const TEAM = [
  { role: 'OPERATOR', name: 'Bia' },
  { role: 'OWNER', name: 'Olga' },
  { role: 'ADMIN', name: 'Ada' },
  { role: 'EDITOR', name: 'Edu' },
  { role: 'VIEWER', name: 'Vera' },
] as const
const ADD_TEAM = statement(
  'rehearsal-add-team',
  `with team as (
     select * from jsonb_to_recordset($2::jsonb) as x(id uuid, email text, role text, name text, place int)
   ), people as (
     insert into users (id, email, name, password_hash, locale, created_at) select id, email, name, '', $3, $4 from team
   )
   insert into memberships (workspace_id, user_id, role, created_at)
   select $1, id, role, $4::timestamptz + place * interval '1 millisecond' from team`,
)
const ADD_INSTALLATIONS = statement(
  'rehearsal-add-installations',
  `insert into installations (id, workspace_id, plugin_id, version, digest, status, granted, source, installed_at, updated_at, default_account)
   select x.id, $1, x.plugin_id, x.version, x.digest, 'ENABLED', x.granted, '{"kind": "folder", "path": ""}', $3, $3, x.default_account
   from jsonb_to_recordset($2::jsonb) as x(id uuid, plugin_id text, version text, digest text, granted jsonb, default_account text)`,
)
const ADD_BINDINGS = statement(
  'rehearsal-add-bindings',
  `insert into service_bindings (workspace_id, service, plugin_id, account, position, condition)
   select $1, x.service, x.plugin_id, coalesce(x.account, ''), x.position, x.condition
   from jsonb_to_recordset($2::jsonb) as x(service text, plugin_id text, account text, position int, condition text)`,
)

export interface RehearsalOptions {
  readonly plugins: readonly RehearsalPlugin[]
  readonly workspace: { readonly name: string; readonly timeZone: string; readonly locale: string }
}
