import { actorOf, audit } from '../access/audit.ts'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { UserId } from '../ids.ts'
import { TELL_AGAIN } from './plugin-events.ts'
import type { Installation } from './registry.ts'

/** A person has a plugin told again of the events that it failed at for good. Throws `NOT_FOUND` where there are none. */
export async function tellAgain(
  core: Pick<Core, 'sql' | 'clock'>,
  { id, workspaceId, pluginId }: Installation,
  trigger: string,
  by: UserId,
): Promise<void> {
  await core.sql.transaction(async tx => {
    const now = core.clock.now()
    const events = (await tx.query(TELL_AGAIN, [id, now, trigger])).length
    if (events === 0)
      throw new TraeError(
        'NOT_FOUND',
        `${pluginId} has no event left that ${trigger} failed at: it was told meanwhile.`,
      )
    const entry = { actor: actorOf(by), action: 'plugin.told-again', target: `plugin:${pluginId}` }
    await audit(tx, workspaceId, { ...entry, data: { trigger, events } }, now)
  })
}
