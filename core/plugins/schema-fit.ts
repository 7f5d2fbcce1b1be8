import type { JsonSchema } from '../playbooks/catalog.ts'

/**
 * Why data that fits `given` might not fit `wanted`, as `place: reason` lines; empty when it always does, as far as the
 * two schemas tell. Errs on the side of saying no: what cannot be compared (two different patterns) does not fit.
 */
export function misfits(given: JsonSchema, wanted: JsonSchema, place = ''): string[] {
  const at = (reason: string) => [`${place || 'it'}: ${reason}`]
  const options = given.anyOf ?? given.oneOf
  if (options) return options.flatMap(option => misfits({ ...withoutOptions(given), ...option }, wanted, place))
  const targets = wanted.anyOf ?? wanted.oneOf
  if (targets) {
    const tried = targets.map(target => misfits(given, { ...withoutOptions(wanted), ...target }, place))
    return tried.some(reasons => reasons.length === 0) ? [] : at(`fits none of the ${targets.length} that are accepted`)
  }
  const types = typesOf(given)
  const accepted = typesOf(wanted)
  const outside = types.filter(type => !accepted.includes(type) && !(type === 'integer' && accepted.includes('number')))
  if (outside.length > 0) return at(`may be ${outside.join(' or ')}, accepted is ${accepted.join(' or ')}`)

  const values = valuesOf(given)
  const acceptedValues = valuesOf(wanted)
  if (acceptedValues) {
    const strange = values?.filter(
      value => !acceptedValues.some(other => JSON.stringify(other) === JSON.stringify(value)),
    )
    if (!values) return at(`may be anything, accepted is only ${JSON.stringify(acceptedValues)}`)
    return strange!.length > 0
      ? at(`may be ${JSON.stringify(strange)}, accepted is only ${JSON.stringify(acceptedValues)}`)
      : []
  }
  return [
    ...(values ? [] : boundMisfits(given, wanted).flatMap(at)),
    ...(types.includes('object') ? objectMisfits(given, wanted, place) : []),
    ...(types.includes('array') && isSchema(wanted.items)
      ? misfits(isSchema(given.items) ? given.items : {}, wanted.items, `${place}[]`)
      : []),
  ]
}

const ALL = ['object', 'array', 'string', 'number', 'boolean', 'null']

function typesOf(schema: JsonSchema): string[] {
  if (schema.type !== undefined) return [schema.type].flat() as string[]
  const values = valuesOf(schema)
  if (!values) return ALL
  return [...new Set(values.map(value => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value)))]
}

function valuesOf(schema: JsonSchema): readonly unknown[] | undefined {
  return schema.const !== undefined ? [schema.const] : schema.enum
}

function objectMisfits(given: JsonSchema, wanted: JsonSchema, place: string): string[] {
  const key = (name: string) => (place ? `${place}.${name}` : name)
  const reasons: string[] = []
  for (const name of wanted.required ?? []) {
    const filledIn = wanted.properties?.[name]?.default !== undefined
    if (!given.required?.includes(name) && !filledIn) reasons.push(`${key(name)}: may be missing, but is required`)
  }
  for (const [name, schema] of Object.entries(given.properties ?? {})) {
    const target = wanted.properties?.[name] ?? wanted.additionalProperties ?? true
    if (target === false) reasons.push(`${key(name)}: may be there, but is not accepted`)
    else if (target !== true) reasons.push(...misfits(schema, target, key(name)))
  }
  const others = given.additionalProperties ?? true // `{}` and nothing said alike: anything may be there
  for (const [name, target] of Object.entries(wanted.properties ?? {})) {
    if (given.properties?.[name] !== undefined || others === false || !wanted.required?.includes(name)) continue
    reasons.push(...misfits(isSchema(others) ? others : {}, target, key(name)))
  }
  if (isSchema(wanted.additionalProperties) && isSchema(others))
    reasons.push(...misfits(others, wanted.additionalProperties, key('*')))
  return reasons
}

const LOWER = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties']
const UPPER = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties']
const SAME = ['format', 'pattern', 'multipleOf']
/** A JavaScript integer, as zod bounds it: no bound that anybody meant. */
const UNBOUNDED = Number.MAX_SAFE_INTEGER

function boundMisfits(given: JsonSchema, wanted: JsonSchema): string[] {
  const wrong: string[] = []
  for (const [keywords, tighter] of [
    [LOWER, (a: number, b: number) => a >= b],
    [UPPER, (a: number, b: number) => a <= b],
  ] as const)
    for (const keyword of keywords) {
      const bound = wanted[keyword] as number | undefined
      const own = given[keyword] as number | undefined
      if (bound === undefined || Math.abs(bound) >= UNBOUNDED || (bound === 0 && /^min(L|I|P)/.test(keyword))) continue
      if (own === undefined || !tighter(own, bound))
        wrong.push(`accepted is only ${keyword} ${bound}, found ${own ?? 'no bound'}`)
    }
  for (const keyword of SAME) {
    if (wanted[keyword] !== undefined && wanted[keyword] !== given[keyword])
      wrong.push(
        `accepted is only ${keyword} ${JSON.stringify(wanted[keyword])}, found ${given[keyword] === undefined ? 'any' : JSON.stringify(given[keyword])}`,
      )
  }
  return wrong
}

function withoutOptions(schema: JsonSchema): JsonSchema {
  return { ...schema, anyOf: undefined, oneOf: undefined }
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null
}
