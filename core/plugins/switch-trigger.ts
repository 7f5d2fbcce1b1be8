import { actorOf, audit } from '../access/audit.ts'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { UserId, WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'
import type { ListenMode } from './registrations.ts'

/**
 * Says whether a trigger is registered at its vendor: as playbooks need it, always, or never. It is done, and tried again where it
 * failed, within seconds. Throws `NOT_FOUND` for one that its plugin does not register.
 */
export async function switchTrigger(
  core: Pick<Core, 'sql' | 'clock'>,
  { workspaceId, userId }: { readonly workspaceId: WorkspaceId; readonly userId: UserId },
  triggerId: string,
  mode: ListenMode,
): Promise<void> {
  await core.sql.transaction(async tx => {
    const now = core.clock.now()
    const [switched] = await tx.query<{ trigger: string }>(SWITCH, [workspaceId, triggerId, mode, now])
    if (!switched) throw new TraeError('NOT_FOUND', 'There is no such trigger that its plugin registers by itself.')
    const entry = { actor: actorOf(userId), action: 'trigger.switched', target: `trigger:${triggerId}` }
    await audit(tx, workspaceId, { ...entry, data: { trigger: switched.trigger, mode } }, now)
  })
}

const SWITCH = statement(
  'switch-trigger',
  `update trigger_registrations r set mode = $3, due_at = $4 from plugin_triggers t
   where r.workspace_id = $1 and r.trigger_id = $2 and t.id = r.trigger_id returning t.trigger`,
)
