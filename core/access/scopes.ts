import type { Role } from './role.ts'

/** What an API key may be for. A key has some of them, and none contains another. */
export const SCOPES = ['READ', 'WRITE', 'RUN', 'ADMIN'] as const
export type Scope = (typeof SCOPES)[number]

/** What only a person does, whatever scopes a key has: otherwise a key could make itself a successor. */
const PEOPLE_ONLY = /^(?:account:|keys:write$|members:write$|workspaces:|security:)/
const RUNNING = /^(?:runs|tasks|modules|decisions):/

/**
 * The scope that a permission asks of a key, by what it is about and its least role, so that a new permission has one
 * as well. Undefined: no key may.
 */
export function scopeFor(permission: string, least: Role): Scope | undefined {
  if (PEOPLE_ONLY.test(permission)) return undefined
  if (least === 'OWNER' || least === 'ADMIN') return 'ADMIN'
  if (permission.endsWith(':read')) return 'READ'
  return RUNNING.test(permission) ? 'RUN' : 'WRITE'
}
