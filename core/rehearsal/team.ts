import type { Role } from '../access/role.ts'
import { APPROVER_ROLES } from '../playbooks/approvers.ts'

/** Who is in the team of a rehearsal's workspace: one of each role, so that any of them can be asked. */
export const teamEmail = (role: Role, workspaceId: string) => `${role.toLowerCase()}-${workspaceId}@example.com`

const MEMBER = new RegExp(`\\b(${APPROVER_ROLES.join('|').toLowerCase()})-[0-9a-f-]{36}@example\\.com\\b`, 'g')

/** A text in which members of a rehearsal's team are called as a playbook calls them, `role:ADMIN`. */
export function withRoles(text: string): string {
  return text.replaceAll(MEMBER, (_address, role: string) => `role:${role.toUpperCase()}`)
}

/** The address of somebody whom a test names. */
export function personEmail(name: string, workspaceId: string): string {
  return name.startsWith('role:') ? teamEmail(name.slice('role:'.length) as Role, workspaceId) : name.toLowerCase()
}
