import type { CatalogAction, JsonSchema } from '../catalog.ts'
import type { CompileContext } from '../compile-context.ts'
import { didYouMean } from '../../did-you-mean.ts'
import { typeName } from '../expressions/explain.ts'
import { hasExpression } from '../expressions/split-template.ts'
import { isDay } from '../moment.ts'
import { join } from '../parse-yaml.ts'
import { fieldOf, resolveSchema, type TypedSchema } from '../schema-fields.ts'
import { describeNode, isText, type YamlNode, type YamlScalar } from '../yaml-tree.ts'
import { spanOf } from './shape.ts'

interface Report {
  (
    code: 'MISSING_INPUT' | 'UNKNOWN_INPUT' | 'WRONG_INPUT',
    path: string,
    node: { start: number; end: number },
    message: string,
    suggestion?: string,
  ): void
}

/**
 * Holds `with` against the action's input schema as far as it is written down: keys, and the types of values and of
 * expressions whose type is known. The rest is validated when the action is called. `missingAt` is pointed at where
 * there is no `with`.
 */
export function checkInput(
  input: YamlNode | undefined,
  action: Pick<CatalogAction, 'input'>,
  path: string,
  missingAt: YamlNode,
  context: Pick<CompileContext, 'findings' | 'types' | 'schemas'>,
  words = { owner: 'The action', under: 'with' },
): void {
  const report: Report = (code, path, node, message, suggestion) => {
    context.findings.add({ code, message, path, span: spanOf(node, context.findings), suggestion })
  }
  const visited = new Map<YamlNode, Set<JsonSchema>>()
  if (input) checkValue(input, action.input, path, missingAt)
  else
    for (const name of resolveSchema(action.input, action.input).required ?? [])
      if (!hasDefault(action.input, name))
        report(
          'MISSING_INPUT',
          join(path, name),
          missingAt,
          `The input "${name}" is missing; write it under ${words.under}.`,
        )

  function checkValue(node: YamlNode, written: JsonSchema, at: string, holder: YamlNode): void {
    const schema = resolveSchema(written, action.input)
    const before = visited.get(node) ?? new Set()
    if (before.has(schema)) return // the schema refers to itself
    visited.set(node, before.add(schema))
    const choices = schema.anyOf ?? schema.oneOf
    if (choices) return checkChoices(node, choices, at, holder)
    for (const part of schema.allOf ?? []) checkValue(node, part, at, holder)
    if (isText(node) && hasExpression(node.value)) return checkComputed(node, schema, at)
    const expected = typesOf(schema)
    if (expected.length > 0 && !expected.some(type => isOfType(node, type)))
      return report(
        'WRONG_INPUT',
        at,
        node,
        `${label(at)} must be ${expected.map(word).join(' or ')}, found ${describeNode(node)}.`,
      )
    if (node.kind === 'map') checkObject(node, schema, at, holder)
    else if (node.kind === 'list') checkList(node, schema, at)
    else checkScalar(node, schema, at)
  }

  function checkObject(
    node: YamlNode & { readonly kind: 'map' },
    schema: JsonSchema,
    at: string,
    holder: YamlNode,
  ): void {
    const known = Object.keys(schema.properties ?? {})
    const missing: string[] = []
    const misspelt = new Set<string | undefined>()
    for (const name of schema.required ?? [])
      if (!node.entries.has(name) && !hasDefault(schema, name)) missing.push(name)
    for (const { name, key, value } of node.entries.values()) {
      const property = Object.hasOwn(schema.properties ?? {}, name) ? schema.properties![name]! : undefined
      const more = schema.additionalProperties
      if (property) checkValue(value, property, join(at, name), key as YamlNode)
      else if (typeof more === 'object') checkValue(value, more, join(at, name), key as YamlNode)
      else if (schema.properties && more !== true) {
        const near = didYouMean(name, known)
        misspelt.add(near)
        const list = near === undefined ? ` It takes ${known.join(', ') || 'nothing'}.` : ''
        report(
          'UNKNOWN_INPUT',
          join(at, name),
          key,
          `${at === path ? words.owner : label(at)} has no input "${name}".${list}`,
          near,
        )
      }
    }
    for (const name of missing) {
      const below = join(at, name).slice(path.length + 1)
      if (!misspelt.has(name))
        report(
          'MISSING_INPUT',
          join(at, name),
          at === path ? holder : node,
          `The input "${below}" is missing; write it under ${words.under}.`,
        )
    }
  }

  function checkList(node: YamlNode & { readonly kind: 'list' }, schema: JsonSchema, at: string): void {
    if (typeof schema.items !== 'object') return
    for (const [index, item] of node.items.entries()) checkValue(item, schema.items, join(at, index), item)
  }

  function checkScalar(node: YamlScalar, schema: JsonSchema, at: string): void {
    const { value } = node
    const allowed = schema.enum ?? ('const' in schema ? [schema.const] : undefined)
    if (allowed && !allowed.includes(value)) {
      const near = typeof value === 'string' ? didYouMean(value, allowed.map(String)) : undefined
      return report(
        'WRONG_INPUT',
        at,
        node,
        `${label(at)} must be ${allowed.length > 1 ? 'one of ' : ''}${allowed.map(one => one ?? 'null').join(', ')}; found ${describeNode(node)}.`,
        near,
      )
    }
    const range =
      typeof value === 'number'
        ? outOfRange(value, schema)
        : typeof value === 'string'
          ? (badLength(value.length, schema) ?? badFormat(value, schema))
          : undefined
    if (range) report('WRONG_INPUT', at, node, `${label(at)} must ${range}, found ${describeNode(node)}.`)
  }

  /** A text that is one expression has the expression's type; mixed with text it is text. */
  function checkComputed(node: YamlNode, schema: JsonSchema, at: string): void {
    const type = context.types.get(node)
    const expected = typesOf(schema)
    const given = type === undefined ? undefined : jsonTypesOf(type)
    if (given && expected.length > 0 && !given.some(one => expected.includes(one)))
      return report(
        'WRONG_INPUT',
        at,
        node,
        `${label(at)} must be ${expected.map(word).join(' or ')}; this expression is ${typeName(type!)}.`,
      )
    const source = at === path ? context.schemas.get(node) : undefined
    if (source) checkFields(node, schema, source, at)
  }

  /** The whole input in one expression: has what it gives the fields that are wanted, of types that can be theirs, and no others? */
  function checkFields(node: YamlNode, schema: JsonSchema, source: TypedSchema, at: string): void {
    for (const [name, property] of Object.entries(schema.properties ?? {})) {
      const field = fieldOf(source, name)
      if (field === 'unknown') continue
      const wanted = typesOf(resolveSchema(property, action.input))
      if ('schema' in field) {
        const given = typesOf(resolveSchema(field.schema, field.root))
        if (wanted.length > 0 && given.length > 0 && !given.some(one => wanted.includes(one) || isNumber(one, wanted)))
          report(
            'WRONG_INPUT',
            join(at, name),
            node,
            `"${name}" must be ${wanted.map(word).join(' or ')}; in this expression it is ${given.map(word).join(' or ')}.`,
          )
      } else if (schema.required?.includes(name) && property.default === undefined)
        report(
          'MISSING_INPUT',
          join(at, name),
          node,
          `The input "${name}" is missing in what this expression gives; write the inputs one by one.`,
        )
    }
    const given = resolveSchema(source.schema, source.root)
    if (schema.additionalProperties !== false || given.additionalProperties === true) return
    const more = Object.keys(given.properties ?? {}).filter(name => !Object.hasOwn(schema.properties ?? {}, name))
    if (more.length > 0)
      report(
        'UNKNOWN_INPUT',
        at,
        node,
        `${words.owner} has no input ${more
          .slice(0, 4)
          .map(name => `"${name}"`)
          .join(', ')}${more.length > 4 ? ' …' : ''}; write the inputs one by one.`,
      )
  }

  /** Fine when one choice is; of several that are not, the one that says least is likely the one that was meant. */
  function checkChoices(node: YamlNode, choices: readonly JsonSchema[], at: string, holder: YamlNode): void {
    const types = choices.map(choice => typesOf(resolveSchema(choice, action.input)))
    const fitting = choices.filter((_, index) => types[index]!.length === 0 || couldBe(node, types[index]!))
    if (fitting.length === 1) return checkValue(node, fitting[0]!, at, holder)
    if (fitting.length === 0)
      report(
        'WRONG_INPUT',
        at,
        node,
        `${label(at)} must be ${[...new Set(types.flat())].map(word).join(' or ')}${foundIn(node)}.`,
      )
  }

  function foundIn(node: YamlNode): string {
    const type = isText(node) && hasExpression(node.value) ? context.types.get(node) : undefined
    return type === undefined ? `, found ${describeNode(node)}` : `; this expression is ${typeName(type)}`
  }

  function couldBe(node: YamlNode, types: readonly string[]): boolean {
    if (!isText(node) || !hasExpression(node.value)) return types.some(type => isOfType(node, type))
    const type = context.types.get(node)
    const given = type === undefined ? undefined : jsonTypesOf(type)
    return !given || given.some(one => types.includes(one))
  }
}

