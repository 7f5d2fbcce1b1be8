type Snake<S extends string> = S extends `${infer First}${infer Rest}`
  ? `${First extends Lowercase<First> ? First : `_${Lowercase<First>}`}${Snake<Rest>}`
  : S

/** JSON with its keys in snake case; free data below `data` and `utm` is as it was. */
export type SnakeCase<T> = T extends string | number | boolean | null | undefined | Date
  ? T
  : T extends readonly (infer Item)[]
    ? SnakeCase<Item>[]
    : T extends object
      ? { [K in keyof T as K extends string ? Snake<K> : K]: K extends 'data' | 'utm' ? T[K] : SnakeCase<T[K]> }
      : T

/** The same JSON with its keys in snake case, as the seed's REST speaks. Keys of free data below `data` and `utm` stay. */
export function snakeCase<T>(value: T): SnakeCase<T> {
  return convert(value) as SnakeCase<T>
}

function convert(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(convert)
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`),
      key === 'data' || key === 'utm' ? inner : convert(inner),
    ]),
  )
}
