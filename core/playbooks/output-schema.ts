import type { JsonSchema } from './catalog.ts'
import type { Step } from './playbook.ts'
import { stepsOf } from './step-branches.ts'
import { hasExpression } from './expressions/split-template.ts'
import { isText, type YamlNode } from './yaml-tree.ts'

/** What runs of a playbook answer, as far as that is known: not where a `return` answers in place of `outputs`. */
export function outputSchema(
  outputs: YamlNode | undefined,
  steps: readonly Step[],
  types: WeakMap<YamlNode, string>,
): JsonSchema | undefined {
  if (stepsOf({ steps, finally: [] }).some(step => step.kind === 'return')) return undefined
  return outputs ? schemaOf(outputs, types) : { type: 'object', properties: {} }
}

function schemaOf(node: YamlNode, types: WeakMap<YamlNode, string>): JsonSchema {
  if (node.kind === 'list') return { type: 'array' }
  if (node.kind === 'map')
    return {
      type: 'object',
      properties: Object.fromEntries(
        Array.from(node.entries.values(), ({ name, value }) => [name, schemaOf(value, types)]),
      ),
    }
  if (isText(node) && hasExpression(node.value)) return ofCel(types.get(node))
  return node.value === null ? {} : { type: typeof node.value }
}

/** A value may be null whatever its type is, as for CEL. */
function ofCel(type: string | undefined): JsonSchema {
  const known = type === undefined ? undefined : SIMPLE[type.replace(/<.*/, '')]
  return known === undefined ? {} : { type: [known, 'null'] }
}
const SIMPLE: Readonly<Record<string, string>> = {
  string: 'string',
  'google.protobuf.Timestamp': 'string',
  'google.protobuf.Duration': 'string',
  int: 'number',
  uint: 'number',
  double: 'number',
  bool: 'boolean',
  list: 'array',
}
