import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import { type ResolvedAction, resolveAction } from './resolve-action.ts'

/**
 * What a plugin does for an action of the service `calendar`: of the plugin that has the meeting, whoever provides the service by now. Throws `NOT_FOUND` where it
 * is not installed any more, or does not do that.
 */
export async function providerAction(
  core: Pick<Core, 'plugins'>,
  workspaceId: WorkspaceId,
  { pluginId }: { readonly pluginId: string },
  action: 'find-slots' | 'move' | 'cancel',
): Promise<ResolvedAction> {
  await core.plugins.refresh(workspaceId) // another process may have installed it a moment ago
  const own = core.plugins.installation(workspaceId, pluginId)?.manifest.provides['calendar']?.[action]
  if (own === undefined)
    throw new TraeError('NOT_FOUND', `${pluginId} provides no calendar/${action} in this workspace.`)
  return resolveAction(core, workspaceId, `${pluginId}/${own}`)
}
