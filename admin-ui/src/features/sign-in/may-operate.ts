import type { Role } from '../../api/schema.ts'
import { useSession } from './session.tsx'

const OPERATORS: ReadonlySet<Role> = new Set<Role>(['OWNER', 'ADMIN', 'EDITOR', 'OPERATOR'])

/** May the viewer connect accounts and manage plugins? The host has the last word. */
export function useMayAdminister(): boolean {
  return ADMINISTRATORS.has(useSession().viewer.role)
}

const ADMINISTRATORS: ReadonlySet<Role> = new Set<Role>(['OWNER', 'ADMIN'])

/** May the viewer write playbooks and pages? The host has the last word. */
export function useMayEdit(): boolean {
  return EDITORS.has(useSession().viewer.role)
}

const EDITORS: ReadonlySet<Role> = new Set<Role>(['OWNER', 'ADMIN', 'EDITOR'])

/** May the viewer start runs and operate them? The host has the last word. */
export function useMayOperate(): boolean {
  return OPERATORS.has(useSession().viewer.role)
}
