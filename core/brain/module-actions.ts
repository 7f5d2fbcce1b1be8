import type { Core } from '../context.ts'
import type { WorkspaceId } from '../ids.ts'
import type { JsonSchema } from '../playbooks/catalog.ts'
import type { ModuleKey } from '../playbooks/playbook.ts'

/** Something that a module can be told to do: an action of its agent, or a playbook of it. */
export interface ModuleAction {
  /** `plugin/action`, or the `id` of a playbook: the `action` of a task. */
  readonly key: string
  readonly title: string
  readonly description: string | null
  readonly kind: 'action' | 'playbook'
  /** JSON Schema of its data. */
  readonly inputSchema: JsonSchema
}

/**
 * What is offered as a task of a module: the actions of the enabled plugins that say they are its agent, or that its published
 * playbooks use to think, and those playbooks. Any other action may be named all the same. `locale` is of the titles.
 */
export async function moduleActions(
  core: Pick<Core, 'plugins' | 'playbooks'>,
  workspaceId: WorkspaceId,
  module: ModuleKey,
  locale: string,
): Promise<ModuleAction[]> {
  const versions = (await core.playbooks.current(workspaceId)).filter(
    ({ playbook, madeFor }) => playbook.module === module && madeFor === null,
  )
  const used = new Set(versions.flatMap(({ lock }) => Object.keys(lock.plugins)))
  const agents = core.plugins
    .list(workspaceId)
    .filter(({ status }) => status === 'ENABLED')
    .filter(({ manifest, pluginId }) =>
      manifest.module === undefined ? manifest.kind === 'skill' && used.has(pluginId) : manifest.module === module,
    )
  return [
    ...agents.flatMap(({ pluginId, manifest }) =>
      Object.entries(manifest.actions).map(([name, action]) => ({
        key: `${pluginId}/${name}`,
        title: manifest.messages[locale]?.[`actions.${name}.title`] ?? action.title,
        description: action.description,
        kind: 'action' as const,
        inputSchema: action.input,
      })),
    ),
    ...versions.map(({ slug, playbook }) => ({
      key: slug,
      title: playbook.name,
      description: playbook.description ?? null,
      kind: 'playbook' as const,
      inputSchema: playbook.inputs.schema,
    })),
  ]
}
