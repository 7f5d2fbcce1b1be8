import type { Role } from '../../api/schema.ts'
import { useSession } from './session.tsx'

const OPERATORS: ReadonlySet<Role> = new Set<Role>(['OWNER', 'ADMIN', 'EDITOR', 'OPERATOR'])

/** May the viewer start runs and operate them? The host has the last word. */
export function useMayOperate(): boolean {
  return OPERATORS.has(useSession().viewer.role)
}
