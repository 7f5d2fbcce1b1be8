import { createPublicKey, type KeyObject, verify } from 'node:crypto'
import { z } from 'zod'
import { refused } from './package-limits.ts'

/** What a registry signs of a version, and how (docs.npmjs.com/about-registry-signatures). */
export interface SignedRelease {
  readonly name: string
  readonly version: string
  /** As the registry gives it. */
  readonly integrity: string
  /** ISO 8601; null where the registry does not say. */
  readonly publishedAt: string | null
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[]
}

/** What a registry answers at `/-/npm/v1/keys`; keys of another kind are passed over. */
export const registryKeys = z.object({
  keys: z.array(
    z.object({
      keyid: z.string().max(200),
      expires: z.string().nullable().optional(),
      scheme: z.string(),
      /** DER of a SubjectPublicKeyInfo, base64. */
      key: z.string().max(2000),
    }),
  ),
})
export type RegistryKeys = z.infer<typeof registryKeys>['keys']

const SCHEME = 'ecdsa-sha2-nistp256'

/**
 * Holds the signatures of a version against the keys of its registry, and answers the id of the key that signed it; null where the
 * registry has no keys, so signs nothing. Throws `MANIFEST` for a version that is not signed though its registry signs, by a
 * key that is not known or had ended, or whose signature does not fit: each of them must.
 */
export function verifySignatures(release: SignedRelease, keys: RegistryKeys, registry: string): string | null {
  const known = keys.filter(({ scheme }) => scheme === SCHEME)
  if (known.length === 0) return null
  const { name, version, integrity, signatures, publishedAt } = release
  const what = `${name}@${version}`
  const advice = 'Nothing was fetched. Do not trust this copy; look at the registry itself, or choose another version.'
  if (signatures.length === 0)
    throw refused(`${registry} signs what it has, and ${what} carries no signature. ${advice}`)
  for (const { keyid, sig } of signatures) {
    const key = known.find(one => one.keyid === keyid)
    if (!key)
      throw refused(`${what} is signed with the key ${keyid.slice(0, 100)}, which ${registry} does not have. ${advice}`)
    if (key.expires && Date.parse(key.expires) <= Date.parse(publishedAt ?? ''))
      throw refused(
        `${what} was published after the key that signed it had ended, on ${key.expires.slice(0, 10)}. ${advice}`,
      )
    if (!fits(`${what}:${integrity}`, sig, key.key))
      throw refused(`The signature of ${what} is not that of ${registry}: it was changed on its way. ${advice}`)
  }
  return signatures[0]!.keyid
}

function fits(text: string, signature: string, key: string): boolean {
  let publicKey: KeyObject
  try {
    publicKey = createPublicKey({ key: Buffer.from(key, 'base64'), format: 'der', type: 'spki' })
  } catch {
    return false
  }
  return verify('sha256', Buffer.from(text), publicKey, Buffer.from(signature, 'base64'))
}
