import type { Core } from '../context.ts'
import { didYouMean } from '../did-you-mean.ts'
import { TraeError } from '../errors.ts'
import { hasOwnSecret, proofOf } from './described-trigger.ts'
import { triggerSecret, triggersOf } from './plugin-triggers.ts'
import type { Installation } from './registry.ts'

/** An address as a plugin may know it. */
export interface ShownHook {
  readonly triggerId: string
  readonly url: string
  /** Empty where the address has none of its own. */
  readonly secret: string
  readonly standIns: ReadonlyMap<string, string>
}

/**
 * The public address of a trigger for an account, the default one where none is named, with stand-ins for its token and its secret. Undefined where no public address of this
 * host is set. Throws `VALIDATION` for a trigger without an address, `CREDENTIAL` for an account that is not connected.
 */
export async function hookOf(
  core: Pick<Core, 'sql' | 'vault' | 'clock' | 'config'>,
  installation: Installation,
  name: string,
  account = installation.defaultAccount,
): Promise<ShownHook | undefined> {
  const { manifest, pluginId, workspaceId } = installation
  const trigger = Object.hasOwn(manifest.triggers, name) ? manifest.triggers[name] : undefined
  if (!trigger || !proofOf(trigger)) {
    const meant = didYouMean(name, Object.keys(manifest.triggers))
    throw new TraeError(
      'VALIDATION',
      `${pluginId} has no trigger ${JSON.stringify(name)} with an address.${meant && meant !== name ? ` Did you mean ${meant}?` : ''}`,
    )
  }
  const { publicUrl } = core.config
  if (publicUrl === undefined) return undefined
  const row = (await triggersOf(core, installation)).find(one => one.trigger === name && one.account === account)
  if (!row)
    throw new TraeError('CREDENTIAL', `${pluginId} has no account ${account} that ${name} could have an address for.`)
  const { id, path } = row
  const token = path!.slice(path!.lastIndexOf('/') + 1)
  const standIns = new Map([[`address-of-${id}`, token]])
  const secret = hasOwnSecret(trigger) ? await triggerSecret(core, workspaceId, id) : undefined
  if (secret !== undefined) standIns.set(`secret-of-${id}`, secret)
  return {
    triggerId: id,
    url: `${publicUrl}${path!.replace(token, `address-of-${id}`)}`,
    secret: secret === undefined ? '' : `secret-of-${id}`,
    standIns,
  }
}
