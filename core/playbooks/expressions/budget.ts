import type { ASTNode } from '@marcbachmann/cel-js'
import { childrenOf } from './environment.ts'

/**
 * CEL always ends, but nested `map` and `filter` over long lists can take hours and all memory first, and the engine
 * evaluates expressions in its own process. So whatever happens inside a list macro is charged to a budget per evaluation:
 * one for each item that is visited, one for each item of a list and each 50 characters of a text that is made.
 */
export const MACRO_BUDGET = 100_000

let spent = 0

/** Call before each evaluation of an expression that `chargeMacros` has prepared: evaluation is synchronous, one counter will do. */
export function resetBudget(): void {
  spent = 0
}

function charge(amount: number): void {
  spent += amount
  checkBudget()
}

/** Call after it too: `exists`, `||` and `&&` forgive an error of one side, and this one is not to be forgiven. */
export function checkBudget(): void {
  if (spent > MACRO_BUDGET)
    throw new Error('it goes through too many list items; filter the list in a step before this one')
}

/** The parts of cel-js's nodes that its own macros use; the version is pinned, and a test holds this to its word. */
interface InnerNode {
  readonly meta: { readonly alternate?: InnerNode; readonly evaluate: Evaluate }
  readonly args: { readonly iterable: ASTNode } & Record<string, unknown>
  readonly handle: (items: unknown, args: unknown, evaluator: Evaluator, context: unknown) => unknown
  setMeta(key: 'evaluate', value: Evaluate): unknown
}
type Evaluate = (evaluator: Evaluator, node: InnerNode, context: unknown) => unknown
interface Evaluator {
  run(node: ASTNode, context: unknown): unknown
}

/** Prepares a checked expression that was not evaluated yet. Answers whether there was anything to prepare. */
export function chargeMacros(node: ASTNode, insideMacro = false): boolean {
  const inner = node as unknown as InnerNode
  const comprehension = inner.meta.alternate
  const isMacro = node.op === 'rcall' && comprehension !== undefined
  if (isMacro) {
    comprehension.setMeta('evaluate', (evaluator, { args, handle }, context) => {
      const items = evaluator.run(args.iterable, context)
      charge(sizeOf(items))
      return handle(items, args, evaluator, context)
    })
  } else if (
    insideMacro &&
    (node.op === '+' || node.op === 'call' || node.op === 'rcall') &&
    !('macro' in inner.meta)
  ) {
    const evaluate = inner.meta.evaluate
    inner.setMeta('evaluate', (evaluator, self, context) => {
      const value = evaluate(evaluator, self, context)
      charge(typeof value === 'string' ? value.length / 50 : sizeOf(value))
      return value
    })
  }
  let found = isMacro
  for (const child of childrenOf(node)) if (chargeMacros(child, insideMacro || isMacro)) found = true
  return found
}

function sizeOf(value: unknown): number {
  if (Array.isArray(value)) return value.length
  return typeof value === 'object' && value !== null ? Object.keys(value).length : 1
}
