import type { Core } from '../../context.ts'
import { findMembers } from '../../access/users.ts'
import type { Role } from '../../access/role.ts'
import { getWorkspace } from '../../access/workspace.ts'
import { TraeError } from '../../errors.ts'
import type { WorkspaceId } from '../../ids.ts'
import { APPROVER_ROLES, EMAIL } from '../../playbooks/approvers.ts'

export interface Approver {
  /** In lower case. */
  readonly email: string
  readonly name: string | null
  readonly userId: string | null
  readonly locale: string
}

/**
 * Who is meant by e-mail addresses and roles (`role:ADMIN`), each person once; `without` is the user who is left out. An
 * address that no member has is a person without an account. Throws `VALIDATION` for what is neither, and where fewer
 * than `required` people are left.
 */
export async function findApprovers(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  of: unknown,
  { required, without }: { readonly required: number; readonly without: string | null },
): Promise<Approver[]> {
  const names = [of].flat(3).map(name => (typeof name === 'string' ? name.trim() : name))
  const roles = new Set<Role>()
  const emails = new Set<string>()
  for (const name of names) {
    const role = typeof name === 'string' ? APPROVER_ROLES.find(role => name === `role:${role}`) : undefined
    if (role) roles.add(role)
    else if (typeof name === 'string' && EMAIL.test(name)) emails.add(name.toLowerCase())
    else
      throw new TraeError(
        'VALIDATION',
        `An approval is asked of e-mail addresses and roles such as role:ADMIN, found ${JSON.stringify(name)?.slice(0, 80)}.`,
      )
  }
  const [members, workspace] = await Promise.all([
    findMembers(core, workspaceId, { roles: [...roles], emails: [...emails] }),
    getWorkspace(core, workspaceId),
  ])
  const known = new Map<string, Approver>(
    members.map(({ id, email, name, locale }) => [email, { email, name, userId: id, locale }]),
  )
  const all = [...new Set([...known.keys(), ...emails])]
    .map(email => known.get(email) ?? { email, name: null, userId: null, locale: workspace.locale })
    .filter(approver => without === null || approver.userId !== without)
  if (all.length >= required) return all
  throw new TraeError(
    'VALIDATION',
    `It takes ${required} ${required === 1 ? 'approval' : 'approvals'}, and there ${all.length === 1 ? 'is 1 person' : `are ${all.length} people`} to ask${without === null ? '' : '; whoever started the run by hand does not count, unless the step says selfApproval: true'}. Name more people in "of".`,
  )
}
