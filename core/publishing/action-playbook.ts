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
  const key = ['action', called.module, called.action, called.account ?? null, resolved.digest]
  return madeVersion(core, workspaceId, key, sourceOf(called, resolved))
}

/** A playbook that the host has made, published once for a `key` as long as what is installed stays. Throws what publishing throws. */
export async function madeVersion(
  core: PublishCore & Pick<Core, 'playbooks'>,
  workspaceId: WorkspaceId,
  key: readonly (string | null)[],
  source: string,
): Promise<PublishedVersion> {
  const made = core.plugins.memo<{ versionId?: Promise<string> | undefined }>(
    workspaceId,
    JSON.stringify(['made playbook', ...key]),
    () => ({}), // lives as long as what is installed does
  )
  made.versionId ??= publishPlaybook(core, workspaceId, source, { madeFor: 'tasks' }).then(({ versionId }) => versionId)
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
  return madeId(`task-${module}-${action}`, [module, action, account ?? null])
}

/** The id of a playbook that the host makes: to be read, and with the mark of what it is `of`. */
export function madeId(name: string, of: readonly (string | null)[]): string {
  const read = name.replaceAll(/[^a-z0-9]+/g, '-').slice(0, 85)
  const mark = createHash('sha256').update(JSON.stringify(of)).digest('hex').slice(0, 12)
  return `${read.replace(/-$/, '')}-${mark}`
}
