import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import { decodeCursor, type Page, type PageRequest, pageSize, toPage } from '../page.ts'
import { statement } from '../sql.ts'
import type { Access } from './access.ts'
import { actorOf, audit } from './audit.ts'
import { auditSignIn } from './audit-sign-in.ts'
import type { Viewer } from './viewer.ts'
import { type Member, openSession, type SignInOrigin, type TokenPair } from './open-session.ts'
import { revokeSession } from './refresh.ts'

/** Somewhere that a person is signed in. */
export interface SessionRecord {
  readonly id: string
  readonly userAgent: string | null
  readonly address: string | null
  readonly createdAt: Date
  readonly lastUsedAt: Date
}

/** One's own open sessions, in all workspaces, newest first. */
export async function listSessions(
  core: Pick<Core, 'sql' | 'clock'>,
  { userId }: Pick<Viewer, 'userId'>,
  request: PageRequest,
): Promise<Page<SessionRecord>> {
  const size = pageSize(request)
  const after = decodeCursor(request.after)
  const values = [userId, core.clock.now(), size + 1, after?.at ?? null, after?.id ?? null]
  const rows = await core.sql.query<SessionRecord>(LIST_SESSIONS, values)
  return toPage(
    rows,
    size,
    request,
    row => ({ at: row.createdAt, id: row.id }),
    row => row,
  )
}

/** Ends some of one's own sessions; ids of others are passed over. Answers those that are ended. */
export async function revokeSessions(
  core: Pick<Core, 'sql' | 'clock'>,
  access: Pick<Access, 'sessions'>,
  { userId }: Pick<Viewer, 'userId'>,
  ids: readonly string[],
): Promise<string[]> {
  if (ids.length > 100) throw new TraeError('BAD_USER_INPUT', `sessionIds may hold 100 ids, found ${ids.length}.`)
  const mine = await core.sql.query<{ id: string; workspace_id: WorkspaceId; ended: boolean }>(OWN_SESSIONS, [
    userId,
    ids,
  ])
  for (const { id, workspace_id } of mine.filter(({ ended }) => !ended))
    await revokeSession(core, access, id, tx => {
      const entry = { actor: actorOf(userId), action: 'session.ended', target: `user:${userId}`, data: { session: id } }
      return audit(tx, workspace_id, entry, core.clock.now())
    })
  return mine.map(({ id }) => id)
}

/** The workspaces that a person is in, by name. */
export function workspacesOf(
  core: Pick<Core, 'sql'>,
  userId: string,
): Promise<{ id: WorkspaceId; name: string; slug: string }[]> {
  return core.sql.query(WORKSPACES, [userId])
}

/** Leaves the session for one of another workspace of the same person. Throws `NOT_FOUND`. */
export async function switchWorkspace(
  core: Pick<Core, 'sql' | 'clock' | 'log'>,
  access: Pick<Access, 'keys' | 'sessions'>,
  viewer: Viewer,
  workspaceId: string,
  origin: SignInOrigin,
): Promise<TokenPair> {
  if (viewer.sessionId === undefined) throw new TraeError('FORBIDDEN', 'An API key is of one workspace.')
  const [member] = await core.sql.query<Member>(FIND_MEMBER, [viewer.userId, workspaceId])
  if (!member) throw new TraeError('NOT_FOUND', 'You are in no such workspace.')
  const tokens = await openSession(core, access, member, origin)
  await revokeSession(core, access, viewer.sessionId)
  await auditSignIn(core, member, origin, 'sign-in.succeeded', { by: 'switch' })
  return tokens
}

const LIST_SESSIONS = statement(
  'access.list-sessions',
  `select id, user_agent as "userAgent", address, created_at as "createdAt", last_used_at as "lastUsedAt" from sessions
    where user_id = $1 and revoked_at is null and expires_at > $2
      and ($4::timestamptz is null or (created_at, id) < ($4, $5::uuid))
    order by created_at desc, id desc limit $3`,
)
const OWN_SESSIONS = statement(
  'access.own-sessions',
  'select id, workspace_id, revoked_at is not null as ended from sessions where user_id = $1 and id = any($2::uuid[])',
)
const WORKSPACES = statement(
  'access.workspaces-of-person',
  `select w.id, w.name, w.slug from workspaces w join memberships m on m.workspace_id = w.id
    where m.user_id = $1 order by w.name, w.id limit 500`,
)
const FIND_MEMBER = statement(
  'access.find-member',
  'select user_id as id, workspace_id, role from memberships where user_id = $1 and workspace_id = $2',
)
