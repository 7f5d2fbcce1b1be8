/**
 * The same description with objects that take no member it does not name: what a vendor leaves open would let a misspelt
 * member through. Objects with `additionalProperties`, or that are put together of several schemas, stay as they are.
 */
export function closed(node: unknown, role: 'schema' | 'names' | 'part' = 'schema'): unknown {
  if (Array.isArray(node)) return node.map(one => closed(one, role))
  if (typeof node !== 'object' || node === null) return node
  const given = node as Record<string, unknown>
  const inner = Object.fromEntries(
    Object.entries(given).map(([key, one]) => [
      key,
      closed(
        one,
        role === 'names' ? 'schema' : key === 'properties' ? 'names' : SEVERAL.includes(key) ? 'part' : 'schema',
      ),
    ]),
  )
  const isObject = given['type'] === 'object' && typeof given['properties'] === 'object'
  const isWhole = ![...SEVERAL, 'additionalProperties'].some(key => key in given)
  return role === 'schema' && isObject && isWhole ? { ...inner, additionalProperties: false } : inner
}

const SEVERAL = ['allOf', 'anyOf', 'oneOf']
