import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { isId, newId } from '../ids.ts'
import { statement } from '../sql.ts'

const DAY = 86_400_000
/** A session ends so many milliseconds after signing in, however much it is used. */
export const SESSION_MS = 90 * DAY
const IDLE_MS = 30 * DAY

/** A refresh token in the making: `text` (`id.secret`) goes to the client and is kept nowhere. */
export function newRefreshToken(now: Date, sessionEnds: Date) {
  const id = newId(now.getTime())
  const secret = randomBytes(32).toString('base64url')
  const expiresAt = new Date(Math.min(now.getTime() + IDLE_MS, sessionEnds.getTime()))
  return { id, text: `${id}.${secret}`, hash: hashOf(secret), expiresAt, insert: ADD_REFRESH_TOKEN }
}

/** The two halves of a token's text, undefined when it is no token. */
export function parseRefreshToken(text: string): { id: string; secret: string } | undefined {
  const [id, secret, ...rest] = text.split('.')
  return isId(id) && secret !== undefined && /^[\w-]{43}$/.test(secret) && rest.length === 0
    ? { id, secret }
    : undefined
}

/** In constant time. */
export function secretFits(secret: string, hash: string): boolean {
  return timingSafeEqual(Buffer.from(hashOf(secret), 'hex'), Buffer.from(hash, 'hex'))
}

/** 256 random bits need no slow hash. */
const hashOf = (secret: string) => createHash('sha256').update(secret).digest('hex')

const ADD_REFRESH_TOKEN = statement(
  'access.add-refresh-token',
  'insert into refresh_tokens (id, session_id, secret_hash, created_at, expires_at) values ($1, $2, $3, $4, $5)',
)
