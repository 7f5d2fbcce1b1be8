import type { ASTNode, ParseResult } from '@marcbachmann/cel-js'
import { TraeError } from '../../errors.ts'
import type { Expression, Scope } from './expression.ts'
import { chargeMacros, checkBudget, resetBudget } from './budget.ts'
import {
  childrenOf,
  loosenTernaries,
  MAX_EXPRESSION_LENGTH,
  MAX_MACRO_DEPTH,
  parseForRun,
  ROOTS,
} from './environment.ts'
import { explain, type Fault } from './explain.ts'
import { plainValue } from './plain-value.ts'

export const LIST_MACROS: ReadonlySet<string> = new Set(['map', 'filter', 'all', 'exists', 'exists_one'])

/** Where an offset of the expression's source stands in the file; line and column from 1. */
export type Locate = (offset: number) => { readonly line: number; readonly column: number }

export type CompiledExpression = { readonly expression: Expression; readonly ast: ASTNode } | { readonly fault: Fault }

/** The same wherever it stands. */
export interface ParsedExpression {
  readonly ast: ASTNode
  readonly roots: ReadonlySet<string>
  /** Throws whatever CEL does. */
  readonly evaluate: (scope: Scope) => unknown
}

/** What cannot be right whatever the data is a fault. Names and types of the data are `checkReferences`'s part. */
export function compileExpression(
  source: string,
  locate: Locate,
  parsed: ParsedExpression | { readonly fault: Fault } = parseExpression(source),
): CompiledExpression {
  return 'fault' in parsed ? parsed : { ast: parsed.ast, expression: expressionOf(source, parsed, locate) }
}

export function parseExpression(source: string): ParsedExpression | { readonly fault: Fault } {
  if (source.length > MAX_EXPRESSION_LENGTH)
    return { fault: limit(source, `it may have ${MAX_EXPRESSION_LENGTH} characters`) }
  try {
    let parsed = parseForRun(source)
    const depth = macroDepth(parsed.ast)
    if (depth > MAX_MACRO_DEPTH)
      return { fault: limit(source, `map, filter, all and exists may stand inside each other ${MAX_MACRO_DEPTH} deep`) }
    if (usesBind(parsed.ast)) return { fault: limit(source, 'cel.bind is not offered; use a set step') } // values that double, thirty times over
    let checked = parsed.check()
    if (checked.error?.code === 'incompatible_ternary_branches') {
      parsed = loosenTernaries(parseForRun(source))
      checked = parsed.check()
    }
    if (!checked.valid && checked.error?.code !== 'unknown_variable') return { fault: explain(checked.error, source) }
    return { ast: parsed.ast, roots: rootsOf(parsed.ast), evaluate: evaluatorOf(parsed) }
  } catch (error) {
    return { fault: explain(error, source) }
  }
}

function evaluatorOf(parsed: ParseResult): ParsedExpression['evaluate'] {
  const hasMacros = chargeMacros(parsed.ast)
  const fromScope = isPath(parsed.ast)
  return scope => {
    if (hasMacros) resetBudget()
    const value: unknown = parsed(scope)
    if (hasMacros) checkBudget()
    if (typeof value === 'boolean' || typeof value === 'string') return value
    return fromScope ? value : plainValue(value) // what is only looked up is plain JSON already
  }
}

function expressionOf(source: string, { roots, evaluate }: ParsedExpression, locate: Locate): Expression {
  return {
    source: source.trim(),
    roots,
    evaluate(scope: Scope): unknown {
      try {
        return evaluate(scope)
      } catch (error) {
        throw evaluationError(error, source, locate)
      }
    },
  }
}

/** An `EXPRESSION` error that says where in the file, what was found and what may help. */
export function evaluationError(error: unknown, source: string, locate: Locate): TraeError {
  const fault = explain(error, source)
  const { line, column } = locate(fault.start)
  const hint = fault.suggestion ? ` Try: ${fault.suggestion}.` : ''
  return new TraeError(
    'EXPRESSION',
    `Line ${line}, column ${column}, \${{ ${source.trim()} }}: ${fault.message}${hint}`,
    {
      cause: error,
      details: { line, column, expression: source.trim() },
    },
  )
}

function isPath(node: ASTNode): boolean {
  if (node.op === 'id') return true
  if (node.op === '.') return isPath(node.args[0])
  return node.op === '[]' && isPath(node.args[0]) && node.args[1].op === 'value'
}

/**
 * The names that come from the scope: not the items that list macros name, nor CEL's own. Steps are named one by one,
 * `steps.score`; `steps` stands among them where it is used as a whole.
 */
function rootsOf(ast: ASTNode): ReadonlySet<string> {
  const roots = new Set<string>()
  const visit = (node: ASTNode, local: ReadonlySet<string>): void => {
    if (node.op === 'id') {
      if (!local.has(node.args) && (ROOTS as readonly string[]).includes(node.args)) roots.add(node.args)
      return
    }
    const step = stepName(node, local)
    if (step !== undefined) return void roots.add(`steps.${step}`)
    const item = itemName(node)
    if (item === undefined) {
      for (const child of childrenOf(node)) visit(child, local)
      return
    }
    const [receiver, , ...bodies] = childrenOf(node)
    visit(receiver!, local)
    for (const body of bodies) visit(body, new Set([...local, item]))
  }
  visit(ast, new Set())
  return roots
}

/** `score` of `steps.score`, however it is written. */
function stepName(node: ASTNode, local: ReadonlySet<string>): string | undefined {
  if (node.op !== '.' && node.op !== '.?' && node.op !== '[]' && node.op !== '[?]') return undefined
  const [object, name] = node.args
  if (object.op !== 'id' || object.args !== 'steps' || local.has('steps')) return undefined
  if (typeof name === 'string') return name
  return name.op === 'value' && typeof name.args === 'string' ? name.args : undefined
}

/** `item` of `list.map(item, …)`; undefined for anything that is no list macro. */
export function itemName(node: ASTNode): string | undefined {
  if (node.op !== 'rcall' || !LIST_MACROS.has(node.args[0])) return undefined
  const [first, second] = node.args[2]
  return first?.op === 'id' && second !== undefined ? first.args : undefined
}

function macroDepth(node: ASTNode): number {
  const below = Math.max(0, ...childrenOf(node).map(macroDepth))
  return itemName(node) === undefined ? below : below + 1
}

function usesBind(node: ASTNode): boolean {
  return (node.op === 'rcall' && node.args[0] === 'bind') || childrenOf(node).some(usesBind)
}

function limit(source: string, what: string): Fault {
  return {
    code: 'EXPRESSION_LIMIT',
    message: `The expression is too large: ${what}.`,
    start: 0,
    end: Math.min(source.length, 200),
  }
}