function hasDefault(schema: JsonSchema, name: string): boolean {
  return schema.properties?.[name]?.default !== undefined
}

function typesOf(schema: JsonSchema): readonly string[] {
  if (schema.type === undefined) return schema.properties ? ['object'] : []
  return typeof schema.type === 'string' ? [schema.type] : schema.type
}

function isOfType(node: YamlNode, type: string): boolean {
  if (node.kind === 'map') return type === 'object'
  if (node.kind === 'list') return type === 'array'
  if (node.value === null) return type === 'null'
  if (type === 'integer') return Number.isInteger(node.value)
  return typeof node.value === type
}

const isNumber = (given: string, wanted: readonly string[]) =>
  (given === 'number' && wanted.includes('integer')) || (given === 'integer' && wanted.includes('number'))

/** What a CEL type is in JSON; undefined when that is only known at run time. */
function jsonTypesOf(celType: string): readonly string[] | undefined {
  if (/^list\b/.test(celType)) return ['array']
  if (/^(map\b|Object\d+$|Steps$)/.test(celType)) return ['object']
  switch (celType) {
    case 'string':
    case 'google.protobuf.Timestamp':
    case 'google.protobuf.Duration':
      return ['string']
    case 'int':
    case 'uint':
    case 'double':
      return ['number', 'integer']
    case 'bool':
      return ['boolean']
    case 'null':
      return ['null']
    default:
      return undefined
  }
}

