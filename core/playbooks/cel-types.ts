import type { Environment } from '@marcbachmann/cel-js'
import type { JsonSchema } from './catalog.ts'
import { checkingEnvironment } from './expressions/environment.ts'
import { LEAD_SCHEMA, RECORD_SCHEMAS, RUN_SCHEMA, stepScopeSchema } from './record-schemas.ts'
import { resolveSchema } from './schema-fields.ts'
import type { StepIndex } from './step-index.ts'

/** An environment whose variables have the types that the playbook's steps give them: for checking, never for running. */
export function typedEnvironment(index: StepIndex, inputs: JsonSchema): Environment {
  const environment = checkingEnvironment()
  const types = new TypeNames(environment)
  for (const [name, schema] of Object.entries(RECORD_SCHEMAS))
    environment.registerVariable(name, types.of(schema, schema))
  environment.registerVariable('subject', types.of(LEAD_SCHEMA, LEAD_SCHEMA))
  environment.registerVariable('run', types.of(RUN_SCHEMA, RUN_SCHEMA))
  environment.registerVariable('inputs', types.of(inputs, inputs))
  const outputs = new Map<JsonSchema | undefined, string>()
  const fields: Record<string, string> = {}
  for (const { id, output } of index.steps.values()) {
    let type = outputs.get(output)
    if (type === undefined) {
      type = types.of(stepScopeSchema(output), output ?? {})
      outputs.set(output, type)
    }
    fields[id] = type
  }
  environment.registerType('Steps', { fields })
  environment.registerVariable('steps', 'Steps')
  for (const root of ['event', 'vars']) environment.registerVariable(root, 'dyn')
  return environment
}

/** Names the CEL types of JSON Schemas; an object with fixed keys becomes a type of its own. */
class TypeNames {
  readonly #environment: Environment
  #count = 0
  /** Each schema has one type; one that refers to itself is dynamic where it does. */
  readonly #known = new Map<JsonSchema, string>()
  constructor(environment: Environment) {
    this.#environment = environment
  }

  /** `dyn` wherever a schema does not say: what is not known cannot be wrong. */
  of(written: JsonSchema, root: JsonSchema, depth = 0): string {
    const schema = resolveSchema(written, root)
    const known = Array.isArray(schema.type) ? schema.type.filter(type => type !== 'null') : [schema.type]
    if (known.length !== 1 || schema.anyOf || schema.oneOf || schema.allOf || depth > 8)
      return this.#alternative(schema, root, depth)
    switch (known[0]) {
      case 'string':
        return 'string'
      case 'number':
      case 'integer': // a number of JSON is a double to CEL
        return 'double'
      case 'boolean':
        return 'bool'
      case 'array':
        return `list<${typeof schema.items === 'object' ? this.of(schema.items, root, depth + 1) : 'dyn'}>`
      case 'object':
        return this.#object(schema, root, depth)
      default:
        return 'dyn'
    }
  }

  /** `anyOf: [X, null]` is X: comparison with null is always allowed. */
  #alternative(schema: JsonSchema, root: JsonSchema, depth: number): string {
    const choices = (schema.anyOf ?? schema.oneOf ?? []).filter(choice => resolveSchema(choice, root).type !== 'null')
    return choices.length === 1 && depth <= 8 ? this.of(choices[0]!, root, depth + 1) : 'dyn'
  }

  #object(schema: JsonSchema, root: JsonSchema, depth: number): string {
    const open = schema.additionalProperties !== undefined && schema.additionalProperties !== false
    if (schema.properties === undefined || open) return 'map<string, dyn>'
    const named = this.#known.get(schema)
    if (named !== undefined) return named
    this.#known.set(schema, 'dyn')
    const fields = Object.fromEntries(
      Object.entries(schema.properties).map(([name, field]) => [name, this.of(field, root, depth + 1)]),
    )
    const name = `Object${this.#count++}`
    this.#environment.registerType(name, { fields })
    this.#environment.registerOperator(`${name} == null`, () => false)
    this.#known.set(schema, name)
    return name
  }
}
