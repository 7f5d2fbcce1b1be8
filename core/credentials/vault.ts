import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createSecretKey,
  type KeyObject,
  randomBytes,
} from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { statement } from '../sql.ts'

/**
 * Seals secrets at rest with AES-256-GCM. A record is `v1:<keyId>:<iv>:<tag>:<ciphertext>` (base64url parts), with a
 * fresh 12-byte IV each time. `aad` is `workspace|table|row id|field`: a record moved to another row does not open.
 */
export class Vault {
  /** The first 8 hexadecimal digits of the key's SHA-256: tells keys apart without telling them. */
  readonly keyId: string
  readonly #key: KeyObject

  /** `key` is 32 bytes. */
  constructor(key: Buffer) {
    this.keyId = keyIdOf(key)
    this.#key = createSecretKey(key)
  }

  seal(plaintext: string, aad: string): string {
    const iv = randomBytes(12)
    const cipher = createCipheriv('aes-256-gcm', this.#key, iv).setAAD(Buffer.from(aad))
    const ciphertext = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()])
    return ['v1', this.keyId, ...[iv, cipher.getAuthTag(), ciphertext].map(part => part.toString('base64url'))].join(
      ':',
    )
  }

  /** An unguessable text (base64url of 32 bytes) that is always the same for a purpose: nobody without the key can make it. */
  derive(purpose: string): string {
    return createHmac('sha256', this.#key).update(`derive|${purpose}`).digest('base64url')
  }

  /** Throws `CONFIG` for a record of another key, `INTERNAL` for one that was altered or belongs to another place. */
  open(sealed: string, aad: string): string {
    const [version, keyId, iv, tag, ciphertext] = sealed.split(':')
    if (version !== 'v1' || iv === undefined || tag === undefined || ciphertext === undefined)
      throw new TraeError('INTERNAL', `The sealed value of ${aad} is no record of this vault.`)
    if (keyId !== this.keyId)
      throw new TraeError(
        'CONFIG',
        `The sealed value of ${aad} needs the encryption key ${keyId}; this process has ${this.keyId}.`,
      )
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#key, Buffer.from(iv, 'base64url'), { authTagLength: 16 })
      decipher.setAAD(Buffer.from(aad)).setAuthTag(Buffer.from(tag, 'base64url'))
      return Buffer.concat([decipher.update(Buffer.from(ciphertext, 'base64url')), decipher.final()]).toString('utf8')
    } catch (cause) {
      throw new TraeError('INTERNAL', `The sealed value of ${aad} was altered, or was sealed for another place.`, {
        cause,
      })
    }
  }
}

export function keyIdOf(key: Buffer): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 8)
}

/**
 * The vault of this installation. The key is TRAE_ENCRYPTION_KEY, else the file `encryption.key` of the data directory,
 * which is made (and said through `progress`) only while the database has nothing sealed. The database keeps a sentinel
 * sealed under the key. Throws `CONFIG` naming the variable and the key id it expects when the key is wrong or missing.
 */
export async function openVault(
  core: Pick<Core, 'config' | 'sql'>,
  progress: (text: string) => void = () => {},
): Promise<Vault> {
  const { encryptionKey, dataDir } = core.config
  const path = join(dataDir, 'encryption.key')
  const known = (await core.sql.query<Sentinel>(READ_SENTINELS))[0]
  const text = encryptionKey ?? readKeyFile(path)
  if (text === undefined && known) throw wrongKey(known.key_id, `it is not set and ${path} does not exist`)
  const key = text === undefined ? makeKeyFile(path) : Buffer.from(text, 'hex')
  const made = text === undefined
  const vault = new Vault(key)
  const sentinel = known ?? (await plantSentinel(core.sql, vault))
  if (sentinel.key_id !== vault.keyId) {
    if (made) rmSync(path, { force: true }) // another process was first; a key that fits nothing only misleads
    throw wrongKey(sentinel.key_id, `${encryptionKey ? 'it' : path} holds the key ${vault.keyId}`)
  }
  vault.open(sentinel.sealed, SENTINEL)
  if (made)
    progress(
      `Made an encryption key: ${path} (key id ${vault.keyId}). Keep a copy: without it no stored secret can be read.`,
    )
  return vault
}

interface Sentinel {
  readonly key_id: string
  readonly sealed: string
}

const SENTINEL = '-|sentinels|-|sealed'
const READ_SENTINELS = statement('vault.read-sentinels', 'select key_id, sealed from sentinels order by key_id')
const LOCK_SENTINELS = statement('vault.lock-sentinels', 'lock table sentinels in exclusive mode')
const ADD_SENTINEL = statement('vault.add-sentinel', 'insert into sentinels (key_id, sealed) values ($1, $2)')

/** Under a lock, so that of two processes that start together on an empty database one key wins. */
function plantSentinel(sql: Core['sql'], vault: Vault): Promise<Sentinel> {
  return sql.transaction(async tx => {
    await tx.query(LOCK_SENTINELS)
    const there = (await tx.query<Sentinel>(READ_SENTINELS))[0]
    if (there) return there
    const sentinel = { key_id: vault.keyId, sealed: vault.seal('TRAE OS', SENTINEL) }
    await tx.query(ADD_SENTINEL, [sentinel.key_id, sentinel.sealed])
    return sentinel
  })
}

function readKeyFile(path: string): string | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8').trim()
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new TraeError(
      'CONFIG',
      `${path} cannot be read: ${(cause as Error).message}. Make it readable, or set TRAE_ENCRYPTION_KEY.`,
      { cause },
    )
  }
  if (!/^[0-9a-f]{64}$/i.test(text))
    throw new TraeError(
      'CONFIG',
      `${path} must hold 64 hexadecimal digits. Put the right file back, or set TRAE_ENCRYPTION_KEY.`,
    )
  return text
}

function makeKeyFile(path: string): Buffer {
  const key = randomBytes(32)
  try {
    mkdirSync(join(path, '..'), { recursive: true, mode: 0o700 })
    writeFileSync(path, `${key.toString('hex')}\n`, { mode: 0o600, flag: 'wx' })
  } catch (cause) {
    throw new TraeError(
      'CONFIG',
      `The encryption key cannot be written to ${path}: ${(cause as Error).message}. Set TRAE_DATA_DIR or TRAE_ENCRYPTION_KEY.`,
      { cause },
    )
  }
  return key
}

function wrongKey(expected: string, found: string): TraeError {
  return new TraeError(
    'CONFIG',
    `TRAE_ENCRYPTION_KEY must be the key with id ${expected}, which sealed this database: ${found}. Set it to that key, or put its file back.`,
  )
}
