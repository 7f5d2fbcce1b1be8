import { checkInput } from '../check/check-input.ts'
import { hasExpression } from '../expressions/split-template.ts'
import type { Inputs } from '../inputs.ts'
import { join } from '../parse-yaml.ts'
import { isText, plainOf, type YamlNode, type YamlSpan } from '../yaml-tree.ts'
import type { TestContext } from './test-context.ts'

/**
 * Values that a test gives where a run asks for them, its inputs or the form of an approval, held against what is declared.
 * `holder` is pointed at where something is missing.
 */
export function compileGiven(
  node: YamlNode | undefined,
  declared: Inputs,
  path: string,
  holder: YamlSpan,
  { findings }: TestContext,
  words: { readonly owner: string; readonly under: string },
): Record<string, unknown> {
  if (node && node.kind !== 'map') return {} // the schema has said so
  checkInput(
    node,
    { input: declared.schema },
    path,
    holder as YamlNode,
    { findings, types: new WeakMap(), schemas: new WeakMap() },
    words,
  )
  for (const { at, text } of node ? textsIn(node, path) : [])
    if (hasExpression(text.value))
      findings.add({
        code: 'WRONG_INPUT',
        message: 'A test gives fixed values; expressions are not evaluated here.',
        path: at,
        span: text,
      })
  return node ? (plainOf(node) as Record<string, unknown>) : {}
}

type Text = Extract<YamlNode, { kind: 'scalar' }> & { readonly value: string }

function textsIn(node: YamlNode, path: string): { readonly at: string; readonly text: Text }[] {
  if (node.kind === 'map')
    return [...node.entries.values()].flatMap(({ name, value }) => textsIn(value, join(path, name)))
  if (node.kind === 'list') return node.items.flatMap((item, index) => textsIn(item, join(path, index)))
  return isText(node) ? [{ at: path, text: node }] : []
}
