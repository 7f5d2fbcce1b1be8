import { TraeError } from '../errors.ts'
import { ROLES, type Role } from './entities.ts'

/** What may be done, and the least role that may do it. Everything else is denied. The docs' table is made from this one. */
export const PERMISSIONS = {
  'workspace:read': 'VIEWER',
  'brain:read': 'VIEWER',
  'leads:read': 'VIEWER',
  'messages:read': 'VIEWER',
  'meetings:read': 'VIEWER',
  'activities:read': 'VIEWER',
  'playbooks:read': 'VIEWER',
  'runs:read': 'VIEWER',
  'installations:read': 'VIEWER',
  'analytics:read': 'VIEWER',
  'leads:write': 'OPERATOR',
  'messages:write': 'OPERATOR',
  'runs:start': 'OPERATOR',
  'runs:operate': 'OPERATOR',
  'playbooks:validate': 'EDITOR',
  'playbooks:write': 'EDITOR',
  'brain:control': 'ADMIN',
  'workspace:write': 'ADMIN',
  'installations:write': 'ADMIN',
  'webhooks:read': 'ADMIN',
  'webhooks:write': 'ADMIN',
  'credentials:write': 'ADMIN',
} as const satisfies Record<string, Role>

export type Permission = keyof typeof PERMISSIONS

export function may(role: Role, permission: Permission): boolean {
  return ROLES.indexOf(role) <= ROLES.indexOf(PERMISSIONS[permission])
}

/** Throws `FORBIDDEN` naming what is missing. */
export function demand(viewer: { readonly role: Role }, permission: Permission): void {
  if (!may(viewer.role, permission))
    throw new TraeError(
      'FORBIDDEN',
      `${permission} needs the role ${PERMISSIONS[permission]} or above; you are ${viewer.role}.`,
    )
}
