import { createHash } from 'node:crypto'
import type { JsonSchema } from '../catalog.ts'
import { resolveSchema } from '../schema-fields.ts'

/** What made-up values rest on: the same place gives the same value. */
export interface SampleOrigin {
  /** For moments. */
  readonly now: Date
  /** Where the value stands: `email/send`. */
  readonly place: string
}

/**
 * A value that fits a schema, the same at every call: required fields only, the first of several choices, texts that
 * are their field's name. `given` is kept and filled up where fields are missing.
 */
export function sampleValue(schema: JsonSchema, origin: SampleOrigin, given?: unknown): unknown {
  return sample(schema, schema, origin, given, 0)
}

function sample(written: JsonSchema, root: JsonSchema, origin: SampleOrigin, given: unknown, depth: number): unknown {
  const schema = resolveSchema(written, root)
  const below = (name: string): SampleOrigin => ({ ...origin, place: `${origin.place}.${name}` })
  if (depth > 20) return given ?? null
  const choices = schema.anyOf ?? schema.oneOf
  if (choices) {
    const fitting = choices.find(choice => couldBe(resolveSchema(choice, root), given))
    return fitting ? sample(fitting, root, origin, given, depth + 1) : (given ?? null)
  }
  if (isPlain(given)) {
    const filled: Record<string, unknown> = { ...given }
    for (const [name, field] of Object.entries(schema.properties ?? {}))
      if (name in given || schema.required?.includes(name))
        filled[name] = sample(field, root, below(name), given[name], depth + 1)
    return filled
  }
  if (Array.isArray(given)) {
    const { items } = schema
    return typeof items === 'object'
      ? given.map((item, index) => sample(items, root, below(String(index)), item, depth + 1))
      : given
  }
  return given === undefined ? made(schema, root, origin, depth) : given
}

function made(schema: JsonSchema, root: JsonSchema, origin: SampleOrigin, depth: number): unknown {
  if ('const' in schema) return schema.const
  if (schema.default !== undefined) return schema.default
  if (schema.enum) return schema.enum[0]
  const type = typeof schema.type === 'string' ? schema.type : schema.type?.find(one => one !== 'null')
  switch (type ?? (schema.properties ? 'object' : undefined)) {
    case 'object':
      return sample(schema, root, origin, {}, depth + 1)
    case 'array': {
      const least = Number(schema['minItems'] ?? 0)
      const { items } = schema
      return Array.from({ length: least }, (_, index) =>
        typeof items === 'object'
          ? sample(items, root, { ...origin, place: `${origin.place}.${index}` }, undefined, depth + 1)
          : null,
      )
    }
    case 'string':
      return madeText(schema, origin)
    case 'integer':
    case 'number':
      return schema.minimum ?? (schema.exclusiveMinimum === undefined ? 0 : schema.exclusiveMinimum + 1)
    case 'boolean':
      return false
    default:
      return null
  }
}

function madeText(schema: JsonSchema, { now, place }: SampleOrigin): string {
  switch (schema['format']) {
    case 'date-time':
      return now.toISOString()
    case 'date':
      return now.toISOString().slice(0, 10)
    case 'uuid':
      return sampleId(place)
    case 'email':
      return 'sample@example.com'
    case 'uri':
      return 'https://example.com/'
    default:
      if (/(\.i|I)d$/.test(place)) return sampleId(place)
      if (/email$/i.test(place)) return 'sample@example.com'
      return place
        .split('.')
        .at(-1)!
        .padEnd(schema.minLength ?? 0, '.')
        .slice(0, schema.maxLength)
  }
}

/** A UUID that depends on the text alone. */
export function sampleId(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

function couldBe(schema: JsonSchema, given: unknown): boolean {
  const types = schema.type === undefined ? [] : typeof schema.type === 'string' ? [schema.type] : schema.type
  if (given === undefined) return !(types.length === 1 && types[0] === 'null')
  if (types.length === 0) return true
  const type = given === null ? 'null' : Array.isArray(given) ? 'array' : typeof given
  return types.includes(type) || (type === 'number' && types.includes('integer'))
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
