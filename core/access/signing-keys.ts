import { type CryptoKey, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { newId } from '../ids.ts'
import { statement } from '../sql.ts'

/** The Ed25519 keys that sign access tokens: `current` signs, every key of the set verifies. */
export interface SigningKeys {
  readonly current: { readonly kid: string; readonly key: CryptoKey }
  readonly verifying: ReadonlyMap<string, CryptoKey>
  /** Public halves, as `/.well-known/jwks.json` shows them. */
  readonly jwks: { readonly keys: readonly JWK[] }
}

/** Two keys are kept: the older signs, the newer is published ahead of the day it takes over. */
const KEPT = 2

/** Reads the keys, and makes what is missing; processes that start together make them once. */
export async function openSigningKeys(core: Pick<Core, 'sql' | 'vault' | 'clock'>): Promise<SigningKeys> {
  let rows = await core.sql.query<Row>(READ_KEYS)
  if (rows.length < KEPT) {
    const spare = await Promise.all(Array.from({ length: KEPT }, () => makeKey(core)))
    rows = await core.sql.transaction(async tx => {
      await tx.query(LOCK_KEYS)
      const there = await tx.query<Row>(READ_KEYS)
      const missing = spare.slice(there.length)
      for (const key of missing)
        await tx.query(ADD_KEY, [key.kid, JSON.stringify(key.public_jwk), key.private_sealed, core.clock.now()])
      return [...there, ...missing]
    })
  }
  const current = rows.at(-KEPT)!
  const privateJwk = JSON.parse(await core.vault.open(current.private_sealed, placeOf(current.kid))) as JWK
  const verifying = new Map<string, CryptoKey>()
  for (const row of rows) verifying.set(row.kid, await importKey(row.public_jwk))
  return {
    current: { kid: current.kid, key: await importKey(privateJwk) },
    verifying,
    jwks: { keys: rows.map(row => ({ ...row.public_jwk, kid: row.kid, alg: 'EdDSA', use: 'sig' })) },
  }
}

interface Row {
  readonly kid: string
  readonly public_jwk: JWK
  readonly private_sealed: string
}

// kid is a version 7 UUID: its order is that of creation
const READ_KEYS = statement(
  'access.read-signing-keys',
  'select kid, public_jwk, private_sealed from signing_keys order by kid',
)
const LOCK_KEYS = statement('access.lock-signing-keys', 'lock table signing_keys in exclusive mode')
const ADD_KEY = statement(
  'access.add-signing-key',
  'insert into signing_keys (kid, public_jwk, private_sealed, created_at) values ($1, $2, $3, $4)',
)

/** Stands where a workspace would stand: these are the host's own. */
const HOST = '-'
const placeOf = (kid: string) => `${HOST}|signing_keys|${kid}|private`

async function makeKey(core: Pick<Core, 'vault' | 'clock'>): Promise<Row> {
  const kid = newId(core.clock.now().getTime())
  const pair = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
  const privateJwk = JSON.stringify(await exportJWK(pair.privateKey))
  const seal = await core.vault.sealing(HOST)
  return { kid, public_jwk: await exportJWK(pair.publicKey), private_sealed: seal(privateJwk, placeOf(kid)) }
}

async function importKey(jwk: JWK): Promise<CryptoKey> {
  const key = await importJWK(jwk, 'EdDSA')
  if (key instanceof Uint8Array) throw new TraeError('INTERNAL', 'A stored signing key is not an Ed25519 key.')
  return key
}