function outOfRange(value: number, schema: JsonSchema): string | undefined {
  if (schema.minimum !== undefined && value < schema.minimum) return `be at least ${schema.minimum}`
  if (schema.maximum !== undefined && value > schema.maximum) return `be at most ${schema.maximum}`
  if (schema.exclusiveMinimum !== undefined && value <= schema.exclusiveMinimum)
    return `be more than ${schema.exclusiveMinimum}`
  if (schema.exclusiveMaximum !== undefined && value >= schema.exclusiveMaximum)
    return `be less than ${schema.exclusiveMaximum}`
  return undefined
}

function badLength(length: number, schema: JsonSchema): string | undefined {
  if (schema.minLength !== undefined && length < schema.minLength) return `have at least ${schema.minLength} characters`
  if (schema.maxLength !== undefined && length > schema.maxLength) return `have at most ${schema.maxLength} characters`
  return undefined
}

/** Only those that inputs of playbooks have; the rest is validated when the action is called. */
function badFormat(value: string, schema: JsonSchema): string | undefined {
  if (schema['format'] === 'date' && !isDay(value)) return 'be a date such as 2026-03-02'
  const isMoment = isDay(value.slice(0, 10)) && /^T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/i.test(value.slice(10))
  return schema['format'] === 'date-time' && !isMoment ? 'be a moment such as 2026-03-02T09:00:00-03:00' : undefined
}

function label(path: string): string {
  const name = path.split('.').at(-1)!
  return /^\d+$/.test(name) ? `Entry ${Number(name) + 1}` : `"${name}"`
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
function word(type: string): string {
  return WORDS[type] ?? type
}
