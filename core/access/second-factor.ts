import { createHash, randomInt } from 'node:crypto'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { statement } from '../sql.ts'
import type { Access } from './access.ts'
import { actorOf, audit } from './audit.ts'
import type { Viewer } from './viewer.ts'
import { checkPassword, hasPassword } from './password-change.ts'
import { base32, newTotpKey, otpauthUri, stepOfCode } from './totp.ts'

/** Each lets its owner in once, without the app. No letters that look alike. */
const RECOVERY_CODES = 10
const LETTERS = 'abcdefghjkmnpqrstuvwxyz23456789'

interface Factor {
  readonly id: string
  readonly totp_sealed: string | null
  readonly totp_confirmed_at: Date | null
}

/**
 * Holds a code against the second factor of a person; says what let them in. Each code counts once, also of two that come
 * at the same moment. Throws `SECOND_FACTOR` where a code is needed and none came, `UNAUTHENTICATED` for a wrong one.
 */
export async function checkSecondFactor(
  core: Pick<Core, 'sql' | 'clock' | 'vault'>,
  user: Factor,
  typed: string | undefined,
): Promise<'password' | 'code' | 'recovery-code'> {
  if (!user.totp_confirmed_at || !user.totp_sealed) return 'password'
  const code = typed?.replace(/[\s-]/g, '').toLowerCase()
  if (!code)
    throw new TraeError('SECOND_FACTOR', 'Send the code of your authenticator app, or a recovery code, as "code".')
  const now = core.clock.now()
  if (/^\d{6}$/.test(code)) {
    const key = Buffer.from(await core.vault.open(user.totp_sealed, placeOf(user.id)), 'base64')
    const step = stepOfCode(key, code, now)
    if (step !== undefined && (await core.sql.query(USE_STEP, [user.id, step])).length > 0) return 'code'
  } else if ((await core.sql.query(USE_RECOVERY_CODE, [user.id, hashOf(code), now])).length > 0) return 'recovery-code'
  throw new TraeError('UNAUTHENTICATED', 'The code is wrong, or was used before. Wait for the next one.')
}

/** Makes a key that counts once it is confirmed; a later call makes another. Throws `CONFLICT` where there is a factor already. */
export async function beginSecondFactor(
  core: Pick<Core, 'sql' | 'clock' | 'vault' | 'limits' | 'config'>,
  access: Pick<Access, 'passwords'>,
  { userId }: Pick<Viewer, 'userId'>,
  password: string,
): Promise<{ uri: string; manualKey: string }> {
  if (await hasPassword(core, userId)) await checkPassword(core, access, userId, password)
  const key = newTotpKey()
  const seal = await core.vault.sealing('-')
  const [user] = await core.sql.query<{ email: string }>(BEGIN, [userId, seal(key.toString('base64'), placeOf(userId))])
  if (!user) throw new TraeError('CONFLICT', 'You have a second factor already. Remove it first.')
  return { uri: otpauthUri(key, user.email, 'TRAE OS'), manualKey: base32(key) }
}

/** Puts the second factor in force, by its first code. The recovery codes are told this once. Throws `BAD_USER_INPUT`. */
export async function confirmSecondFactor(
  core: Pick<Core, 'sql' | 'clock' | 'vault'>,
  access: Pick<Access, 'sessions'>,
  { userId, workspaceId }: Pick<Viewer, 'userId' | 'workspaceId'>,
  typed: string,
): Promise<{ recoveryCodes: string[] }> {
  const [user] = await core.sql.query<Factor>(READ_FACTOR, [userId])
  if (!user?.totp_sealed || user.totp_confirmed_at)
    throw new TraeError('CONFLICT', 'There is nothing to confirm: begin with the second factor first.')
  const key = Buffer.from(await core.vault.open(user.totp_sealed, placeOf(userId)), 'base64')
  const now = core.clock.now()
  const step = stepOfCode(key, typed.replace(/\s/g, ''), now)
  if (step === undefined)
    throw new TraeError('BAD_USER_INPUT', 'This is not the code that the app shows now. Check the clock of the phone.')
  const recoveryCodes = Array.from({ length: RECOVERY_CODES }, newRecoveryCode)
  await core.sql.transaction(async tx => {
    const confirmed = await tx.query(CONFIRM, [userId, now, step, user.totp_sealed])
    if (confirmed.length === 0) throw new TraeError('CONFLICT', 'The second factor was changed meanwhile. Begin again.')
    await tx.query(DROP_CODES, [userId])
    await tx.query(ADD_CODES, [userId, recoveryCodes.map(code => hashOf(code.replace('-', '')))])
    const entry = { action: 'second-factor.set', target: `user:${userId}`, data: {} }
    await audit(tx, workspaceId, { actor: actorOf(userId), ...entry }, now)
  })
  access.sessions.forgetUser(userId)
  return { recoveryCodes }
}

