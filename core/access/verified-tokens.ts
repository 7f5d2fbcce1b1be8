import { hash } from 'node:crypto'
import type { Clock } from '../clock.ts'
import type { SigningKeys } from './signing-keys.ts'
import { verifyAccessToken, type VerifiedToken } from './tokens.ts'

const ENTRIES = 10_000

/**
 * Access tokens whose signature was found to be ours, by their SHA-256, until they expire: a client sends the same token
 * with each request, and checking Ed25519 costs more than most requests. Whether the session behind it still stands is asked each time.
 */
export class VerifiedTokens {
  readonly #keys: SigningKeys
  readonly #clock: Clock
  readonly #entries = new Map<string, VerifiedToken>()

  constructor(keys: SigningKeys, clock: Clock) {
    this.#keys = keys
    this.#clock = clock
  }

  /** Who a token speaks for and when it ends. Throws `UNAUTHENTICATED` as `verifyAccessToken` does. */
  async verify(token: string): Promise<VerifiedToken> {
    const keys = await this.#keys.now()
    const digest = hash('sha256', token, 'base64')
    const known = this.#entries.get(digest)
    if (known && keys.verifying.has(known.kid) && this.#clock.now() < known.expiresAt) return known
    this.#entries.delete(digest)
    const verified = await verifyAccessToken(keys, this.#clock, token)
    this.#entries.set(digest, verified)
    if (this.#entries.size > ENTRIES) this.#entries.delete(this.#entries.keys().next().value!)
    return verified
  }
}
