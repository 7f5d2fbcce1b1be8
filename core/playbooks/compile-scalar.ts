import { TraeError } from '../errors.ts'
import { checkReferences } from './check/check-references.ts'
import type { CompileContext, ExpressionPlace } from './compile-context.ts'
import { compileExpression, type Locate } from './expressions/compile-expression.ts'
import { explain, typeName } from './expressions/explain.ts'
import { splitTemplate } from './expressions/split-template.ts'
import type { Expression } from './expressions/expression.ts'
import { resolveSchema, type TypedSchema } from './schema-fields.ts'
import { scalarOffsets } from './scalar-position.ts'
import { describeNode, isText, type YamlNode, type YamlScalar, type YamlSpan } from './yaml-tree.ts'

/** One piece of a text with expressions in it. */
export type ScalarPart = string | Expression

type TextScalar = YamlScalar & { readonly value: string }

/**
 * Compiles and checks the expressions of one text. Undefined when one of them cannot be compiled; whatever is wrong is
 * among the findings. The CEL type of a text that is one expression goes into `context.types`.
 */
export function compileScalar(
  node: TextScalar,
  place: ExpressionPlace,
  context: CompileContext,
): readonly ScalarPart[] | undefined {
  const { parts, unclosed } = splitTemplate(node.value)
  const offsetOf = scalarOffsets(node, context.findings.text)
  if (unclosed !== undefined) {
    const span = { start: offsetOf(unclosed), end: offsetOf(unclosed + 3) }
    context.findings.add({
      code: 'EXPRESSION_SYNTAX',
      message: 'This ${{ is never closed; end the expression with }}.',
      path: place.path,
      span,
    })
    return undefined
  }
  const compiled = parts.map(part =>
    'text' in part
      ? part.text
      : compilePart(part.expression, offset => offsetOf(part.start + offset), node, place, context),
  )
  if (parts.length > 1) {
    context.types.set(node, 'string')
    context.schemas.delete(node)
  }
  return compiled.includes(undefined) ? undefined : (compiled as ScalarPart[])
}

function compilePart(
  source: string,
  offsetOf: (offset: number) => number,
  node: YamlNode,
  place: ExpressionPlace,
  context: CompileContext,
): Expression | undefined {
  const spanOf = ({ start, end }: YamlSpan): YamlSpan => ({
    start: offsetOf(start),
    end: Math.max(offsetOf(end), offsetOf(start) + 1),
  })
  const locate: Locate = offset => context.findings.position(offsetOf(offset))
  const compiled = compileExpression(source, locate, context.expressions.parse(source))
  if ('fault' in compiled) {
    context.findings.add({ ...compiled.fault, path: place.path, span: spanOf(compiled.fault) })
    return undefined
  }
  let clean = true
  const schema = checkReferences(compiled.ast, place, context, finding => {
    if (finding.code !== 'UNKNOWN_EVENT_FIELD') clean = false
    context.findings.add({ ...finding, path: place.path, span: spanOf(finding) })
  })
  if (clean) checkTypes(source, schema, spanOf, node, place, context)
  return compiled.expression
}

/** Types are asked last: where a name is wrong, what CEL says of types is an echo of that. */
function checkTypes(
  source: string,
  schema: TypedSchema | undefined,
  spanOf: (span: YamlSpan) => YamlSpan,
  node: YamlNode,
  place: ExpressionPlace,
  context: CompileContext,
): void {
  if (schema) context.schemas.set(node, schema)
  const result = context.expressions.check(source)
  if (result.valid) context.types.set(node, result.type === 'dyn' && schema ? simpleType(schema) : result.type!)
  else {
    const fault = explain(result.error, source)
    context.findings.add({ ...fault, path: place.path, span: spanOf(fault) })
  }
}

/** What is dynamic to CEL may have a schema: the data of an event. */
function simpleType({ schema, root }: TypedSchema): string {
  const { type } = resolveSchema(schema, root)
  const CEL: Readonly<Record<string, string>> = {
    string: 'string',
    number: 'double',
    integer: 'double',
    boolean: 'bool',
    array: 'list',
    object: 'map',
  }
  return typeof type === 'string' ? (CEL[type] ?? 'dyn') : 'dyn'
}

/** A place where exactly one expression stands: `subject`. */
export function compileExpressionNode(
  node: YamlNode,
  place: ExpressionPlace,
  context: CompileContext,
): Expression | undefined {
  if (!isText(node)) return undefined // the schema has said so
  const parts = compileScalar(node, place, context)
  if (!parts) return undefined
  const [only, ...others] = parts
  if (typeof only === 'object' && others.length === 0) return only
  context.findings.add({
    code: 'WRONG_TYPE',
    message: `Here stands one expression in \${{ }} and nothing else; found ${describeNode(node)}.`,
    path: place.path,
    span: node,
    suggestion: parts.length <= 1 && node.value.trim() !== '' ? `\${{ ${node.value.trim()} }}` : undefined,
  })
  return undefined
}

/** An expression that must come out true or false; evaluating it throws `EXPRESSION` for anything else. */
export function compileCondition(
  node: YamlNode,
  place: ExpressionPlace,
  context: CompileContext,
): Expression | undefined {
  const expression = compileExpressionNode(node, place, context)
  const type = context.types.get(node)
  if (!expression) return undefined
  if (type !== undefined && type !== 'bool' && !type.startsWith('dyn')) {
    const message = `A condition must come out true or false; this is ${typeName(type)}.`
    context.findings.add({ code: 'EXPRESSION_TYPE', message, path: place.path, span: node })
  }
  const { line, column } = context.findings.position(node.start)
  return conditionOf(expression, line, column)
}

function conditionOf(expression: Expression, line: number, column: number): Expression {
  return {
    ...expression,
    evaluate(scope) {
      const value = expression.evaluate(scope)
      if (typeof value === 'boolean') return value
      throw new TraeError(
        'EXPRESSION',
        `Line ${line}, column ${column}, \${{ ${expression.source} }}: a condition must come out true or false, found ${JSON.stringify(value)?.slice(0, 80)}.`,
        { details: { line, column, expression: expression.source } },
      )
    },
  }
}
