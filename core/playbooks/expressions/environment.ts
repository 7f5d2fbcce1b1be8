import { type ASTNode, Environment, type ParseResult, type TypeDeclaration } from '@marcbachmann/cel-js'
import { registerFunctions, REPLACED } from './functions.ts'

/** What a step can read. `event` alone is there before a run exists (triggers, enrollment). */
export const ROOTS = ['event', 'inputs', 'vars', 'steps', 'run', 'lead', 'deal', 'customer', 'subject'] as const
export type Root = (typeof ROOTS)[number]

/** Deepest nesting of `map filter all exists exists_one`: CEL has no step budget of its own, and n³ is too much. */
export const MAX_MACRO_DEPTH = 2
export const MAX_EXPRESSION_LENGTH = 4000

const TIME = 'google.protobuf.Timestamp'
const SPAN = 'google.protobuf.Duration'
const NULLABLE = ['string', 'int', 'double', 'bool', 'list', 'map', TIME, SPAN]

/**
 * CEL as playbooks speak it: our functions, arithmetic across `int` (literals) and `double` (every number of JSON),
 * comparison of anything with null, lists and maps of mixed types.
 */
function languageEnvironment(): Environment {
  const environment = new Environment({
    enableOptionalTypes: true,
    homogeneousAggregateLiterals: false,
    limits: { maxAstNodes: 1000, maxDepth: 50, maxListElements: 100, maxMapEntries: 100, maxCallArguments: 16 },
  })
  for (const [operator, compute] of Object.entries(ARITHMETIC))
    for (const sides of [`double ${operator} int`, `int ${operator} double`])
      environment.registerOperator(`${sides}: double`, (a: number | bigint, b: number | bigint) =>
        compute(Number(a), Number(b)),
      )
  environment.registerOperator('double % double', ARITHMETIC['%'])
  environment.registerOperator('int == double', (a: bigint, b: number) => Number(a) === b)
  for (const type of NULLABLE) environment.registerOperator(`${type} == null`, () => false)
  environment.registerFunction('default(ast, ast): dyn', defaultMacro, {
    description: 'The second where the first is null or missing.',
  })
  registerFunctions(environment)
  return environment
}

const ARITHMETIC = {
  '+': (a: number, b: number) => a + b,
  '-': (a: number, b: number) => a - b,
  '*': (a: number, b: number) => a * b,
  '/': (a: number, b: number) => a / b,
  '%': (a: number, b: number) => a % b,
}

/** Evaluates: everything in the scope is dynamic, so that no value is wrapped or copied on its way in. */
const runtime = ROOTS.reduce(
  (environment, root) => environment.registerVariable(root, 'dyn'),
  languageEnvironment().clone(),
)

/** A fresh environment to check types in; never evaluate in it. */
export function checkingEnvironment(): Environment {
  return checking.clone()
}
const checking = languageEnvironment()
  .registerOperator('double in list<int>: bool', () => false)
  .registerOperator('int in list<double>: bool', () => false)

export function parseForRun(source: string): ParseResult {
  return replaceBuiltIns(runtime.parse(source))
}

export function parseForCheck(environment: Environment, source: string): ParseResult {
  return replaceBuiltIns(environment.parse(source))
}

function replaceBuiltIns(parsed: ParseResult): ParseResult {
  walk(parsed.ast, node => {
    if (node.op !== 'call' && node.op !== 'rcall') return
    const ours = REPLACED.get(node.args[0])
    if (ours) node.args[0] = ours
  })
  return parsed
}

/**
 * CEL wants one type from both results of `? :`, and for JSON that is too strict: `x ? "text" : null` is said all the time.
 * Where the check refuses that, parse again with this: both results count as dynamic.
 */
export function loosenTernaries(parsed: ParseResult): ParseResult {
  walk(parsed.ast, node => {
    if (node.op === '?:') for (const branch of [1, 2] as const) node.args[branch] = dynamic(node.args[branch])
  })
  return parsed
}

function dynamic(node: ASTNode): ASTNode {
  const call = runtime.parse('dyn(null)').ast as ASTNode & { readonly op: 'call' }
  call.args[1][0] = node
  return call
}

/** Visits every node that the author wrote, outermost first, arguments of macros included. */
export function walk(node: ASTNode, visit: (node: ASTNode) => void): void {
  visit(node)
  for (const child of childrenOf(node)) walk(child, visit)
}

export function childrenOf(node: ASTNode): readonly ASTNode[] {
  switch (node.op) {
    case 'value':
    case 'id':
      return []
    case '.':
    case '.?':
      return [node.args[0]]
    case 'call':
      return node.args[1]
    case 'rcall':
      return [node.args[1], ...node.args[2]]
    case 'map':
      return node.args.flat()
    case '!_':
    case '-_':
      return [node.args]
    default:
      return node.args
  }
}

interface Checker {
  readonly registry: unknown
  check(node: ASTNode, context: unknown): TypeDeclaration
  getType(name: string): TypeDeclaration
}
interface Evaluator {
  run(node: ASTNode, context: unknown): unknown
}
interface DefaultMacro {
  readonly value: ASTNode
  readonly fallback: ASTNode
}

const MISSING: ReadonlySet<unknown> = new Set(['no_such_key', 'unknown_variable', 'index_out_of_bounds'])

/** `default(a, b)`: a macro, because evaluating `a` may fail on a key that is not there. */
function defaultMacro({ args }: { args: readonly [ASTNode, ASTNode] }): object {
  return {
    value: args[0],
    fallback: args[1],
    async: false,
    typeCheck(checker: Checker, macro: DefaultMacro, context: unknown): TypeDeclaration {
      const type = checker.check(macro.value, context)
      return type.unify(checker.registry as never, checker.check(macro.fallback, context)) ?? checker.getType('dyn')
    },
    evaluate(evaluator: Evaluator, macro: DefaultMacro, context: unknown): unknown {
      try {
        const value = evaluator.run(macro.value, context)
        if (value !== null && value !== undefined) return value
      } catch (error) {
        if (!MISSING.has((error as { code?: unknown }).code)) throw error
      }
      return evaluator.run(macro.fallback, context)
    },
  }
}
