import { randomUUID } from 'node:crypto'
import { errors, jwtVerify, SignJWT } from 'jose'
import type { Clock } from '../clock.ts'
import { TraeError } from '../errors.ts'
import type { Role } from './role.ts'
import type { KeySet } from './signing-keys.ts'

/** How long an access token lives, in seconds. */
export const ACCESS_SECONDS = 900
const ISSUER = 'trae-os'
const AUDIENCE = 'trae-os/api'

/** What an access token says. No personal data: it is readable by whoever sees it. */
export interface AccessClaims {
  readonly userId: string
  readonly sessionId: string
  readonly workspaceId: string
  readonly role: Role
}

/** A JWT (RFC 9068 profile) signed with Ed25519. */
export function signAccessToken(keys: KeySet, clock: Clock, claims: AccessClaims): Promise<string> {
  const now = Math.floor(clock.now().getTime() / 1000)
  return new SignJWT({ sid: claims.sessionId, ws: claims.workspaceId, role: claims.role })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: keys.current.kid })
    .setIssuer(ISSUER)
    .setAudience(AUDIENCE)
    .setSubject(claims.userId)
    .setIssuedAt(now)
    .setExpirationTime(now + ACCESS_SECONDS)
    .setJti(randomUUID())
    .sign(keys.current.key)
}

export interface VerifiedToken {
  readonly sessionId: string
  readonly expiresAt: Date
  /** The key that signed it. */
  readonly kid: string
}

/** Who a token speaks for and when it ends. Only our own keys count. Throws `UNAUTHENTICATED`, never saying more than needed. */
export async function verifyAccessToken(keys: KeySet, clock: Clock, token: string): Promise<VerifiedToken> {
  try {
    const { payload, protectedHeader } = await jwtVerify(
      token,
      header => {
        if (
          header.jwk !== undefined ||
          header.jku !== undefined ||
          header.x5u !== undefined ||
          header.x5c !== undefined
        )
          throw new errors.JWSInvalid('brings its own key')
        const key = keys.verifying.get(header.kid ?? '')
        if (!key) throw new errors.JWSInvalid('unknown key')
        return key
      },
      {
        algorithms: ['EdDSA'],
        issuer: ISSUER,
        audience: AUDIENCE,
        typ: 'at+jwt',
        requiredClaims: ['sub', 'sid', 'ws', 'role', 'iat', 'exp', 'jti'],
        maxTokenAge: ACCESS_SECONDS,
        clockTolerance: 5,
        currentDate: clock.now(),
      },
    )
    const [sessionId, kid] = [String(payload['sid']), String(protectedHeader.kid)]
    return { sessionId, expiresAt: new Date(payload.exp! * 1000), kid }
  } catch (cause) {
    if (!(cause instanceof errors.JOSEError)) throw cause
    const reason = cause instanceof errors.JWTExpired ? 'has expired. Refresh it' : 'is not valid. Sign in again'
    throw new TraeError('UNAUTHENTICATED', `The access token ${reason}.`, { cause })
  }
}
