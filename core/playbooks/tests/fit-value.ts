import type { JsonSchema } from '../catalog.ts'
import { didYouMean } from '../../did-you-mean.ts'
import { resolveSchema } from '../schema-fields.ts'
import { describeNode, type YamlNode, type YamlSpan } from '../yaml-tree.ts'

export interface Misfit {
  readonly message: string
  readonly span: YamlSpan
  /** Below the value: `attendees.0.email`. */
  readonly below: string
  readonly suggestion?: string | undefined
}

/**
 * Where a written value cannot be part of what a schema describes; `what` is its name in messages. Fields that are
 * missing are no matter.
 */
export function fitValue(node: YamlNode, schema: JsonSchema, what: string): Misfit[] {
  return fit(node, schema, { root: schema, what }, '', 0)
}

function fit(
  node: YamlNode,
  written: JsonSchema,
  whole: { readonly root: JsonSchema; readonly what: string },
  below: string,
  depth: number,
): Misfit[] {
  const { root, what } = whole
  const schema = resolveSchema(written, root)
  if (depth > 20) return []
  const label = below === '' ? what : `"${below}"`
  const misfit = (message: string, suggestion?: string): Misfit[] => [{ message, span: node, below, suggestion }]
  const choices = schema.anyOf ?? schema.oneOf
  if (choices) {
    const tried = choices.map(choice => fit(node, choice, whole, below, depth + 1))
    return tried.some(found => found.length === 0) ? [] : (tried.toSorted((a, b) => b.length - a.length).at(-1) ?? [])
  }
  const types = schema.type === undefined ? [] : typeof schema.type === 'string' ? [schema.type] : schema.type
  if (types.length > 0 && !types.some(type => isOfType(node, type)))
    return misfit(
      `${label} must be ${types.map(type => WORDS[type] ?? type).join(' or ')}, found ${describeNode(node)}.`,
    )
  if (node.kind === 'list')
    return typeof schema.items === 'object'
      ? node.items.flatMap((item, index) => fit(item, schema.items as JsonSchema, whole, join(below, index), depth + 1))
      : []
  if (node.kind === 'map') {
    const known = Object.keys(schema.properties ?? {})
    return [...node.entries.values()].flatMap(({ name, key, value }) => {
      const field = schema.properties?.[name]
      if (field) return fit(value, field, whole, join(below, name), depth + 1)
      const more = schema.additionalProperties
      if (typeof more === 'object') return fit(value, more, whole, join(below, name), depth + 1)
      if (!schema.properties || more === true) return []
      const suggestion = didYouMean(name, known)
      const list = suggestion === undefined ? ` It has ${known.join(', ') || 'nothing'}.` : ''
      return [{ message: `${label} has no "${name}".${list}`, span: key, below: join(below, name), suggestion }]
    })
  }
  const allowed = schema.enum ?? ('const' in schema ? [schema.const] : undefined)
  if (allowed && !allowed.includes(node.value))
    return misfit(
      `${label} must be ${allowed.length > 1 ? 'one of ' : ''}${allowed.join(', ')}; found ${describeNode(node)}.`,
      typeof node.value === 'string' ? didYouMean(node.value, allowed.map(String)) : undefined,
    )
  if (typeof node.value === 'number' && schema.minimum !== undefined && node.value < schema.minimum)
    return misfit(`${label} must be at least ${schema.minimum}, found ${describeNode(node)}.`)
  if (typeof node.value === 'number' && schema.maximum !== undefined && node.value > schema.maximum)
    return misfit(`${label} must be at most ${schema.maximum}, found ${describeNode(node)}.`)
  return []
}

const join = (below: string, name: string | number) => (below === '' ? String(name) : `${below}.${name}`)

function isOfType(node: YamlNode, type: string): boolean {
  if (node.kind === 'map') return type === 'object'
  if (node.kind === 'list') return type === 'array'
  if (node.value === null) return type === 'null'
  return type === 'integer' ? Number.isInteger(node.value) : typeof node.value === type
}

const WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  integer: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  null: 'empty',
}
