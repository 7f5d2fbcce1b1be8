import { ACCOUNT_NAME, unknownAccount } from '../account-name.ts'
import type { CompileContext } from '../compile-context.ts'
import type { YamlNode } from '../yaml-tree.ts'

/** Does the plugin have the account that is named? Says nothing where nobody knows which are connected. */
export function checkAccount(
  pluginId: string,
  node: YamlNode & { readonly value: string },
  path: string,
  { catalog, findings }: Pick<CompileContext, 'catalog' | 'findings'>,
): void {
  if (!ACCOUNT_NAME.test(node.value)) return // said already
  const names = catalog.accounts?.get(pluginId)
  if (names === undefined || names?.includes(node.value)) return
  const [message, suggestion] = unknownAccount(pluginId, node.value, names)
  findings.add({ code: 'UNKNOWN_ACCOUNT', message, path, span: node, suggestion })
}
