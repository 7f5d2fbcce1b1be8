/** The same JSON with its keys in snake case, as the seed's REST speaks. Keys of free data below `data` and `utm` stay. */
export function snakeCase(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeCase)
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`),
      key === 'data' || key === 'utm' ? inner : snakeCase(inner),
    ]),
  )
}
