import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { statement } from '../sql.ts'
import type { Access } from './access.ts'
import { auditSignIn } from './audit-sign-in.ts'
import { type Member, openSession, type SignInOrigin, type TokenPair } from './open-session.ts'
import { checkSecondFactor } from './second-factor.ts'
import { beginSignIn, signInSucceeded } from './throttle.ts'

/**
 * Opens a session for an e-mail and a password, and the code of a second factor where the person has one. An unknown
 * account and a wrong password look and take the same. Throws `UNAUTHENTICATED`, `SECOND_FACTOR` (the password is right,
 * a code is missing), `RATE_LIMITED` (too many attempts) and `UNAVAILABLE` (too many at once).
 */
export async function signIn(
  core: Pick<Core, 'sql' | 'clock' | 'log' | 'limits' | 'config' | 'vault' | 'metrics'>,
  access: Pick<Access, 'keys' | 'passwords'>,
  input: { email: string; password: string; code?: string | undefined } & SignInOrigin,
): Promise<TokenPair> {
  const email = input.email.trim().toLowerCase()
  await beginSignIn(core, email, input.address)
  const [user] = await core.sql.query<Row>(FIND_USER, [email])
  const { fits, outdated } = await access.passwords.verify(input.password, user?.password_hash ?? undefined)
  if (!fits || !user) {
    core.metrics.authFailed('password')
    if (user) await auditSignIn(core, user, input, 'sign-in.failed', { why: 'password' })
    throw new TraeError('UNAUTHENTICATED', 'The e-mail or the password is wrong.')
  }
  const by = await checkSecondFactor(core, user, input.code).catch(async (error: TraeError) => {
    if (error.code === 'UNAUTHENTICATED') {
      core.metrics.authFailed('second-factor')
      await auditSignIn(core, user, input, 'sign-in.failed', { why: 'code' })
    }
    throw error
  })
  await signInSucceeded(core, email)
  const rehashed = outdated ? await access.passwords.hash(input.password).catch(() => undefined) : undefined
  const tokens = await openSession(core, access, user, input, async tx => {
    if (rehashed !== undefined) await tx.query(REHASH, [user.id, rehashed])
  })
  await auditSignIn(core, user, input, 'sign-in.succeeded', { by })
  return tokens
}

interface Row extends Member {
  /** Null for who signs in by another way only. */
  readonly password_hash: string | null
  readonly totp_sealed: string | null
  readonly totp_confirmed_at: Date | null
}

/** Of several workspaces the one that the person was in last. */
const FIND_USER = statement(
  'access.find-user',
  `select u.id, u.password_hash, u.totp_sealed, u.totp_confirmed_at, m.workspace_id, m.role
     from users u join memberships m on m.user_id = u.id
    where u.email = $1
    order by (select max(s.last_used_at) from sessions s where s.user_id = u.id and s.workspace_id = m.workspace_id) desc nulls last,
             m.created_at, m.workspace_id
    limit 1`,
)
const REHASH = statement('access.rehash', 'update users set password_hash = $2 where id = $1')
