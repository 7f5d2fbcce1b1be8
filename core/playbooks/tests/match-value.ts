/** What differs between what was expected and what was found. */
export interface Difference {
  /** `reason`, `attendees.0.email`; empty for the whole. */
  readonly path: string
  readonly expected: unknown
  readonly found: unknown
}

/**
 * Holds a found value against an expected part of it: of a map, the keys that are expected; lists entry by entry;
 * everything else must be equal.
 */
export function matchValue(expected: unknown, found: unknown, path = ''): Difference[] {
  const at = (key: string) => (path === '' ? key : `${path}.${key}`)
  if (isMap(expected) && isMap(found))
    return Object.entries(expected).flatMap(([key, value]) => matchValue(value, found[key], at(key)))
  if (Array.isArray(expected) && Array.isArray(found) && expected.length === found.length)
    return expected.flatMap((value, index) => matchValue(value, found[index], at(String(index))))
  return JSON.stringify(expected) === JSON.stringify(found) ? [] : [{ path, expected, found }]
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
