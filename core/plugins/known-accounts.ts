import { listCredentials } from '../credentials/store.ts'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import type { Catalog } from '../playbooks/catalog.ts'
import { unknownAccount } from '../playbooks/account-name.ts'
import type { ServiceProvider } from './registry.ts'

/** Plugin id → the names of its accounts, in the order in which they were connected; null for one that uses none. */
export type KnownAccounts = NonNullable<Catalog['accounts']>

export async function knownAccounts(
  core: Pick<Core, 'sql' | 'plugins'>,
  workspaceId: WorkspaceId,
): Promise<KnownAccounts> {
  const rows = Map.groupBy(await listCredentials(core, workspaceId), ({ installationId }) => installationId)
  return new Map(
    core.plugins.list(workspaceId).map(({ id, pluginId, manifest }) => {
      const names = new Set((rows.get(id) ?? []).map(({ account }) => account))
      return [pluginId, Object.keys(manifest.credentials).length === 0 ? null : [...names]]
    }),
  )
}

/** Throws `BAD_USER_INPUT` for a provider that names an account which its plugin does not have. */
export async function requireAccounts(
  core: Pick<Core, 'sql' | 'plugins'>,
  workspaceId: WorkspaceId,
  providers: readonly ServiceProvider[],
): Promise<void> {
  if (providers.every(({ account }) => account === null)) return
  const known = await knownAccounts(core, workspaceId)
  for (const { pluginId, account } of providers) {
    const names = known.get(pluginId) ?? null
    if (account === null || names?.includes(account)) continue
    const [message, meant] = unknownAccount(pluginId, account, names)
    throw new TraeError('BAD_USER_INPUT', meant ? `${message} Did you mean ${meant}?` : message)
  }
}
