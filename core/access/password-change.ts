import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { newId, type WorkspaceId } from '../ids.ts'
import { type Sql, statement } from '../sql.ts'
import type { Access } from './access.ts'
import { actorOf, audit } from './audit.ts'
import type { Viewer } from './viewer.ts'
import type { Role } from './role.ts'
import { hashOfLink, newLinkToken } from './link-token.ts'
import { beginSignIn, signInSucceeded } from './throttle.ts'

const RESET_MS = 3_600_000

/** Changes one's own password. All other sessions end. Throws `BAD_USER_INPUT`, `RATE_LIMITED`. */
export async function changePassword(
  core: Pick<Core, 'sql' | 'clock' | 'limits' | 'config'>,
  access: Pick<Access, 'passwords' | 'sessions'>,
  { userId, workspaceId, sessionId }: Pick<Viewer, 'userId' | 'workspaceId' | 'sessionId'>,
  { current, next }: { readonly current: string; readonly next: string },
): Promise<void> {
  await checkPassword(core, access, userId, current)
  const hash = await access.passwords.hash(next)
  await core.sql.transaction(async tx => {
    await setPassword(tx, userId, hash, sessionId ?? null, core.clock.now())
    const entry = { action: 'password.changed', target: `user:${userId}`, data: {} }
    await audit(tx, workspaceId, { actor: actorOf(userId), ...entry }, core.clock.now())
  })
  access.sessions.forgetUser(userId)
}

/** The password of who is signed in, once more. Counts as an attempt to sign in. Throws `BAD_USER_INPUT`, `RATE_LIMITED`. */
export async function checkPassword(
  core: Pick<Core, 'sql' | 'limits' | 'config'>,
  access: Pick<Access, 'passwords'>,
  userId: string,
  password: string,
): Promise<void> {
  const [user] = await core.sql.query<{ email: string; password_hash: string | null }>(READ_PASSWORD, [userId])
  if (!user?.password_hash)
    throw new TraeError('BAD_USER_INPUT', 'Your account has no password. Ask an owner or admin for a link to set one.')
  await beginSignIn(core, user.email, `user:${userId}`)
  if (!(await access.passwords.verify(password, user.password_hash)).fits)
    throw new TraeError('BAD_USER_INPUT', 'The current password is wrong.')
  await signInSucceeded(core, user.email)
}

/** Who signs in by the identity provider only has none. */
export async function hasPassword(core: Pick<Core, 'sql'>, userId: string): Promise<boolean> {
  const [user] = await core.sql.query<{ password_hash: string | null }>(READ_PASSWORD, [userId])
  return user?.password_hash !== null
}

/** A link's token by which somebody sets a new password, for an hour; earlier ones end. Undefined for an unknown address. */
export async function beginReset(
  core: Pick<Core, 'sql' | 'clock'>,
  email: string,
): Promise<{ token: string; userId: string; locale: string; workspaceId: WorkspaceId } | undefined> {
  const [user] = await core.sql.query<{ id: string; locale: string; workspace_id: WorkspaceId }>(FIND_BY_EMAIL, [
    email.trim().toLowerCase(),
  ])
  if (!user) return undefined
  const token = await core.sql.transaction(tx => addReset(tx, user.id, core.clock.now()))
  return { token, userId: user.id, locale: user.locale, workspaceId: user.workspace_id }
}

/**
 * The same, for a member who cannot come in, made by an owner or admin who hands it on. Only an OWNER makes one for an
 * OWNER or an ADMIN: who has it becomes that person. Nor for somebody who is in another workspace as well, where this
 * one has no say. Throws `NOT_FOUND`, `FORBIDDEN`.
 */
