import { TraeError } from '../errors.ts'
import { compileExpression, itemName } from './expressions/compile-expression.ts'
import { walk } from './expressions/environment.ts'
import type { Expression, Scope } from './expressions/expression.ts'

/** What a rule of a service can see: the lead of the run, and what the step gives the service. */
export const RULE_ROOTS = ['lead', 'inputs'] as const
export const MOST_RULE_CHARACTERS = 1000

/** When a provider is asked. */
export interface ServiceRule {
  readonly source: string
  /** Undefined where it cannot be said: the run has no lead, a field is not there. Such a rule does not hold. */
  holds(scope: Pick<Scope, (typeof RULE_ROOTS)[number]>): boolean | undefined
}

/**
 * A rule, `lead.phone` or `inputs.to.startsWith("+55")`: CEL, and what is there and not empty counts as true. Throws
 * `BAD_USER_INPUT` saying what is wrong with it.
 */
export function compileServiceRule(source: string): ServiceRule {
  const refuse = (why: string) => new TraeError('BAD_USER_INPUT', `The rule ${JSON.stringify(source)}: ${why}`)
  if (source.length > MOST_RULE_CHARACTERS) throw refuse(`it may have ${MOST_RULE_CHARACTERS} characters.`)
  const compiled = compileExpression(source, offset => ({ line: 1, column: offset + 1 }))
  if ('fault' in compiled) {
    const { message, suggestion } = compiled.fault
    throw refuse(`${message}${suggestion ? ` Try: ${suggestion}` : ''}`)
  }
  const { expression, ast } = compiled
  const strange = new Set([...expression.roots].filter(root => !(RULE_ROOTS as readonly string[]).includes(root)))
  const locals = new Set<string>()
  walk(ast, node => {
    const item = itemName(node)
    if (item !== undefined) locals.add(item)
  })
  walk(ast, node => {
    if (node.op === 'id' && !locals.has(node.args) && !(RULE_ROOTS as readonly string[]).includes(node.args))
      strange.add(node.args)
  })
  if (strange.size > 0)
    throw refuse(
      `it can see lead (the lead of the run) and inputs (what the step gives); found ${[...strange].join(', ')}.`,
    )
  return { source: expression.source, holds: scope => judge(expression, scope) }
}

function judge(expression: Expression, scope: Scope): boolean | undefined {
  try {
    const value = expression.evaluate(scope)
    return Boolean(value) && !(Array.isArray(value) && value.length === 0)
  } catch {
    return undefined
  }
}
