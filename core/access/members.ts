import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import { contains, type Listing, type ListRequest, oneOf, readList } from '../listing.ts'
import type { Page } from '../page.ts'
import { type Sql, statement } from '../sql.ts'
import type { Access } from './access.ts'
import { actorOf, audit } from './audit.ts'
import type { Viewer } from './viewer.ts'
import type { Role } from './role.ts'
import { USER_COLUMNS, type UserRecord } from './users.ts'

type By = Pick<Viewer, 'workspaceId' | 'userId' | 'role'>

/** Throws `FORBIDDEN` where somebody gives, changes or takes what only an OWNER may. */
export function demandGrant({ role }: Pick<Viewer, 'role'>, ...roles: readonly Role[]): void {
  if (role !== 'OWNER' && roles.includes('OWNER'))
    throw new TraeError('FORBIDDEN', `Only an OWNER makes an OWNER, or changes one; you are ${role}.`)
}

export interface MemberFilter {
  readonly roles?: readonly Role[] | null | undefined
  /** Found anywhere in name or e-mail. */
  readonly search?: string | null | undefined
}
export type MemberSortBy = 'joinedAt' | 'name' | 'email'

/** The people of a workspace, who came last first, unless another order is asked for. */
export const listMembers = (
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  request: ListRequest<MemberFilter, MemberSortBy>,
): Promise<Page<UserRecord>> => readList(core.sql, MEMBERS, workspaceId, request, (row: UserRecord) => row)

/** Gives a member another role, in force within 5 s everywhere. Throws `NOT_FOUND`, `FORBIDDEN`, `CONFLICT` for the last OWNER. */
export async function changeRole(
  core: Pick<Core, 'sql' | 'clock'>,
  access: Pick<Access, 'sessions'>,
  by: By,
  userId: string,
  role: Role,
): Promise<void> {
  await core.sql.transaction(async tx => {
    const before = await lockMember(tx, by.workspaceId, userId)
    demandGrant(by, before, role)
    if (before === role) return
    if (before === 'OWNER') await demandAnotherOwner(tx, by.workspaceId, userId)
    await tx.query(SET_ROLE, [by.workspaceId, userId, role])
    const entry = { action: 'member.role-changed', target: `user:${userId}`, data: { before, after: role } }
    await audit(tx, by.workspaceId, { actor: actorOf(by.userId), ...entry }, core.clock.now())
  })
  access.sessions.forgetUser(userId)
}

/**
 * Takes a member out of the workspace, or lets the viewer leave: their sessions here end, and the keys that they made are
 * refused. Their account stays. Throws `NOT_FOUND`, `FORBIDDEN`, `CONFLICT` for the last OWNER.
 */
export async function removeMember(
  core: Pick<Core, 'sql' | 'clock'>,
  access: Pick<Access, 'sessions'>,
  by: By,
  userId: string,
): Promise<void> {
  const now = core.clock.now()
  await core.sql.transaction(async tx => {
    const role = await lockMember(tx, by.workspaceId, userId)
    if (userId !== by.userId) demandGrant(by, role)
    if (role === 'OWNER') await demandAnotherOwner(tx, by.workspaceId, userId)
    await tx.query(END_SESSIONS, [by.workspaceId, userId, now])
    await tx.query(REMOVE_MEMBER, [by.workspaceId, userId])
    const action = userId === by.userId ? 'member.left' : 'member.removed'
    const entry = { action, target: `user:${userId}`, data: { role } }
    await audit(tx, by.workspaceId, { actor: actorOf(by.userId), ...entry }, now)
  })
  access.sessions.forgetUser(userId)
}

async function lockMember(tx: Sql, workspaceId: WorkspaceId, userId: string): Promise<Role> {
  await tx.query(LOCK_OWNERS, [workspaceId]) // first and in one order: of two owners who leave at once one stays
  const [member] = await tx.query<{ role: Role }>(LOCK_MEMBER, [workspaceId, userId])
  if (!member) throw new TraeError('NOT_FOUND', 'There is no such person in this workspace.')
  return member.role
}

async function demandAnotherOwner(tx: Sql, workspaceId: WorkspaceId, userId: string): Promise<void> {
  if ((await tx.query(OTHER_OWNER, [workspaceId, userId])).length === 0)
    throw new TraeError('CONFLICT', 'A workspace needs an OWNER, and this is the last one. Make another one first.')
}

const MEMBERS: Listing<MemberFilter, MemberSortBy> = {
  name: 'access.list-members',
  columns: USER_COLUMNS,
  from: 'users u join memberships m on m.user_id = u.id',
  of: 'm.workspace_id = $1',
  id: 'u.id',
  conditions: { roles: oneOf('m.role'), search: contains('u.name', 'u.email') },
  orders: {
    joinedAt: { by: 'm.created_at', type: 'timestamptz' },
    name: { by: 'lower(u.name)', type: 'text' },
    email: { by: 'lower(u.email)', type: 'text' },
  },
  usual: { by: 'joinedAt' },
}
const LOCK_OWNERS = statement(
  'access.lock-owners',
  `select user_id from memberships where workspace_id = $1 and role = 'OWNER' order by user_id for update`,
)
const LOCK_MEMBER = statement(
  'access.lock-member',
  'select role from memberships where workspace_id = $1 and user_id = $2 for update',
)
const OTHER_OWNER = statement(
  'access.other-owner',
  `select user_id from memberships where workspace_id = $1 and role = 'OWNER' and user_id <> $2 limit 1`,
)
const SET_ROLE = statement(
  'access.set-role',
  'update memberships set role = $3 where workspace_id = $1 and user_id = $2',
)
const END_SESSIONS = statement(
  'access.end-sessions-of-member',
  'update sessions set revoked_at = $3 where workspace_id = $1 and user_id = $2 and revoked_at is null',
)
const REMOVE_MEMBER = statement(
  'access.remove-member',
  'delete from memberships where workspace_id = $1 and user_id = $2',
)
