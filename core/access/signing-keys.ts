import { type CryptoKey, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { newId } from '../ids.ts'
import { auditEverywhere } from './audit.ts'
import { type Sql, statement } from '../sql.ts'

type KeysCore = Pick<Core, 'sql' | 'vault' | 'clock'>
type Seal = Awaited<ReturnType<Core['vault']['sealing']>>

/** The Ed25519 keys that sign access tokens: `current` signs, every key of the set verifies. */
export interface KeySet {
  readonly current: { readonly kid: string; readonly key: CryptoKey }
  readonly verifying: ReadonlyMap<string, CryptoKey>
  /** Public halves, as `/.well-known/jwks.json` shows them. */
  readonly jwks: { readonly keys: readonly JWK[] }
}

/** Two keys are kept: the older signs, the newer is published ahead of the day it takes over. */
const KEPT = 2
const FRESH_MS = 5000

/** The keys of the database, read again at most every 5 s: so long may it take until a process follows a change. */
export class SigningKeys {
  readonly #core: KeysCore
  #set: KeySet
  #at: number
  #reading: Promise<KeySet> | undefined

  private constructor(core: KeysCore, set: KeySet) {
    this.#core = core
    this.#set = set
    this.#at = core.clock.now().getTime()
  }

  /** Makes what is missing; processes that start together make it once. */
  static async open(core: KeysCore): Promise<SigningKeys> {
    return new SigningKeys(core, await keySetOf(core, await readKeys(core)))
  }

  async now(): Promise<KeySet> {
    if (this.#core.clock.now().getTime() - this.#at < FRESH_MS) return this.#set
    this.#reading ??= this.#read().finally(() => (this.#reading = undefined))
    return this.#reading
  }

  async #read(): Promise<KeySet> {
    const at = this.#core.clock.now().getTime()
    const rows = await readKeys(this.#core)
    const changed = rows.length !== this.#set.verifying.size || rows.some(({ kid }) => !this.#set.verifying.has(kid))
    if (changed) this.#set = await keySetOf(this.#core, rows)
    this.#at = at
    return this.#set
  }
}

/**
 * The key that was published ahead takes over, a new one is published, and the one that signed is gone: its tokens are refused, at
 * the latest 5 s later in every process, and whoever is signed in gets a new one by their refresh token. All of it or nothing.
 */
export async function rotateSigningKeys(
  core: KeysCore,
): Promise<{ readonly signs: string; readonly follows: string; readonly refused: readonly string[] }> {
  await readKeys(core) // a host that never started has none to replace: they are made first
  const seal = await core.vault.sealing(HOST)
  return core.sql.transaction(async tx => {
    await tx.query(LOCK_KEYS)
    const there = await tx.query<Row>(READ_KEYS)
    const next = await makeKey(core, seal, there.at(-1)?.kid)
    await addKey(core, tx, next)
    const [signs, follows] = [...there, next].slice(-KEPT)
    const refused = there.slice(0, 1 - KEPT).map(({ kid }) => kid)
    await tx.query(DROP_KEYS, [refused])
    const done = { signs: signs!.kid, follows: follows!.kid, refused }
    const entry = { actor: 'host', action: 'keys.signing-rotated', target: 'host', data: done } as const
    await auditEverywhere(tx, entry, core.clock.now())
    return done
  })
}

async function readKeys(core: KeysCore): Promise<readonly Row[]> {
  const rows = await core.sql.query<Row>(READ_KEYS)
  if (rows.length >= KEPT) return rows
  const seal = await core.vault.sealing(HOST) // asks the database by itself: not within a transaction
  return core.sql.transaction(async tx => {
    await tx.query(LOCK_KEYS)
    const there = await tx.query<Row>(READ_KEYS)
    while (there.length < KEPT) {
      const key = await makeKey(core, seal, there.at(-1)?.kid)
      await addKey(core, tx, key)
      there.push(key)
    }
    return there
  })
}

async function keySetOf(core: KeysCore, rows: readonly Row[]): Promise<KeySet> {
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

const addKey = (core: KeysCore, tx: Pick<Sql, 'query'>, key: Row) =>
  tx.query(ADD_KEY, [key.kid, JSON.stringify(key.public_jwk), key.private_sealed, core.clock.now()])

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

const DROP_KEYS = statement('access.drop-signing-keys', 'delete from signing_keys where kid = any($1::text[])')

/** Stands where a workspace would stand: these are the host's own. */
const HOST = '-'
const placeOf = (kid: string) => `${HOST}|signing_keys|${kid}|private`

/** Newer than `last`, also where this machine's clock is behind that of whoever made that. */
async function makeKey(core: Pick<Core, 'clock'>, seal: Seal, last: string | undefined): Promise<Row> {
  const lastAt = last === undefined ? 0 : Number.parseInt(last.replace('-', '').slice(0, 12), 16)
  const kid = newId(Math.max(core.clock.now().getTime(), lastAt + 1))
  const pair = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
  const privateJwk = JSON.stringify(await exportJWK(pair.privateKey))
  return { kid, public_jwk: await exportJWK(pair.publicKey), private_sealed: seal(privateJwk, placeOf(kid)) }
}

async function importKey(jwk: JWK): Promise<CryptoKey> {
  const key = await importJWK(jwk, 'EdDSA')
  if (key instanceof Uint8Array) throw new TraeError('INTERNAL', 'A stored signing key is not an Ed25519 key.')
  return key
}