/** Takes the second factor away, by one of its codes. Throws `UNAUTHENTICATED`, `CONFLICT` where there is none. */
export async function removeSecondFactor(
  core: Pick<Core, 'sql' | 'clock' | 'vault' | 'limits' | 'config'>,
  access: Pick<Access, 'sessions'>,
  { userId, workspaceId }: Pick<Viewer, 'userId' | 'workspaceId'>,
  code: string,
): Promise<void> {
  const [user] = await core.sql.query<Factor>(READ_FACTOR, [userId])
  if (!user?.totp_confirmed_at) throw new TraeError('CONFLICT', 'You have no second factor.')
  await checkSecondFactor(core, user, code).catch((error: TraeError) => {
    throw new TraeError('BAD_USER_INPUT', error.message)
  })
  await core.sql.transaction(async tx => {
    await tx.query(REMOVE, [userId])
    await tx.query(DROP_CODES, [userId])
    const entry = { action: 'second-factor.removed', target: `user:${userId}`, data: {} }
    await audit(tx, workspaceId, { actor: actorOf(userId), ...entry }, core.clock.now())
  })
  access.sessions.forgetUser(userId)
}

/** Asks a second factor of everybody who is OWNER or ADMIN here, or no longer. Who asks has one. Throws `CONFLICT`. */
export async function requireSecondFactor(
  core: Pick<Core, 'sql' | 'clock'>,
  access: Pick<Access, 'sessions'>,
  { userId, workspaceId }: Pick<Viewer, 'userId' | 'workspaceId'>,
  required: boolean,
): Promise<void> {
  const [user] = await core.sql.query<Factor>(READ_FACTOR, [userId])
  if (required && !user?.totp_confirmed_at)
    throw new TraeError('CONFLICT', 'Set up your own second factor first, under My account.')
  await core.sql.transaction(async tx => {
    await tx.query(REQUIRE, [workspaceId, required])
    const entry = { action: 'second-factor.required', target: `workspace:${workspaceId}`, data: { required } }
    await audit(tx, workspaceId, { actor: actorOf(userId), ...entry }, core.clock.now())
  })
  access.sessions.forgetAll()
}

export async function secondFactorRequired(core: Pick<Core, 'sql'>, workspaceId: string): Promise<boolean> {
  const [row] = await core.sql.query<{ required: boolean }>(IS_REQUIRED, [workspaceId])
  return row?.required ?? false
}

const newRecoveryCode = () => {
  const letters = Array.from({ length: 10 }, () => LETTERS[randomInt(LETTERS.length)]).join('')
  return `${letters.slice(0, 5)}-${letters.slice(5)}`
}
/** 31^10 possibilities, each tried at most as often as a sign-in: no slow hash needed. */
const hashOf = (code: string) => createHash('sha256').update(code).digest('hex')
const placeOf = (userId: string) => `-|users|${userId}|totp`

const READ_FACTOR = statement(
  'access.read-second-factor',
  'select id, totp_sealed, totp_confirmed_at from users where id = $1',
)
const USE_STEP = statement(
  'access.use-totp-step',
  'update users set totp_step = $2 where id = $1 and totp_step < $2 returning id',
)
const USE_RECOVERY_CODE = statement(
  'access.use-recovery-code',
  'update recovery_codes set used_at = $3 where user_id = $1 and code_hash = $2 and used_at is null returning user_id',
)
const BEGIN = statement(
  'access.begin-second-factor',
  'update users set totp_sealed = $2, totp_step = 0 where id = $1 and totp_confirmed_at is null returning email',
)
const CONFIRM = statement(
  'access.confirm-second-factor',
  `update users set totp_confirmed_at = $2, totp_step = $3
    where id = $1 and totp_confirmed_at is null and totp_sealed = $4 returning id`,
)
const REMOVE = statement(
  'access.remove-second-factor',
  'update users set totp_sealed = null, totp_confirmed_at = null, totp_step = 0 where id = $1',
)
const DROP_CODES = statement('access.drop-recovery-codes', 'delete from recovery_codes where user_id = $1')
const ADD_CODES = statement(
  'access.add-recovery-codes',
  'insert into recovery_codes (user_id, code_hash) select $1, unnest($2::text[])',
)
const IS_REQUIRED = statement(
  'access.second-factor-required',
  'select second_factor_required as required from workspaces where id = $1',
)
const REQUIRE = statement(
  'access.require-second-factor',
  'update workspaces set second_factor_required = $2 where id = $1',
)
