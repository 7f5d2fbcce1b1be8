import { didYouMean } from '../../did-you-mean.ts'
import type { Catalog } from '../catalog.ts'
import type { Findings } from '../diagnostic.ts'
import { EVENT_SCHEMAS } from '../event-schemas.ts'
import { isText, type YamlNode } from '../yaml-tree.ts'

/**
 * A type that begins with the name of an installed plugin, and that this plugin does not tell, never comes, and neither does a slip of
 * the pen for one that the host tells. A warning, because a playbook may emit one of that name, and the plugin's next version may tell it.
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
  if (told.includes(type) || EVENT_SCHEMAS.has(type) || catalog.emitted?.has(type)) return
  const suggestion = told.length > 0 ? didYouMean(type, told) : slipOf(type)
  if (told.length === 0 && !suggestion) return // of a playbook that is not known here, or of the API
  const message =
    told.length > 0
      ? `The plugin ${plugin.slice(0, -1)} tells no event ${type}; it tells ${told.join(', ')}.`
      : `The host tells no event ${type}, and no playbook that is known here emits it.`
  findings.add({ code: 'UNKNOWN_EVENT', message, suggestion, path, span: node })
}

/** The event of the host that is meant by one that has a letter or two wrong; nothing for what is no type at all, which is said elsewhere. */
const slipOf = (type: string) =>
  /^[a-z][^\sA-Z]*\./.test(type) ? didYouMean(type, EVENT_SCHEMAS.keys(), 2) : undefined
