import type { JsonSchema } from './catalog.ts'

export const INPUT_TYPES = ['string', 'number', 'integer', 'boolean', 'date', 'datetime', 'object', 'list'] as const
export type InputType = (typeof INPUT_TYPES)[number]

/** One thing that a run can be given at its start. */
export interface InputDeclaration {
  readonly name: string
  readonly type: InputType
  readonly required: boolean
  /** What it is where nothing is given. */
  readonly default?: unknown
  readonly enum?: readonly unknown[] | undefined
  readonly description?: string | undefined
}

/** Everything that a playbook takes at its start. */
export interface Inputs {
  readonly declared: readonly InputDeclaration[]
  /** JSON Schema of the whole; what need not be given may be null. */
  readonly schema: JsonSchema
}

const TYPES: Readonly<Record<InputType, JsonSchema>> = {
  string: { type: 'string' },
  number: { type: 'number' },
  integer: { type: 'integer' },
  boolean: { type: 'boolean' },
  date: { type: 'string', format: 'date' },
  datetime: { type: 'string', format: 'date-time' },
  object: { type: 'object', additionalProperties: true },
  list: { type: 'array' },
}

/** For messages: what a value of the type is called. */
export const INPUT_WORDS: Readonly<Record<InputType, string>> = {
  string: 'text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  date: 'a date such as 2026-03-02',
  datetime: 'a moment such as 2026-03-02T09:00:00-03:00',
  object: 'a map',
  list: 'a list',
}

export function inputsOf(declared: readonly InputDeclaration[]): Inputs {
  return {
    declared,
    schema: {
      type: 'object',
      additionalProperties: false,
      properties: Object.fromEntries(declared.map(input => [input.name, schemaOf(input)])),
      required: declared.filter(input => input.required).map(input => input.name),
    },
  }
}

function schemaOf({ type, required, enum: words, default: standard, description }: InputDeclaration): JsonSchema {
  const own = TYPES[type]
  const optional = !required && standard === undefined
  return {
    ...own,
    ...(optional ? { type: [own.type as string, 'null'] } : {}),
    ...(words ? { enum: optional ? [...words, null] : words } : {}),
    ...(standard === undefined ? {} : { default: standard }),
    ...(description === undefined ? {} : { description }),
  }
}
