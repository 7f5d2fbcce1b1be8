import { createHash, createSecretKey, type KeyObject } from 'node:crypto'
import { TraeError } from '../errors.ts'
import { openWith, sealWith } from './seal.ts'

/**
 * The key-encryption keys of this process, newest first: the first wraps, all of them unwrap. What they seal directly is
 * `v1:<keyId>:<iv>:<tag>:<ciphertext>`: data keys, sentinels, and records of before there were data keys.
 */
export class KeyRing {
  /** Newest first; the first 8 hexadecimal digits of each key's SHA-256: tells keys apart without telling them. */
  readonly ids: readonly string[]
  readonly #keys: ReadonlyMap<string, KeyObject>

  /** Each key is 32 bytes. */
  constructor(keys: readonly Buffer[]) {
    this.#keys = new Map(keys.map(key => [keyIdOf(key), createSecretKey(key)]))
    this.ids = [...this.#keys.keys()]
  }

  get newest(): string {
    return this.ids[0]!
  }

  has(keyId: string): boolean {
    return this.#keys.has(keyId)
  }

  /** `keyId` is for sentinels: everything else is sealed by the newest. */
  seal(plaintext: string, place: string, keyId = this.newest): string {
    return `v1:${keyId}:${sealWith(this.#keys.get(keyId)!, plaintext, place)}`
  }

  /** Throws `CONFIG` for a key that this process does not have, `INTERNAL` for what was altered or belongs elsewhere. */
  open(sealed: string, place: string): string {
    const [version, keyId, ...parts] = sealed.split(':')
    if (version !== 'v1' || keyId === undefined || parts.length !== 3) throw noRecord(place)
    const key = this.#keys.get(keyId)
    if (!key)
      throw new TraeError(
        'CONFIG',
        `The sealed value of ${place} needs the encryption key ${keyId}; this process has ${this.ids.join(', ')}. Name that key in TRAE_ENCRYPTION_KEY as well.`,
      )
    try {
      return openWith(key, parts, place)
    } catch (cause) {
      throw altered(place, cause)
    }
  }
}

export function keyIdOf(key: Buffer): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 8)
}

export const noRecord = (place: string) =>
  new TraeError('INTERNAL', `The sealed value of ${place} is no record of this vault.`)
export const altered = (place: string, cause: unknown) =>
  new TraeError('INTERNAL', `The sealed value of ${place} was altered, or was sealed for another place.`, { cause })
