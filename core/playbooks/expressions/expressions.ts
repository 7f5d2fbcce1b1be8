import type { Environment, TypeCheckResult } from '@marcbachmann/cel-js'
import { type ParsedExpression, parseExpression } from './compile-expression.ts'
import { loosenTernaries, parseForCheck } from './environment.ts'
import type { Fault } from './explain.ts'

/** The expressions of one file. The same text, `lead.email`, stands there many times: it is read once. */
export class Expressions {
  readonly #parsed = new Map<string, ParsedExpression | { readonly fault: Fault }>()
  readonly #checked = new Map<string, TypeCheckResult>()
  readonly #makeEnvironment: () => Environment
  #environment: Environment | undefined

  /** Types are those of the environment, which is made where one is asked for. */
  constructor(makeEnvironment: () => Environment) {
    this.#makeEnvironment = makeEnvironment
  }

  parse(source: string): ParsedExpression | { readonly fault: Fault } {
    return once(this.#parsed, source, () => parseExpression(source))
  }

  check(source: string): TypeCheckResult {
    return once(this.#checked, source, () => {
      this.#environment ??= this.#makeEnvironment()
      const result = parseForCheck(this.#environment, source).check()
      return result.error?.code === 'incompatible_ternary_branches'
        ? loosenTernaries(parseForCheck(this.#environment, source)).check()
        : result
    })
  }
}

function once<Value>(known: Map<string, Value>, source: string, make: () => Value): Value {
  const value = known.get(source) ?? make()
  known.set(source, value)
  return value
}
