import { didYouMean } from '../../did-you-mean.ts'
import type { Catalog } from '../catalog.ts'
import type { Findings } from '../diagnostic.ts'
import { EVENT_SCHEMAS } from '../event-schemas.ts'
import { isText, type YamlNode } from '../yaml-tree.ts'

/**
 * A type that begins with the name of an installed plugin, and that this plugin does not tell, never comes. A warning, because a
 * playbook may emit one of that name, and the plugin's next version may tell it.
 */
export function checkEventType(
  node: YamlNode | undefined,
  path: string,
  { catalog, findings }: { readonly catalog: Pick<Catalog, 'events' | 'emitted'>; readonly findings: Findings },
): void {
  if (!isText(node)) return
  const type = node.value
  const plugin = type.slice(0, type.indexOf('.') + 1)
  const told = [...(catalog.events?.keys() ?? [])].filter(one => plugin !== '' && one.startsWith(plugin))
  if (told.length === 0 || told.includes(type) || EVENT_SCHEMAS.has(type) || catalog.emitted?.has(type)) return
  findings.add({
    code: 'UNKNOWN_EVENT',
    message: `The plugin ${plugin.slice(0, -1)} tells no event ${type}; it tells ${told.join(', ')}.`,
    suggestion: didYouMean(type, told),
    path,
    span: node,
  })
}
