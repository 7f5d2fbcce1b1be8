import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import { decodeCursor, type Page, type PageRequest, pageSize, toPage } from '../page.ts'
import { type Sql, statement } from '../sql.ts'
import type { Access } from './access.ts'
import { actorOf, audit } from './audit.ts'
import type { Viewer } from './authenticate.ts'
import type { Role } from './entities.ts'
import { USER_COLUMNS, type UserRecord } from './users.ts'

type By = Pick<Viewer, 'workspaceId' | 'userId' | 'role'>

/** Throws `FORBIDDEN` where somebody gives, changes or takes what only an OWNER may. */
export function demandGrant({ role }: Pick<Viewer, 'role'>, ...roles: readonly Role[]): void {
  if (role !== 'OWNER' && roles.includes('OWNER'))
    throw new TraeError('FORBIDDEN', `Only an OWNER makes an OWNER, or changes one; you are ${role}.`)
}

/** The people of a workspace, who came last first. */
export async function listMembers(
  core: Pick<Core, 'sql'>,
  workspaceId: WorkspaceId,
  request: PageRequest,
): Promise<Page<UserRecord>> {
  const size = pageSize(request)
  const after = decodeCursor(request.after)
  const values = [workspaceId, size + 1, after?.at ?? null, after?.id ?? null]
  const rows = await core.sql.query<UserRecord & { joined: Date }>(LIST_MEMBERS, values)
  return toPage(
    rows,
    size,
    request,
    row => ({ at: row.joined, id: row.id }),
    row => row,
  )
}

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

const LIST_MEMBERS = statement(
  'access.list-members',
  `select ${USER_COLUMNS}, m.created_at as joined
     from users u join memberships m on m.user_id = u.id
    where m.workspace_id = $1 and ($3::timestamptz is null or (m.created_at, u.id) < ($3, $4::uuid))
    order by m.created_at desc, u.id desc limit $2`,
)
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
