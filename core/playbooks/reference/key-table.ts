import type { JsonSchema } from '../catalog.ts'
import { VALUE_MARK } from '../playbook-file.ts'
import { code, table } from './markdown.ts'

/**
 * The keys of an object schema as a table; those of objects inside follow the key that holds them, `waitFor.any[].event`.
 * `only` keeps some of them; `apart` are explained elsewhere, and not opened.
 */
export function keyTable(
  schema: JsonSchema,
  { only, apart = [] }: { readonly only?: (key: string) => boolean; readonly apart?: readonly string[] } = {},
): string {
  const rows = keyRows(schema, '', apart).filter(([path]) => only?.(path!.split(/[.[<]/)[0]!) ?? true)
  return table(
    ['key', 'value', 'without it', 'what it is'],
    rows.map(([path, ...rest]) => [code(path!), ...rest]),
  )
}

function keyRows(schema: JsonSchema, prefix: string, apart: readonly string[]): string[][] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, value]) => {
    const path = `${prefix}${key}`
    const required = schema.required?.includes(key)
    const standard = value.default === undefined ? (required ? '**required**' : '') : code(String(value.default))
    const row = [path, valueText(value), standard, description(value)]
    if (apart.includes(key)) return [[path, `[${key}](#${key})`, standard, description(value)]]
    const items = typeof value.items === 'object' && !value.items.$ref ? value.items : undefined
    return [
      row,
      ...[value, ...(value.anyOf ?? [])].flatMap(one => keyRows(one, `${path}.`, apart)),
      ...(items ? keyRows(items, `${path}[].`, apart) : []),
    ]
  })
}

/** Expressions in a description are code to a reader. */
function description(schema: JsonSchema): string {
  const text = typeof schema['description'] === 'string' ? schema['description'] : ''
  return text
    .replace(/\$\{\{.*?\}\}/g, match => code(match))
    .replace(/\b(steps|vars)\.<\w+>(\.\w+)?/g, match => code(match))
}

function valueText(schema: JsonSchema): string {
  if (schema.$ref) return '[steps](#steps)'
  const { minimum, maximum, minLength, maxLength, minItems } = schema as Record<string, unknown>
  if (schema.enum) return schema.enum.map(word => code(String(word))).join(', ')
  const mark = schema[VALUE_MARK]
  if (typeof mark === 'string') return mark
  switch (schema.type) {
    case 'string':
      return maxLength === undefined
        ? 'text'
        : `text, ${minLength === undefined ? 'up to' : `${String(minLength)} to`} ${String(maxLength)} characters`
    case 'integer':
    case 'number':
      return `${schema.type === 'integer' ? 'a whole number' : 'a number'}, ${String(minimum)} to ${String(maximum)}`
    case 'boolean':
      return 'true or false'
    case 'array':
      return minItems === undefined ? 'a list' : 'a list, not empty'
    case 'object':
      return schema['minProperties'] === undefined ? 'a map' : 'a map, not empty'
    default:
      return 'any value'
  }
}
