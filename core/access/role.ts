/** The roles of a workspace, most powerful first. */
export const ROLES = ['OWNER', 'ADMIN', 'EDITOR', 'OPERATOR', 'VIEWER'] as const
export type Role = (typeof ROLES)[number]
