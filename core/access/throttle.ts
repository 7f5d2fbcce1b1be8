import { createHash } from 'node:crypto'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'

/** Ten attempts, then pauses: 30 s at first, doubling to 15 min, never for good. */
const ACCOUNT = { free: 10, first: 30_000, longest: 15 * 60_000 }

/**
 * Begins an attempt to sign in to an account from an address. Counts what was typed, whether or not there is such an
 * account, and counts it before it is looked at: of many at once none slips past. Throws `RATE_LIMITED` with the seconds
 * to wait. Success ends with `signInSucceeded`.
 */
export async function beginSignIn(
  core: Pick<Core, 'limits' | 'config'>,
  account: string,
  address: string,
): Promise<void> {
  const window = { name: 'sign-in', seconds: 60, limit: core.config.limits.signIn }
  const { allowed, left } = await core.limits.take(`sign-in:${address}`, [window])
  if (!allowed) throw tooMany(left[0]!.reset)
  const wait = await core.limits.attempt(keyOf(account), ACCOUNT)
  if (wait > 0) throw tooMany(Math.ceil(wait / 1000))
}

export const signInSucceeded = (core: Pick<Core, 'limits'>, account: string) => core.limits.clear(keyOf(account))

const tooMany = (retryAfter: number) =>
  new TraeError('RATE_LIMITED', `Too many attempts to sign in. Try again in ${retryAfter} seconds.`, { retryAfter })

/** No address of a person stands in Redis. */
const keyOf = (account: string) => `account:${createHash('sha256').update(account).digest('base64url')}`
