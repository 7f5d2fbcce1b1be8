/** Roles of a workspace, as `role:ADMIN` names everybody who has one. */
export const APPROVER_ROLES = ['OWNER', 'ADMIN', 'EDITOR', 'OPERATOR', 'VIEWER'] as const

export const EMAIL = /^[^\s@<>"]{1,64}@[^\s@<>"]+\.[^\s@<>"]+$/
