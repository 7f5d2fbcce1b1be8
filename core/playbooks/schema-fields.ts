import type { JsonSchema } from './catalog.ts'

/** A schema and the document that its `$ref`s point into. */
export interface TypedSchema {
  readonly schema: JsonSchema
  readonly root: JsonSchema
}

/** What a field is: its schema, `unknown` where the schema does not say, or the names that there are instead. */
export type FieldLookup = TypedSchema | 'unknown' | { readonly known: readonly string[] }

/** Follows local `$ref`s; what cannot be followed says nothing. */
export function resolveSchema(schema: JsonSchema, root: JsonSchema): JsonSchema {
  let current = schema
  for (let hops = 0; current.$ref !== undefined; hops++) {
    if (hops > 16) return {}
    const name = current.$ref === '#' ? undefined : /^#\/\$defs\/([^/]+)$/.exec(current.$ref)?.[1]
    const next = current.$ref === '#' ? root : name === undefined ? undefined : root.$defs?.[name]
    if (!next) return {}
    current = next
  }
  return current
}

/**
 * Looks a field up. An object without `additionalProperties` counts as closed, although JSON Schema says open: it is how
 * schemas made from types come out, and a misspelt field is worth more than a forgotten keyword.
 */
export function fieldOf(
  { schema: written, root }: TypedSchema,
  name: string,
  seen: ReadonlySet<JsonSchema> = new Set(),
): FieldLookup {
  const schema = resolveSchema(written, root)
  if (seen.has(schema)) return 'unknown' // it refers to itself
  const choices = schema.anyOf ?? schema.oneOf
  if (choices) return fieldOfAny(choices, root, name, new Set([...seen, schema]))
  if (schema.allOf) return 'unknown'
  if (!isObject(schema)) return schema.type === undefined || schema.type === 'array' ? 'unknown' : { known: [] }
  const field = Object.hasOwn(schema.properties ?? {}, name) ? schema.properties![name] : undefined
  if (field) return { schema: field, root }
  if (schema.properties === undefined) return 'unknown'
  if (schema.additionalProperties === true) return 'unknown'
  if (typeof schema.additionalProperties === 'object') return { schema: schema.additionalProperties, root }
  return { known: Object.keys(schema.properties) }
}

function fieldOfAny(
  choices: readonly JsonSchema[],
  root: JsonSchema,
  name: string,
  seen: ReadonlySet<JsonSchema>,
): FieldLookup {
  const lookups = choices
    .filter(choice => resolveSchema(choice, root).type !== 'null')
    .map(choice => fieldOf({ schema: choice, root }, name, seen))
  if (lookups.includes('unknown')) return 'unknown'
  const found = lookups.filter(lookup => typeof lookup === 'object' && 'schema' in lookup)
  if (found.length === 1 && lookups.length === 1) return found[0]!
  if (found.length > 0) return 'unknown'
  return { known: lookups.flatMap(lookup => (typeof lookup === 'object' && 'known' in lookup ? lookup.known : [])) }
}

function isObject(schema: JsonSchema): boolean {
  return (
    schema.properties !== undefined ||
    schema.type === 'object' ||
    (Array.isArray(schema.type) && schema.type.includes('object'))
  )
}

/** The schema of a list's items, where it is one and says so. */
export function itemOf({ schema: written, root }: TypedSchema): TypedSchema | undefined {
  const schema = resolveSchema(written, root)
  return typeof schema.items === 'object' ? { schema: schema.items, root } : undefined
}
