import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { newId } from '../ids.ts'
import { statement } from '../sql.ts'
import type { Access } from './access.ts'
import type { Role } from './entities.ts'
import { newRefreshToken, SESSION_MS } from './refresh-token.ts'
import { beginSignIn, signInSucceeded } from './throttle.ts'
import { ACCESS_SECONDS, signAccessToken } from './tokens.ts'

/** What signing in and refreshing give back, in the words of OAuth 2. */
export interface TokenPair {
  readonly access_token: string
  readonly refresh_token: string
  readonly token_type: 'Bearer'
  /** Seconds. */
  readonly expires_in: number
}

/**
 * Opens a session for an e-mail and a password. An unknown account and a wrong password look and take the same.
 * Throws `UNAUTHENTICATED`, `RATE_LIMITED` (too many attempts) and `UNAVAILABLE` (too many at once).
 */
export async function signIn(
  core: Pick<Core, 'sql' | 'clock' | 'log' | 'limits' | 'config'>,
  access: Access,
  input: { email: string; password: string; address: string; userAgent?: string | undefined },
): Promise<TokenPair> {
  const email = input.email.trim().toLowerCase()
  await beginSignIn(core, email, input.address)
  const [user] = await core.sql.query<Row>(FIND_USER, [email])
  const { fits, outdated } = await access.passwords.verify(input.password, user?.password_hash)
  if (!fits || !user) throw new TraeError('UNAUTHENTICATED', 'The e-mail or the password is wrong.')
  await signInSucceeded(core, email)
  const rehashed = outdated ? await access.passwords.hash(input.password).catch(() => undefined) : undefined

  const now = core.clock.now()
  const sessionId = newId(now.getTime())
  const expiresAt = new Date(now.getTime() + SESSION_MS)
  const refresh = newRefreshToken(now, expiresAt)
  await core.sql.transaction(async tx => {
    await tx.query(OPEN_SESSION, [
      sessionId,
      user.workspace_id,
      user.id,
      input.userAgent?.slice(0, 300) ?? null,
      now,
      expiresAt,
    ])
    await tx.query(refresh.insert, [refresh.id, sessionId, refresh.hash, now, refresh.expiresAt])
    await tx.query(SEEN, [user.id, now, rehashed ?? null])
  })
  const claims = { userId: user.id, sessionId, workspaceId: user.workspace_id, role: user.role }
  return {
    access_token: await signAccessToken(access.keys, core.clock, claims),
    refresh_token: refresh.text,
    token_type: 'Bearer',
    expires_in: ACCESS_SECONDS,
  }
}

interface Row {
  readonly id: string
  readonly password_hash: string
  readonly workspace_id: string
  readonly role: Role
}

const FIND_USER = statement(
  'access.find-user',
  `select u.id, u.password_hash, m.workspace_id, m.role
     from users u join memberships m on m.user_id = u.id
    where u.email = $1 order by m.created_at, m.workspace_id limit 1`,
)
const OPEN_SESSION = statement(
  'access.open-session',
  `insert into sessions (id, workspace_id, user_id, user_agent, created_at, last_used_at, expires_at)
   values ($1, $2, $3, $4, $5, $5, $6)`,
)
const SEEN = statement(
  'access.seen',
  'update users set last_seen_at = $2, password_hash = coalesce($3, password_hash) where id = $1',
)
