import type { Core } from '../context.ts'
import type { WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'
import type { Role } from './role.ts'

export interface UserRecord {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly role: Role
  readonly locale: string
  readonly createdAt: Date
  readonly lastSeenAt: Date | null
  /** Asks for a code as well as for the password. */
  readonly secondFactor: boolean
}

export const USER_COLUMNS = `u.id, u.name, u.email, m.role, u.locale, u.created_at as "createdAt", u.last_seen_at as "lastSeenAt",
         u.totp_confirmed_at is not null as "secondFactor"`

/** The members of a workspace with these ids, in any order; unknown ids are left out. */
export function findUsers(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  ids: readonly string[],
): Promise<UserRecord[]> {
  return core.sql.query<UserRecord>(FIND_USERS, [workspaceId, ids])
}
const FIND_USERS = statement(
  'access.find-users',
  `select ${USER_COLUMNS}
     from users u join memberships m on m.user_id = u.id
    where m.workspace_id = $1 and u.id = any($2::uuid[])`,
)

/** The members who have one of these roles or one of these addresses (lower case). */
export function findMembers(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  { roles, emails }: { readonly roles: readonly Role[]; readonly emails: readonly string[] },
): Promise<UserRecord[]> {
  return core.sql.query<UserRecord>(FIND_MEMBERS, [workspaceId, roles, emails])
}
const FIND_MEMBERS = statement(
  'access.find-members',
  `select ${USER_COLUMNS}
     from users u join memberships m on m.user_id = u.id
    where m.workspace_id = $1 and (m.role = any($2::text[]) or u.email = any($3::text[]))
    order by u.email`,
)
