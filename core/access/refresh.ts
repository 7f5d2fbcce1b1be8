/**
 * A refresh token is used once and replaced by its successor; all tokens of one sign-in are a family, its session.
 *
 *   unused ── refresh ──▶ used ── again within 10 s ──▶ the same successor (a lost answer, two tabs)
 *                          └── again later ──▶ stolen: the session is revoked, its open tokens are deleted, and it is told
 *                                              in the audit log and by an alert
 *
 * Rotation is one conditional UPDATE, so of two that refresh at once one rotates and the other finds the successor.
 */
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import { type Sql, statement } from '../sql.ts'
import type { Access } from './access.ts'
import { audit } from './audit.ts'
import type { Role } from './role.ts'
import { newRefreshToken, parseRefreshToken, secretFits } from './refresh-token.ts'
import type { SignInOrigin, TokenPair } from './open-session.ts'
import { ACCESS_SECONDS, signAccessToken } from './tokens.ts'

const GRACE = 10_000

/** Trades a refresh token for a new pair. Throws `UNAUTHENTICATED`. */
export async function refresh(
  core: Pick<Core, 'sql' | 'clock' | 'vault' | 'log'>,
  access: Access,
  text: string,
  origin: SignInOrigin,
): Promise<TokenPair> {
  const parsed = parseRefreshToken(text)
  const now = core.clock.now()
  const token = parsed && (await read(core, parsed.id))
  if (
    !token ||
    !secretFits(parsed.secret, token.secret_hash) ||
    token.revoked_at ||
    token.session_expires_at <= now ||
    token.expires_at <= now
  )
    throw ended()
  const next = token.used_at ? await repeated(core, access, token, origin) : await rotate(core, access, token, origin)
  const claims = {
    userId: token.user_id,
    sessionId: token.session_id,
    workspaceId: token.workspace_id,
    role: token.role,
  }
  return {
    access_token: await signAccessToken(await access.keys.now(), core.clock, claims),
    refresh_token: next,
    token_type: 'Bearer',
    expires_in: ACCESS_SECONDS,
  }
}

interface Row {
  readonly id: string
  readonly session_id: string
  readonly secret_hash: string
  readonly successor_sealed: string | null
  readonly used_at: Date | null
  readonly expires_at: Date
  readonly user_id: string
  readonly workspace_id: WorkspaceId
  readonly role: Role
  readonly revoked_at: Date | null
  readonly session_expires_at: Date
}

const READ_TOKEN = statement(
  'access.read-refresh-token',
  `select t.id, t.session_id, t.secret_hash, t.successor_sealed, t.used_at, t.expires_at,
          s.user_id, s.workspace_id, s.revoked_at, s.expires_at as session_expires_at, m.role
     from refresh_tokens t join sessions s on s.id = t.session_id
     join memberships m on m.workspace_id = s.workspace_id and m.user_id = s.user_id
    where t.id = $1`,
)
const USE_TOKEN = statement(
  'access.use-refresh-token',
  'update refresh_tokens set used_at = $2, successor_sealed = $3 where id = $1 and used_at is null returning id',
)
const TOUCH_SESSION = statement('access.touch-session', 'update sessions set last_used_at = $2 where id = $1')
const REVOKE_SESSION = statement(
  'access.revoke-session',
  'update sessions set revoked_at = $2 where id = $1 and revoked_at is null',
)
const REVOKE_STOLEN = statement(
  'access.revoke-stolen-session',
  'update sessions set revoked_at = $2, stolen_at = $2 where id = $1 and revoked_at is null returning id',
)
const DROP_OPEN_TOKENS = statement(
  'access.drop-open-tokens',
  'delete from refresh_tokens where session_id = $1 and used_at is null',
)

const read = async (core: Pick<Core, 'sql'>, id: string) => (await core.sql.query<Row>(READ_TOKEN, [id]))[0]
const placeOf = (token: Row) => `${token.workspace_id}|refresh_tokens|${token.id}|successor`
const ended = () => new TraeError('UNAUTHENTICATED', 'This session has ended. Sign in again.')

async function rotate(
  core: Pick<Core, 'sql' | 'clock' | 'vault' | 'log'>,
  access: Access,
  token: Row,
  origin: SignInOrigin,
): Promise<string> {
  const now = core.clock.now()
  const successor = newRefreshToken(now, token.session_expires_at)
  const seal = await core.vault.sealing(token.workspace_id)
  const rotated = await core.sql.transaction(async tx => {
    const used = await tx.query(USE_TOKEN, [token.id, now, seal(successor.text, placeOf(token))])
    if (used.length === 0) return false
    await tx.query(successor.insert, [successor.id, token.session_id, successor.hash, now, successor.expiresAt])
    await tx.query(TOUCH_SESSION, [token.session_id, now])
    return true
  })
  if (rotated) return successor.text
  const current = await read(core, token.id)
  if (!current?.used_at || current.revoked_at) throw ended()
  return repeated(core, access, current, origin)
}

async function repeated(
  core: Pick<Core, 'sql' | 'clock' | 'vault' | 'log'>,
  access: Access,
  token: Row,
  { address, userAgent }: SignInOrigin,
): Promise<string> {
  const now = core.clock.now()
  if (token.successor_sealed && now.getTime() - token.used_at!.getTime() <= GRACE)
    return core.vault.open(token.successor_sealed, placeOf(token))
  const { session_id: sessionId, user_id: userId, workspace_id: workspaceId } = token
  await core.sql.transaction(async tx => {
    if ((await tx.query(REVOKE_STOLEN, [sessionId, now])).length === 0) return // told already
    await tx.query(DROP_OPEN_TOKENS, [sessionId])
    const data = { sessionId, address, userAgent: userAgent?.slice(0, 300) }
    await audit(tx, workspaceId, { actor: 'host', action: 'session.stolen', target: `user:${userId}`, data }, now)
  })
  access.sessions.forget(sessionId)
  core.log.warn({ sessionId, userId }, 'a used refresh token came back: its session is revoked')
  throw ended()
}

/** Ends a session: its access tokens within 5 s, here at once, its refresh tokens for good. */
export async function revokeSession(
  core: Pick<Core, 'sql' | 'clock'>,
  access: Pick<Access, 'sessions'>,
  sessionId: string,
  also: (tx: Sql) => Promise<void> = async () => {},
): Promise<void> {
  await core.sql.transaction(async tx => {
    await tx.query(REVOKE_SESSION, [sessionId, core.clock.now()])
    await tx.query(DROP_OPEN_TOKENS, [sessionId])
    await also(tx)
  })
  access.sessions.forget(sessionId)
}
