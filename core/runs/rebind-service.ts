import type { Core } from '../context.ts'
import type { WorkspaceId } from '../ids.ts'
import { checkBinding, storeBinding, type WantedProvider } from '../plugins/bind-service.ts'
import type { By } from '../plugins/set-plugin-status.ts'
import { requireAccounts } from '../plugins/known-accounts.ts'
import { lookAgain, lookedAt, requireUnchanged } from '../publishing/look-again.ts'
import { wakeWaitsOfWorkspace } from './plugin-waits.ts'

/**
 * Says who provides a service, in the order in which they are asked. It holds
 * for every step that begins from now on, in runs under way as well, and steps that wait for a disabled provider look
 * again. An effect that has begun stays with whom it was asked of. Throws what
 * `checkBinding` throws, and `BAD_USER_INPUT` for an account that is not connected; nothing is changed then.
 */
export async function rebindService(
  core: Pick<Core, 'sql' | 'clock' | 'plugins' | 'queue'>,
  workspaceId: WorkspaceId,
  service: string,
  providers: readonly WantedProvider[],
  { by }: By = {},
): Promise<void> {
  const woken = await lookAgain(async () => {
    const { plugins } = await lookedAt(core, workspaceId)
    const checked = checkBinding(core, workspaceId, service, providers)
    await requireAccounts(core, workspaceId, checked)
    return core.sql.transaction(async tx => {
      await requireUnchanged(tx, workspaceId, { plugins })
      const now = core.clock.now()
      await storeBinding(tx, workspaceId, service, checked, { by, now })
      return wakeWaitsOfWorkspace(tx, workspaceId, now)
    })
  })
  await core.plugins.invalidate(workspaceId)
  for (const id of woken) core.queue.ring('run', id)
}
