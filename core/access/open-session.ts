import type { Core } from '../context.ts'
import { newId } from '../ids.ts'
import { type Sql, statement } from '../sql.ts'
import type { Access } from './access.ts'
import type { Role } from './role.ts'
import { newRefreshToken, SESSION_MS } from './refresh-token.ts'
import { ACCESS_SECONDS, signAccessToken } from './tokens.ts'

/** What signing in and refreshing give back, in the words of OAuth 2. */
export interface TokenPair {
  readonly access_token: string
  readonly refresh_token: string
  readonly token_type: 'Bearer'
  /** Seconds. */
  readonly expires_in: number
}

/** Where somebody comes from, as the list of their sessions shows it. */
export interface SignInOrigin {
  readonly address: string
  readonly userAgent?: string | undefined
}

export interface Member {
  readonly id: string
  readonly workspace_id: string
  readonly role: Role
}

/** Opens a session of a member; `also` is done in the same transaction. */
export async function openSession(
  core: Pick<Core, 'sql' | 'clock'>,
  access: Pick<Access, 'keys'>,
  { id: userId, workspace_id: workspaceId, role }: Member,
  { address, userAgent }: SignInOrigin,
  also: (tx: Sql) => Promise<unknown> = () => Promise.resolve(),
): Promise<TokenPair> {
  const now = core.clock.now()
  const sessionId = newId(now.getTime())
  const expiresAt = new Date(now.getTime() + SESSION_MS)
  const refresh = newRefreshToken(now, expiresAt)
  const agent = userAgent?.slice(0, 300) ?? null
  await core.sql.transaction(async tx => {
    await also(tx)
    await tx.query(OPEN_SESSION, [sessionId, workspaceId, userId, agent, address, now, expiresAt])
    await tx.query(refresh.insert, [refresh.id, sessionId, refresh.hash, now, refresh.expiresAt])
    await tx.query(SEEN, [userId, now])
  })
  return {
    access_token: await signAccessToken(await access.keys.now(), core.clock, { userId, sessionId, workspaceId, role }),
    refresh_token: refresh.text,
    token_type: 'Bearer',
    expires_in: ACCESS_SECONDS,
  }
}

const OPEN_SESSION = statement(
  'access.open-session',
  `insert into sessions (id, workspace_id, user_id, user_agent, address, created_at, last_used_at, expires_at)
   values ($1, $2, $3, $4, $5, $6, $6, $7)`,
)
const SEEN = statement('access.seen', 'update users set last_seen_at = $2 where id = $1')
