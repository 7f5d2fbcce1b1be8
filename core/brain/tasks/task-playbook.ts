import type { Core } from '../../context.ts'
import type { WorkspaceId } from '../../ids.ts'
import type { ModuleKey } from '../../playbooks/playbook.ts'
import { actionVersion } from '../../publishing/action-playbook.ts'
import type { PublishCore } from '../../publishing/publish-playbook.ts'
import type { PublishedVersion } from '../../publishing/playbook-registry.ts'
import { startableVersion } from '../../publishing/startable-version.ts'

/**
 * What a task executes: a playbook of somebody's, or for an action of a plugin one that the host makes. Throws `NOT_FOUND`, `CONFLICT`,
 * and what publishing throws.
 */
export function taskVersion(
  core: PublishCore & Pick<Core, 'playbooks'>,
  workspaceId: WorkspaceId,
  module: ModuleKey,
  action: string,
): Promise<PublishedVersion> {
  return action.includes('/')
    ? actionVersion(core, workspaceId, { action, module })
    : startableVersion(core, workspaceId, action)
}
