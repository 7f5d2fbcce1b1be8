import type { Json } from './schema.ts'

/** Values of plugins come as JSON of any shape; these look into it without trusting it. */
export function isRecord(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value)
}

export function member(value: Json | undefined, key: string): Json | undefined {
  return isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined
}

/** The text of a member; empty where there is none. */
export function textAt(value: Json | undefined, key: string): string {
  const found = member(value, key)
  return typeof found === 'string' ? found : typeof found === 'number' ? String(found) : ''
}

export function textsAt(value: Json | undefined, key: string): readonly string[] {
  const found = member(value, key)
  return isList(found) ? found.filter(item => typeof item === 'string') : []
}
