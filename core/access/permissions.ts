import { TraeError } from '../errors.ts'
import { ROLES, type Role } from './role.ts'
import { type Scope, scopeFor } from './scopes.ts'

/** What may be done, and the least role that may do it. Everything else is denied. The docs' table is made from this one. */
export const PERMISSIONS = {
  'workspace:read': 'VIEWER',
  'account:read': 'VIEWER',
  'account:write': 'VIEWER',
  'members:read': 'VIEWER',
  'brain:read': 'VIEWER',
  'leads:read': 'VIEWER',
  'messages:read': 'VIEWER',
  'meetings:read': 'VIEWER',
  'activities:read': 'VIEWER',
  'deals:read': 'VIEWER',
  'customers:read': 'VIEWER',
  'playbooks:read': 'VIEWER',
  'runs:read': 'VIEWER',
  'installations:read': 'VIEWER',
  'analytics:read': 'VIEWER',
  'objectives:read': 'VIEWER',
  'tasks:read': 'VIEWER',
  'incidents:read': 'VIEWER',
  'notices:read': 'VIEWER',
  'alerts:read': 'VIEWER',
  'charges:read': 'VIEWER',
  'proposals:read': 'VIEWER',
  'campaigns:read': 'VIEWER',
  'pages:read': 'VIEWER',
  'calls:read': 'VIEWER',
  'audiences:read': 'VIEWER',
  'decisions:read': 'VIEWER',
  'memory:read': 'VIEWER',
  'leads:write': 'OPERATOR',
  'decisions:write': 'OPERATOR',
  'tasks:write': 'OPERATOR',
  'modules:operate': 'OPERATOR',
  'objectives:write': 'OPERATOR',
  'deals:write': 'OPERATOR',
  'calls:write': 'OPERATOR',
  'customers:write': 'OPERATOR',
  'messages:write': 'OPERATOR',
  'meetings:write': 'OPERATOR',
  'charges:write': 'OPERATOR',
  'proposals:write': 'OPERATOR',
  'campaigns:write': 'OPERATOR',
  'memory:write': 'OPERATOR',
  'alerts:acknowledge': 'OPERATOR',
  'runs:start': 'OPERATOR',
  'runs:operate': 'OPERATOR',
  'playbooks:validate': 'EDITOR',
  'playbooks:write': 'EDITOR',
  'pages:write': 'EDITOR',
  'brain:control': 'ADMIN',
  'metrics:read': 'ADMIN',
  'backups:read': 'ADMIN',
  'backups:write': 'ADMIN',
  'alerts:write': 'ADMIN',
  'workspace:write': 'ADMIN',
  'installations:write': 'ADMIN',
  'members:write': 'ADMIN',
  'audit:read': 'ADMIN',
  'privacy:read': 'ADMIN',
  'privacy:write': 'ADMIN',
  'keys:read': 'ADMIN',
  'keys:write': 'ADMIN',
  'memory:move': 'ADMIN',
  'webhooks:read': 'ADMIN',
  'webhooks:write': 'ADMIN',
  'credentials:write': 'ADMIN',
  'workspaces:create': 'OWNER',
  'security:write': 'OWNER',
} as const satisfies Record<string, Role>

export type Permission = keyof typeof PERMISSIONS

export function may(role: Role, permission: Permission): boolean {
  return ROLES.indexOf(role) <= ROLES.indexOf(PERMISSIONS[permission])
}

/** The scope that an API key needs for it; undefined: it is for people only. */
export const scopeOf = (permission: Permission) => scopeFor(permission, PERMISSIONS[permission])

/** Who asks, as far as permissions go: a person, or a key that its scopes bound further. */
export interface Asker {
  readonly role: Role
  readonly mustEnrol?: boolean
  readonly key?: { readonly scopes: readonly Scope[] } | undefined
}

/** Throws `FORBIDDEN` naming what is missing. */
export function demand(viewer: Asker, permission: Permission): void {
  const missing = whatIsMissing(viewer, permission)
  if (missing !== undefined) throw new TraeError('FORBIDDEN', `${permission} ${missing}.`)
}

export const permits = (viewer: Asker, permission: Permission) => whatIsMissing(viewer, permission) === undefined

/** Why not, as the end of a sentence; undefined where nothing is in the way. */
export function whatIsMissing({ role, key, mustEnrol }: Asker, permission: Permission): string | undefined {
  if (!may(role, permission)) return `needs the role ${PERMISSIONS[permission]} or above; you are ${role}`
  if (mustEnrol && !/^(?:account:|workspace:read$)/.test(permission))
    return 'needs a second factor, which this workspace asks of you: set it up under Settings, My account'
  if (key === undefined) return undefined
  const scope = scopeOf(permission)
  if (scope === undefined) return 'is for people: sign in, an API key will not do'
  return key.scopes.includes(scope)
    ? undefined
    : `needs an API key with the scope ${scope}; this one has ${key.scopes.join(', ')}`
}
