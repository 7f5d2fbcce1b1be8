/** The YAML of a playbook as a tree that knows where everything stands. Offsets are in the file's text. */
export type YamlNode = YamlMap | YamlList | YamlScalar

export interface YamlSpan {
  readonly start: number
  /** After the last character. */
  readonly end: number
}

export interface YamlScalar extends YamlSpan {
  readonly kind: 'scalar'
  readonly value: string | number | boolean | null
  readonly style: 'plain' | 'single' | 'double' | 'literal' | 'folded'
}

export interface YamlList extends YamlSpan {
  readonly kind: 'list'
  readonly items: readonly YamlNode[]
}

export interface YamlMap extends YamlSpan {
  readonly kind: 'map'
  readonly entries: ReadonlyMap<string, YamlEntry>
}

export interface YamlEntry {
  readonly name: string
  readonly key: YamlSpan
  readonly value: YamlNode
}

export function isText(node: YamlNode | undefined): node is YamlScalar & { readonly value: string } {
  return node?.kind === 'scalar' && typeof node.value === 'string'
}

export function entryOf(node: YamlNode | undefined, name: string): YamlEntry | undefined {
  return node?.kind === 'map' ? node.entries.get(name) : undefined
}

export function valueOf(node: YamlNode | undefined, name: string): YamlNode | undefined {
  return entryOf(node, name)?.value
}

/** The plain value of a tree, as `JSON.parse` would give it. Made once: a step is asked for it, and so is all that holds it. */
export function plainOf(node: YamlNode): unknown {
  if (node.kind === 'scalar') return node.value
  const known = plains.get(node)
  if (known !== undefined) return known
  const plain =
    node.kind === 'list'
      ? node.items.map(plainOf)
      : Object.fromEntries(Array.from(node.entries.values(), entry => [entry.name, plainOf(entry.value)]))
  plains.set(node, plain)
  return plain
}
const plains = new WeakMap<YamlNode, unknown>()

/** What a node is, for messages: `text "abc"`, `a list`. */
export function describeNode(node: YamlNode): string {
  if (node.kind === 'map') return 'a map'
  if (node.kind === 'list') return 'a list'
  if (node.value === null) return 'nothing'
  if (typeof node.value === 'string')
    return `text ${JSON.stringify(node.value.length > 40 ? `${node.value.slice(0, 40)}…` : node.value)}`
  return typeof node.value === 'number' ? `the number ${node.value}` : String(node.value)
}
