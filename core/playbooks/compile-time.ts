import { TraeError } from '../errors.ts'
import type { CompileContext, ExpressionPlace } from './compile-context.ts'
import { compileTemplate } from './compile-template.ts'
import { likelyDuration, parseDuration, whyNoDuration } from './duration.ts'
import { likelyTimeOfDay, parseTimeOfDay, type TimeOfDay } from './local-time.ts'
import { momentOf, noSuchDay } from './moment.ts'
import { hasExpression } from './expressions/split-template.ts'
import { typeName } from './expressions/explain.ts'
import type { TimeTemplate } from './expressions/expression.ts'
import { describeNode, isText, type YamlNode } from './yaml-tree.ts'

/** CEL types that can be a time: a duration, a moment, a text of either, or what is not known before the run. */
const TIMES: ReadonlySet<string> = new Set(['dyn', 'string', 'google.protobuf.Timestamp', 'google.protobuf.Duration'])

/** What a text may say, and how that is told. */
interface TimeReader<Time> {
  readonly read: (text: string) => Time | undefined
  readonly code: 'BAD_DURATION' | 'WRONG_VALUE'
  readonly wanted: string
  readonly suggest: (text: string) => string | undefined
}

/** A duration or a moment, written or computed: milliseconds, or a `Date`. */
export function compileTime(node: YamlNode, place: ExpressionPlace, context: CompileContext): TimeTemplate {
  return compileTimeText(node, place, context, {
    read: timeOf,
    code: 'BAD_DURATION',
    wanted: 'a duration (15m, 3d, PT30M) or a moment (2026-03-02T09:00:00Z)',
    suggest: likelyDuration,
  })
}

/** A time of day or a moment, written or computed. */
export function compileUntil(
  node: YamlNode,
  place: ExpressionPlace,
  context: CompileContext,
): TimeTemplate<Date | TimeOfDay> {
  return compileTimeText<Date | TimeOfDay>(node, place, context, {
    read: text => parseTimeOfDay(text.trim()) ?? momentOf(text),
    code: 'WRONG_VALUE',
    wanted: 'a time of day ("09:00") or a moment (2026-03-02T09:00:00Z)',
    suggest: likelyTimeOfDay,
  })
}

function compileTimeText<Time>(
  node: YamlNode,
  place: ExpressionPlace,
  context: CompileContext,
  { read, code, wanted, suggest }: TimeReader<Time>,
): TimeTemplate<Time> {
  const template = compileTemplate(node, place, context)
  const type = context.types.get(node)
  const wrongType = type !== undefined && !TIMES.has(type)
  if (wrongType || (isText(node) && !hasExpression(node.value) && read(node.value) === undefined))
    context.findings.add({
      code,
      message: `Write ${wanted}; found ${wrongType ? typeName(type) : describeNode(node)}${isText(node) ? noSuchDay(node.value) : ''}.${isText(node) && code === 'BAD_DURATION' ? whyNoDuration(node.value) : ''}`,
      path: place.path,
      span: node,
      suggestion: isText(node) ? suggest(node.value) : undefined,
    })
  const { line, column } = context.findings.position(node.start)
  return {
    roots: template.roots,
    evaluate(scope) {
      const value = template.evaluate(scope)
      const time = typeof value === 'string' ? read(value) : undefined
      if (time !== undefined) return time
      const found = `${JSON.stringify(value)?.slice(0, 80)}${typeof value === 'string' ? noSuchDay(value) : ''}`
      throw new TraeError('EXPRESSION', `Line ${line}, column ${column}: expected ${wanted}, found ${found}.`, {
        details: { line, column },
      })
    },
  }
}

function timeOf(text: string): number | Date | undefined {
  return momentOf(text) ?? parseDuration(text)
}
