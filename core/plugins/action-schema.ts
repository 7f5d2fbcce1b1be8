import type { JsonSchema } from '../playbooks/catalog.ts'
import { FORMATS } from './json-schema.ts'

const NUMBERS = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf']
const SIZES = ['minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties', 'maxProperties']
const MANY = ['anyOf', 'oneOf', 'allOf', 'prefixItems']
const ONE = ['items', 'additionalProperties', 'propertyNames']
const WORDS = ['title', 'description', '$comment', 'format', 'pattern', 'contentEncoding', 'contentMediaType']
const DATA = ['default', 'const', 'enum', 'examples', 'deprecated', 'readOnly', 'writeOnly']
const KNOWN: ReadonlySet<string> = new Set([
  ...NUMBERS,
  ...SIZES,
  ...MANY,
  ...ONE,
  ...WORDS,
  ...DATA,
  'type',
  'properties',
  'required',
])
const TYPES: ReadonlySet<unknown> = new Set(['object', 'array', 'string', 'number', 'integer', 'boolean', 'null'])
const MAX_NODES = 2000
const MAX_DEPTH = 24

/**
 * What is wrong with a schema of a manifest, as `place: message` lines. The engine compiles it to code and runs it in its
 * own process, so it may only use keywords whose cost is bounded by the size of schema and data: no references (a few
 * lines could ask for 2³⁰ visits), no `uniqueItems`, no dynamic scopes. Patterns are allowed; `boundedRegExp` runs them.
 */
export function schemaProblems(schema: unknown, place: string): string[] {
  const problems: string[] = []
  let nodes = 0

  const visit = (node: unknown, at: string, depth: number): void => {
    if (node === true || node === false) return
    if (typeof node !== 'object' || node === null || Array.isArray(node))
      return void problems.push(`${at}: must be a JSON Schema`)
    if (++nodes === MAX_NODES) problems.push(`${at}: a schema may have at most ${MAX_NODES} parts`)
    if (nodes >= MAX_NODES) return
    if (depth > MAX_DEPTH) return void problems.push(`${at}: a schema may be at most ${MAX_DEPTH} levels deep`)
    for (const [keyword, value] of Object.entries(node)) {
      const here = `${at}.${keyword}`
      if (!KNOWN.has(keyword)) problems.push(`${here}: ${UNSUPPORTED[keyword] ?? 'this keyword is not supported here'}`)
      else if (MANY.includes(keyword)) {
        if (Array.isArray(value) && value.length > 0) value.forEach((part, i) => visit(part, `${here}.${i}`, depth + 1))
        else problems.push(`${here}: must be a list of schemas`)
      } else if (ONE.includes(keyword)) visit(value, here, depth + 1)
      else if (keyword === 'properties') visitProperties(value, here, depth)
      else problems.push(...valueProblems(keyword, value).map(problem => `${here}: ${problem}`))
    }
  }

  const visitProperties = (value: unknown, at: string, depth: number): void => {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return void problems.push(`${at}: must be an object of schemas`)
    for (const [name, part] of Object.entries(value)) {
      if (FORBIDDEN_NAMES.has(name)) problems.push(`${at}.${name}: a property may not have this name`)
      visit(part, `${at}.${name}`, depth + 1)
    }
  }

  visit(schema, place, 0)
  if ((schema as JsonSchema | null)?.type !== 'object')
    problems.unshift(
      `${place}.type: an action takes and gives objects; found ${JSON.stringify((schema as JsonSchema | null)?.type)}`,
    )
  return problems
}

/** Keys that change what an object is when somebody merges it carelessly. */
export const FORBIDDEN_NAMES: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype'])

const UNSUPPORTED: Readonly<Record<string, string>> = {
  $ref: 'references and recursive schemas (z.json(), z.lazy()) are not accepted; describe that part as z.unknown()',
  $defs: 'references and recursive schemas (z.json(), z.lazy()) are not accepted; describe that part as z.unknown()',
  uniqueItems: 'is not accepted (it may cost the square of the data); check it in the action',
  not: 'is not accepted; say what is wanted instead',
}

function valueProblems(keyword: string, value: unknown): string[] {
  const found = `found ${JSON.stringify(value)?.slice(0, 60)}`
  if (NUMBERS.includes(keyword)) return typeof value === 'number' ? [] : [`must be a number, ${found}`]
  if (SIZES.includes(keyword))
    return Number.isSafeInteger(value) && (value as number) >= 0 ? [] : [`must be a whole number, ${found}`]
  if (keyword === 'type')
    return [value].flat().every(type => TYPES.has(type)) && value !== undefined ? [] : [`is not a JSON type, ${found}`]
  if (keyword === 'required' || keyword === 'enum' || keyword === 'examples')
    return Array.isArray(value) && (keyword !== 'required' || value.every(name => typeof name === 'string'))
      ? []
      : [`must be a list, ${found}`]
  if (!WORDS.includes(keyword)) return []
  if (typeof value !== 'string') return [`must be text, ${found}`]
  if (keyword === 'format' && !FORMATS.has(value))
    return [`this format is not known here, ${found}; known are ${[...FORMATS].join(', ')}`]
  return keyword === 'pattern' ? patternProblems(value) : []
}

function patternProblems(pattern: string): string[] {
  if (pattern.length > 500) return ['a pattern may have at most 500 characters']
  try {
    void new RegExp(pattern, 'u')
    return []
  } catch (error) {
    return [`is not a regular expression: ${(error as Error).message}`]
  }
}
