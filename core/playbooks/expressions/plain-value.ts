import { Duration, UnsignedInt } from '@marcbachmann/cel-js/evaluator'
import { Optional } from '@marcbachmann/cel-js'
import { formatDuration } from '../duration.ts'

/** How large a value may be that comes out of an expression: nodes, and characters in all its texts. */
export const MAX_VALUE_NODES = 100_000
export const MAX_VALUE_CHARACTERS = 1_000_000

/** A fault of the value itself; the caller adds where it happened. */
export class ValueError extends Error {}

interface Spent {
  nodes: number
  characters: number
}

/** The plain JSON value of what CEL computed: BigInt becomes a number, a time ISO 8601, a missing optional null. */
export function plainValue(value: unknown, spent: Spent = { nodes: 0, characters: 0 }): unknown {
  if (++spent.nodes > MAX_VALUE_NODES) throw new ValueError(`the result has more than ${MAX_VALUE_NODES} values`)
  switch (typeof value) {
    case 'boolean':
      return value
    case 'string':
      spent.characters += value.length
      if (spent.characters > MAX_VALUE_CHARACTERS)
        throw new ValueError(`the result has more than ${MAX_VALUE_CHARACTERS} characters`)
      return value
    case 'number':
      if (!Number.isFinite(value)) throw new ValueError('the result is not a number (a division by zero?)')
      return value
    case 'bigint':
      return plainInteger(value)
    case 'object':
      return value === null ? null : plainObject(value, spent)
    default:
      return null
  }
}

function plainInteger(value: bigint): number {
  if (value > Number.MAX_SAFE_INTEGER || value < Number.MIN_SAFE_INTEGER)
    throw new ValueError(`${value} is too large for a whole number`)
  return Number(value)
}

function plainObject(value: object, spent: Spent): unknown {
  if (Array.isArray(value)) return value.map(item => plainValue(item, spent))
  if (value instanceof Date) return value.toISOString()
  if (value instanceof Duration) return formatDuration(value.valueOf())
  if (value instanceof UnsignedInt) return plainInteger(value.valueOf())
  if (value instanceof Optional) return plainValue(value.orValue(null), spent)
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (value instanceof Set) return Array.from(value, item => plainValue(item, spent))
  const entries = value instanceof Map ? [...value.entries()] : Object.entries(value)
  const prototype: unknown = Object.getPrototypeOf(value)
  if (!(value instanceof Map) && prototype !== Object.prototype && prototype !== null)
    throw new ValueError('the result is not a value that can be stored (a type or a namespace?)')
  return Object.fromEntries(entries.map(([key, item]) => [String(key), plainValue(item, spent)]))
}

/** A value where it stands in the middle of text: nothing for null, JSON for lists and objects. */
export function valueAsText(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'string') return value
  return typeof value === 'object' ? JSON.stringify(value) : String(value as number | boolean)
}
