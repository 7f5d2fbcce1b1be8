import { ACCOUNT_NAME, unknownAccount } from '../account-name.ts'
import type { CompileContext } from '../compile-context.ts'
import { isText, valueOf, type YamlMap, type YamlNode } from '../yaml-tree.ts'

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

/** The `account` beside an `event`, checked where it is known which plugins and accounts there are. */
export function compileEventAccount(
  entry: YamlMap,
  type: string,
  path: string,
  context: Pick<CompileContext, 'catalog' | 'findings'>,
): string | undefined {
  const node = valueOf(entry, 'account')
  if (!isText(node)) return undefined
  const pluginId = type.split('.')[0]!
  const { accounts } = context.catalog
  if (accounts && !accounts.has(pluginId)) {
    const message = `${type} is told by no plugin that is installed, so it has no account; take "account" out.`
    context.findings.add({ code: 'CONFLICTING_KEYS', message, path, span: node })
  } else checkAccount(pluginId, node, path, context)
  return node.value
}
