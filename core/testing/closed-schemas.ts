type Role = 'schema' | 'names' | 'part'
type Schema = Readonly<Record<string, unknown>>

/**
 * The same description with objects that take no member it does not name: what a vendor leaves open would let a misspelt
 * member through. What is put together by `allOf` takes what its parts name, wherever they stand. Objects with
 * `additionalProperties`, or that are one of several schemas, stay as they are.
 */
export function closed(document: unknown): unknown {
  const parts = partsOf(document)

  const close = (node: unknown, role: Role = 'schema'): unknown => {
    if (Array.isArray(node)) return node.map(one => close(one, role))
    if (typeof node !== 'object' || node === null) return node
    const given = node as Schema
    const inner = Object.fromEntries(
      Object.entries(given).map(([key, one]) => [
        key,
        close(
          one,
          role === 'names' ? 'schema' : key === 'properties' ? 'names' : SEVERAL.includes(key) ? 'part' : 'schema',
        ),
      ]),
    )
    if (role !== 'schema' || parts.has(given) || 'additionalProperties' in given) return inner
    if (Array.isArray(given['allOf']) && given['allOf'].every(part => isObject(resolve(document, part))))
      return { ...inner, unevaluatedProperties: false }
    return isObject(given) && !SEVERAL.some(key => key in given) ? { ...inner, additionalProperties: false } : inner
  }
  return close(document)
}

const SEVERAL = ['allOf', 'anyOf', 'oneOf']

/** Something that names members, itself or by its parts. */
function isObject(node: unknown): boolean {
  const { type, properties, allOf } = (node ?? {}) as Schema
  return (type === 'object' && typeof properties === 'object') || Array.isArray(allOf)
}

/** Every schema that an `allOf` of the document refers to: closed by itself, it would refuse what the others name. */
function partsOf(document: unknown): ReadonlySet<unknown> {
  const parts = new Set<unknown>()
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    const { allOf } = node as Schema
    if (Array.isArray(allOf)) for (const part of allOf) parts.add(resolve(document, part))
    for (const one of Object.values(node)) visit(one)
  }
  visit(document)
  return parts
}

function resolve(document: unknown, node: unknown): unknown {
  const { $ref } = (node ?? {}) as { $ref?: string }
  if ($ref === undefined) return node
  return $ref
    .split('/')
    .slice(1)
    .reduce<unknown>((at, key) => (at as Schema)[key.replaceAll('~1', '/').replaceAll('~0', '~')], document)
}
