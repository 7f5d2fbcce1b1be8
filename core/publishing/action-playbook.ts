import { createHash } from 'node:crypto'
import type { Core } from '../context.ts'
import type { WorkspaceId } from '../ids.ts'
import type { ModuleKey } from '../playbooks/playbook.ts'
import { type ResolvedAction, resolveAction } from '../plugins/resolve-action.ts'
import type { PublishedVersion } from './playbook-registry.ts'
import { type PublishCore, publishPlaybook } from './publish-playbook.ts'

/** An action that the host calls by a run of its own. */
export interface ActionToCall {
  /** `sdr/lead-scoring`, `email/send`. */
  readonly action: string
  readonly module: ModuleKey
  /** Of the plugin's accounts; its default one where nobody says which. */
  readonly account?: string | null | undefined
}

/**
 * The playbook of one step that calls an action with the input `data`. The host publishes it itself, and again where another version of
 * the plugin is installed: so a task, or a call that a plugin has planned, is a run like any other: journalled, never sent twice, alive
 * after a crash. Throws `NOT_FOUND` for an action that is not there, and what publishing throws.
 */
export async function actionVersion(
  core: PublishCore & Pick<Core, 'playbooks'>,
  workspaceId: WorkspaceId,
  called: ActionToCall,
): Promise<PublishedVersion> {
  const resolved = resolveAction(core, workspaceId, called.action)
  const { digest } = resolved
  const made = core.plugins.memo<{ versionId?: Promise<string> | undefined }>(
    workspaceId,
    JSON.stringify(['action playbook', called.module, called.action, called.account ?? null, digest]),
    () => ({}), // lives as long as what is installed does
  )
  made.versionId ??= publishPlaybook(core, workspaceId, sourceOf(called, resolved), { madeFor: 'tasks' }).then(
    ({ versionId }) => versionId,
  )
  try {
    return await core.playbooks.get(await made.versionId)
  } catch (error) {
    made.versionId = undefined
    throw error
  }
}

/** An effect is tried again under one key, so trying changes nothing twice. */
function sourceOf({ action, module, account }: ActionToCall, resolved: ResolvedAction): string {
  const title = JSON.stringify(resolved.manifest.actions[resolved.action]!.title)
  const by = account == null ? '' : `\n    account: ${account}`
  return `# Made by TRAE OS: calls ${action}.
id: ${idOf({ action, module, account })}
name: ${title}
module: ${module}
triggers: [{ manual: true }]
inputs:
  data: { type: object, default: {} }
steps:
  - id: act
    name: ${title}
    uses: ${action}${by}
    with: \${{ inputs.data }}
    retry: { maxAttempts: 3, delay: 5s }
  - return: \${{ steps.act.output }}
`
}

/** To be read, and never that of another action: `a/b-c` and `a-b/c` look the same. An id has 100 characters at most. */
function idOf({ action, module, account }: ActionToCall): string {
  const read = `task-${module}-${action}`.replaceAll(/[^a-z0-9]+/g, '-').slice(0, 85)
  const mark = createHash('sha256')
    .update(JSON.stringify([module, action, account ?? null]))
    .digest('hex')
    .slice(0, 12)
  return `${read.replace(/-$/, '')}-${mark}`
}