export function makeResetLink(
  core: Pick<Core, 'sql' | 'clock'>,
  viewer: Pick<Viewer, 'userId' | 'workspaceId' | 'role'>,
  userId: string,
): Promise<string> {
  const { workspaceId } = viewer
  return core.sql.transaction(async tx => {
    const [member] = await tx.query<{ role: Role; elsewhere: boolean }>(READ_MEMBER, [workspaceId, userId])
    if (!member) throw new TraeError('NOT_FOUND', 'There is no such person in this workspace.')
    if (viewer.role !== 'OWNER' && (member.role === 'OWNER' || member.role === 'ADMIN'))
      throw new TraeError('FORBIDDEN', 'Only an OWNER makes such a link for an OWNER or an ADMIN.')
    if (member.elsewhere)
      throw new TraeError('FORBIDDEN', 'This person is in another workspace as well, and asks for a link themselves.')
    const entry = { action: 'password.link-made', target: `user:${userId}`, data: {} }
    await audit(tx, workspaceId, { actor: actorOf(viewer.userId), ...entry }, core.clock.now())
    return addReset(tx, userId, core.clock.now())
  })
}

/** Sets the password that a link is for. Every session of the person ends. Throws `NOT_FOUND` for a link that is over. */
export async function resetPassword(
  core: Pick<Core, 'sql' | 'clock'>,
  access: Pick<Access, 'passwords' | 'sessions'>,
  token: string,
  password: string,
): Promise<void> {
  const hash = await access.passwords.hash(password)
  const now = core.clock.now()
  const userId = await core.sql.transaction(async tx => {
    const [reset] = await tx.query<{ user_id: string }>(USE_RESET, [hashOfLink(token), now])
    if (!reset) throw new TraeError('NOT_FOUND', 'This link was used, or is over. Ask for another one.')
    await setPassword(tx, reset.user_id, hash, null, now)
    for (const { workspace_id } of await tx.query<{ workspace_id: WorkspaceId }>(WORKSPACES_OF, [reset.user_id])) {
      const entry = { action: 'password.reset', target: `user:${reset.user_id}`, data: {} }
      await audit(tx, workspace_id, { actor: `user:${reset.user_id}`, ...entry }, now)
    }
    return reset.user_id
  })
  access.sessions.forgetUser(userId)
}

async function setPassword(tx: Sql, userId: string, hash: string, without: string | null, now: Date): Promise<void> {
  await tx.query(SET_PASSWORD, [userId, hash])
  await tx.query(END_SESSIONS, [userId, without, now])
  await tx.query(DROP_TOKENS, [userId, without])
  await tx.query(DROP_RESETS, [userId])
}

async function addReset(tx: Sql, userId: string, now: Date): Promise<string> {
  const { token, hash } = newLinkToken()
  await tx.query(DROP_RESETS, [userId])
  await tx.query(ADD_RESET, [newId(now.getTime()), userId, hash, now, new Date(now.getTime() + RESET_MS)])
  return token
}

const READ_PASSWORD = statement('access.read-password', 'select email, password_hash from users where id = $1')
const FIND_BY_EMAIL = statement(
  'access.find-by-email',
  `select u.id, u.locale, m.workspace_id from users u join memberships m on m.user_id = u.id
    where u.email = $1 order by m.created_at limit 1`,
)
const READ_MEMBER = statement(
  'access.read-member-to-reset',
  `select role, exists (select from memberships o where o.user_id = $2 and o.workspace_id <> $1) as elsewhere
     from memberships where workspace_id = $1 and user_id = $2`,
)
const WORKSPACES_OF = statement(
  'access.workspaces-of-user',
  'select workspace_id from memberships where user_id = $1 order by workspace_id',
)
const SET_PASSWORD = statement('access.set-password', 'update users set password_hash = $2 where id = $1')
const END_SESSIONS = statement(
  'access.end-sessions-of-user',
  `update sessions set revoked_at = $3
    where user_id = $1 and revoked_at is null and ($2::uuid is null or id <> $2)`,
)
const DROP_TOKENS = statement(
  'access.drop-tokens-of-user',
  `delete from refresh_tokens t using sessions s
    where s.id = t.session_id and s.user_id = $1 and t.used_at is null and ($2::uuid is null or s.id <> $2)`,
)
const DROP_RESETS = statement(
  'access.drop-resets',
  'delete from password_resets where user_id = $1 and used_at is null',
)
const ADD_RESET = statement(
  'access.add-reset',
  'insert into password_resets (id, user_id, token_hash, created_at, expires_at) values ($1, $2, $3, $4, $5)',
)
const USE_RESET = statement(
  'access.use-reset',
  `update password_resets set used_at = $2 where token_hash = $1 and used_at is null and expires_at > $2 returning user_id`,
)
