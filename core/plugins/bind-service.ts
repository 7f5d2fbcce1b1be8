import { actorOf, audit } from '../access/audit.ts'
import type { Core } from '../context.ts'
import { requireAccountName } from '../playbooks/account-name.ts'
import { didYouMean } from '../did-you-mean.ts'
import { TraeError } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import { compileServiceRule } from '../playbooks/service-rule.ts'
import { type Sql, statement } from '../sql.ts'
import { BUMP_PLUGINS, providerName, type ServiceProvider } from './registry.ts'
import { SERVICES, type Service } from './services.ts'
import type { By } from './set-plugin-status.ts'

export const MOST_PROVIDERS = 10

/** The service with this id. Throws `NOT_FOUND`. */
export function requireService(id: string): Service {
  const service = SERVICES.get(id)
  if (service) return service
  const meant = didYouMean(id, SERVICES.keys())
  throw new TraeError(
    'NOT_FOUND',
    `There is no service ${JSON.stringify(id)}. ${meant ? `Did you mean ${meant}?` : `There is: ${[...SERVICES.keys()].join(', ')}.`}`,
  )
}

/** `condition` is CEL over `lead` and `inputs`; `account` names one of the plugin's, its default without it. */
export interface WantedProvider {
  readonly pluginId: string
  readonly account?: string | null | undefined
  readonly condition?: string | null | undefined
}

/**
 * What a person wrote as the providers of a service, in order, ready to be stored. Throws `NOT_FOUND` for a service or
 * plugin that is not there, `BAD_USER_INPUT` for a plugin that does not provide the service or stands there twice, a rule
 * that cannot be read, and for nobody at all.
 */
export function checkBinding(
  core: Pick<Core, 'plugins'>,
  workspaceId: WorkspaceId,
  serviceId: string,
  providers: readonly WantedProvider[],
): ServiceProvider[] {
  const { id } = requireService(serviceId)
  const able = core.plugins.list(workspaceId).filter(one => one.manifest.provides[id] !== undefined)
  const who = able.map(({ pluginId }) => pluginId).join(', ') || 'no plugin that is installed'
  const refuse = (message: string) => new TraeError('BAD_USER_INPUT', message)
  if (providers.length === 0)
    throw refuse(`${id} needs at least one provider; ${who} can. To stop it, disable the plugin.`)
  if (providers.length > MOST_PROVIDERS) throw refuse(`A service has at most ${MOST_PROVIDERS} providers.`)
  return providers.map(({ pluginId, account, condition }, position) => {
    if (!core.plugins.installation(workspaceId, pluginId))
      throw new TraeError('NOT_FOUND', `No plugin ${pluginId} is installed here. ${id} can be provided by ${who}.`)
    if (!able.some(one => one.pluginId === pluginId)) throw refuse(`${pluginId} does not provide ${id}; ${who} can.`)
    const named = account?.trim() || null
    if (named !== null) requireAccountName(named)
    const same = (one: WantedProvider) => one.pluginId === pluginId && (one.account?.trim() || null) === named
    if (providers.findIndex(same) !== position)
      throw refuse(
        `${providerName({ pluginId, account: named })} stands there twice; put both rules into one, with ||.`,
      )
    const rule = condition?.trim()
    return { pluginId, account: named, condition: rule ? compileServiceRule(rule).source : null }
  })
}

/** Stores what `checkBinding` gave in place of what was there, with an entry in the audit log. */
export async function storeBinding(
  tx: Sql,
  workspaceId: WorkspaceId,
  service: string,
  providers: readonly ServiceProvider[],
  { by, now }: By & { readonly now: Date },
): Promise<void> {
  await tx.query(BUMP_PLUGINS, [workspaceId])
  const was = await tx.query<ServiceProvider>(UNBIND_SERVICE, [workspaceId, service])
  const rows = providers.map(({ pluginId, account, condition }, position) => ({
    plugin_id: pluginId,
    account: account ?? '',
    position,
    condition,
  }))
  await tx.query(BIND_SERVICE, [workspaceId, service, JSON.stringify(rows)])
  const entry = { actor: actorOf(by), action: 'service.bound', target: `service:${service}`, data: { providers, was } }
  await audit(tx, workspaceId, entry, now)
}

const UNBIND_SERVICE = statement(
  'unbind-service',
  `with gone as (delete from service_bindings where workspace_id = $1 and service = $2 returning *)
   select plugin_id as "pluginId", nullif(account, '') as account, condition from gone order by position`,
)
const BIND_SERVICE = statement(
  'bind-service',
  `insert into service_bindings (workspace_id, service, plugin_id, account, position, condition)
   select $1, $2, x.plugin_id, x.account, x.position, x.condition
   from jsonb_to_recordset($3::jsonb) as x(plugin_id text, account text, position int, condition text)`,
)
