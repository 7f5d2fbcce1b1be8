import { actorOf, audit } from '../access/audit.ts'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { UserId } from '../ids.ts'
import { removePlanned } from './planned-calls.ts'
import type { Installation } from './registry.ts'
import { shown } from './storage.ts'

/**
 * A person takes back a call that a plugin has planned; one that repeats is not made again, and a repeat of the call that planned it does not plan it again. The entry in the audit log says which action it was and when
 * it was due, and not its key, which may name somebody. Throws `NOT_FOUND` for what is not planned, or has begun meanwhile.
 */
export async function takeBackCall(
  core: Pick<Core, 'sql' | 'clock' | 'queue'>,
  installation: Installation,
  key: string,
  by: UserId,
): Promise<void> {
  const { workspaceId, pluginId } = installation
  await core.sql.transaction(async tx => {
    const now = core.clock.now()
    const call = await removePlanned(tx, installation, { key, by: actorOf(by) }, now)
    if (!call)
      throw new TraeError(
        'NOT_FOUND',
        `${pluginId} has nothing planned as ${shown(key)}: it was made meanwhile, or taken back. A call that has begun is a run, which can be cancelled.`,
      )
    const entry = { actor: actorOf(by), action: 'plugin.call-taken-back', target: `plugin:${pluginId}` }
    const data = { call: call.action, dueAt: call.dueAt.toISOString(), every: call.every }
    await audit(tx, workspaceId, { ...entry, data }, now)
  })
  core.queue.ring('events')
}
