import type { CompileContext, ExpressionPlace } from '../compile-context.ts'
import { splitTemplate } from '../expressions/split-template.ts'
import { scalarOffsets } from '../scalar-position.ts'
import type { YamlScalar } from '../yaml-tree.ts'
import { checkReferences } from './check-references.ts'

const NAMES = '(?:event|inputs|vars|steps|run|lead|deal|customer|subject)'
/** `{{ lead.name }}` of Kestra and n8n, `${ lead.name }` of JavaScript. */
const ELSEWHERE = new RegExp(
  `(?<!\\$)\\{\\{\\s*(${NAMES}\\b[^{}]*?)\\s*\\}\\}|\\$\\{(?!\\{)\\s*(${NAMES}\\b[^{}]*?)\\s*\\}`,
  'g',
)
/** Whether the text is worth a closer look. */
const BRACES = /(?<!\$)\{\{|\$\{(?!\{)/
const BARE = new RegExp(`^${NAMES}(\\.[A-Za-z_]\\w*)+$`)

/** Text that looks like an expression and is none: it would be handed on as it stands here. A warning, because it can be meant. */
export function checkPlainText(
  node: YamlScalar & { readonly value: string },
  place: ExpressionPlace,
  context: CompileContext,
): void {
  const { value } = node
  const { findings } = context
  if (BARE.test(value)) {
    const parsed = context.expressions.parse(value)
    let isOne = 'ast' in parsed
    // what is no value here is a text of its own, such as the type of an event
    if ('ast' in parsed) checkReferences(parsed.ast, place, context, () => (isOne = false))
    if (isOne)
      findings.add({
        code: 'NOT_AN_EXPRESSION',
        message: `This is the text ${JSON.stringify(value)}; the value is written in \${{ }}.`,
        path: place.path,
        span: node,
        suggestion: `\${{ ${value} }}`,
      })
    return
  }
  if (!BRACES.test(value)) return
  const offsetOf = scalarOffsets(node, findings.text)
  for (const { 0: written, 1: doubled, 2: single, index } of withoutExpressions(value).matchAll(ELSEWHERE))
    findings.add({
      code: 'NOT_AN_EXPRESSION',
      message: `${written} stays text here; an expression is written in \${{ }}.`,
      path: place.path,
      span: { start: offsetOf(index), end: offsetOf(index + written.length - 1) + 1 },
      suggestion: `\${{ ${doubled ?? single} }}`,
    })
}

/** The text with blanks where its expressions stand. */
function withoutExpressions(text: string): string {
  let rest = text
  for (const part of splitTemplate(text).parts) {
    if (!('expression' in part)) continue
    const [start, end] = [part.start - 3, part.start + part.expression.length + 2]
    rest = rest.slice(0, start) + ' '.repeat(end - start) + rest.slice(end)
  }
  return rest
}
