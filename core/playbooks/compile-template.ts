import { checkPlainText } from './check/check-plain-text.ts'
import type { CompileContext, ExpressionPlace } from './compile-context.ts'
import { compileScalar, type ScalarPart } from './compile-scalar.ts'
import { hasExpression } from './expressions/split-template.ts'
import { valueAsText } from './expressions/plain-value.ts'
import { join } from './parse-yaml.ts'
import type { Scope, Template } from './expressions/expression.ts'
import { isText, type YamlNode } from './yaml-tree.ts'

type Evaluate = (scope: Scope) => unknown

/** Where nothing is written: an empty object. */
export const EMPTY_TEMPLATE: Template = { roots: new Set(), evaluate: () => ({}) }

/** Compiles a YAML value with expressions anywhere inside. A text that is one expression keeps its type, mixed it becomes text. */
export function compileTemplate(node: YamlNode, place: ExpressionPlace, context: CompileContext): Template {
  const roots = new Set<string>()
  return { roots, evaluate: build(node, place, context, roots) }
}

function build(node: YamlNode, place: ExpressionPlace, context: CompileContext, roots: Set<string>): Evaluate {
  if (node.kind === 'list') {
    const items = node.items.map((item, index) =>
      build(item, { ...place, path: join(place.path, index) }, context, roots),
    )
    return scope => items.map(item => item(scope))
  }
  if (node.kind === 'map') {
    const entries = Array.from(
      node.entries.values(),
      ({ name, value }) => [name, build(value, { ...place, path: join(place.path, name) }, context, roots)] as const,
    )
    return scope => {
      const result: Record<string, unknown> = {}
      for (const [name, evaluate] of entries) result[name] = evaluate(scope)
      return result
    }
  }
  if (isText(node)) checkPlainText(node, place, context)
  if (!isText(node) || !hasExpression(node.value)) {
    const { value } = node
    return () => value
  }
  return ofParts(compileScalar(node, place, context) ?? [], roots)
}

function ofParts(parts: readonly ScalarPart[], roots: Set<string>): Evaluate {
  for (const part of parts) if (typeof part === 'object') for (const root of part.roots) roots.add(root)
  const [only] = parts
  if (parts.length === 1 && typeof only === 'object') return scope => only.evaluate(scope)
  return scope => parts.map(part => (typeof part === 'string' ? part : valueAsText(part.evaluate(scope)))).join('')
}
