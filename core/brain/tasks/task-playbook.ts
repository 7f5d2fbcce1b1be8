import type { Core } from '../../context.ts'
import type { WorkspaceId } from '../../ids.ts'
import type { ModuleKey } from '../../playbooks/playbook.ts'
import { resolveAction } from '../../plugins/resolve-action.ts'
import { type PublishCore, publishPlaybook } from '../../publishing/publish-playbook.ts'
import type { PublishedVersion } from '../../publishing/playbook-registry.ts'
import { startableVersion } from '../../publishing/startable-version.ts'

type TaskCore = PublishCore & Pick<Core, 'playbooks'>

/**
 * What a task executes: a playbook of somebody's, or for an action of a plugin a playbook of one step that the host publishes
 * itself. So a task is a run like any other: journalled, never sent twice, alive after a crash. It is published again where
 * another version of the plugin is installed. Throws `NOT_FOUND`, `CONFLICT`, and what publishing throws.
 */
export async function taskVersion(
  core: TaskCore,
  workspaceId: WorkspaceId,
  module: ModuleKey,
  action: string,
): Promise<PublishedVersion> {
  if (!action.includes('/')) return startableVersion(core, workspaceId, action)
  const resolved = resolveAction(core, workspaceId, action)
  const made = core.plugins.memo<{ versionId?: string }>(
    workspaceId,
    `task ${module} ${action} ${resolved.digest}`,
    () => ({}), // lives as long as what is installed does
  )
  if (made.versionId === undefined) {
    const source = sourceOf(module, action, resolved)
    made.versionId = (await publishPlaybook(core, workspaceId, source, { madeFor: 'tasks' })).versionId
  }
  return core.playbooks.get(made.versionId)
}

/** An effect is tried again under one key, so trying changes nothing twice. */
function sourceOf(
  module: ModuleKey,
  action: string,
  { pluginId, action: name, manifest }: ReturnType<typeof resolveAction>,
): string {
  const { title, input } = manifest.actions[name]!
  const fields = Object.keys((input['properties'] ?? {}) as object)
  const data = fields.length === 0 ? '' : `\n    with: \${{ inputs.data }}`
  return `# Made by TRAE OS: a task that calls ${action}.
id: task-${module.replaceAll('_', '-')}-${pluginId}-${name}
name: ${JSON.stringify(title)}
module: ${module}
triggers: [{ manual: true }]
inputs:
  data: { type: object, default: {} }
steps:
  - id: act
    name: ${JSON.stringify(title)}
    uses: ${action}${data}
    retry: { maxAttempts: 3, delay: 5s }
  - return: \${{ steps.act.output }}
`
}
