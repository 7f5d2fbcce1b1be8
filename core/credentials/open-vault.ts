import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { type Sql, statement } from '../sql.ts'
import { currentDataKey } from './data-keys.ts'
import { KeyRing } from './key-ring.ts'
import { neededBy } from './key-status.ts'
import { HOST, Vault } from './vault.ts'

export interface OpenedVault {
  readonly vault: Vault
  readonly ring: KeyRing
}

/**
 * The vault of this installation. Its keys are those of TRAE_ENCRYPTION_KEY, newest first, else of the file `encryption.key`
 * of the data directory (one a line), which is made (and said through `progress`) only while the database has nothing sealed.
 * The database keeps a sentinel sealed under each. A key that is no longer named is forgotten once nothing needs it. Throws
 * `CONFIG` naming the variable and the id of the key that is wrong or missing.
 */
export async function openVault(
  core: Pick<Core, 'config' | 'sql'>,
  progress: (text: string) => void = () => {},
): Promise<OpenedVault> {
  const { encryptionKeys } = core.config
  const { sql } = core
  const path = keyFile(core.config)
  const known = await sql.query<Sentinel>(READ_SENTINELS)
  const texts = namedKeys(core.config)
  if (texts === undefined && known[0]) throw wrongKey(known.at(-1)!.key_id, `it is not set and ${path} does not exist`)
  const made = texts === undefined
  const ring = new KeyRing(made ? [makeKeyFile(path)] : texts.map(text => Buffer.from(text, 'hex')))
  const sentinels = await plantSentinels(sql, ring)
  const fitting = sentinels.filter(({ key_id }) => ring.has(key_id))
  if (fitting.length === 0) {
    if (made) rmSync(path, { force: true }) // another process was first; a key that fits nothing only misleads
    throw wrongKey(sentinels.at(-1)!.key_id, `${encryptionKeys ? 'it' : path} holds the key ${ring.ids.join(', ')}`)
  }
  for (const { sealed } of fitting) ring.open(sealed, SENTINEL)
  for (const { key_id } of sentinels.filter(({ key_id }) => !ring.has(key_id)))
    await forget(sql, ring, key_id, progress)
  if (made)
    progress(
      `Made an encryption key: ${path} (key id ${ring.newest}). Keep a copy: without it no stored secret can be read.`,
    )
  const vault = new Vault(sql, ring, await currentDataKey({ sql, ring }, null, 'derive'))
  await vault.sealing(HOST)
  return { vault, ring }
}

const keyFile = ({ dataDir }: Pick<Core['config'], 'dataDir'>) => join(dataDir, 'encryption.key')

/** The encryption keys that this installation names, newest first, 64 hexadecimal digits each; undefined where it names none yet. */
export const namedKeys = (config: Pick<Core['config'], 'encryptionKeys' | 'dataDir'>): readonly string[] | undefined =>
  config.encryptionKeys ?? readKeyFile(keyFile(config))

interface Sentinel {
  readonly key_id: string
  readonly sealed: string
}

const SENTINEL = '-|sentinels|-|sealed'
const READ_SENTINELS = statement('vault.read-sentinels', 'select key_id, sealed from sentinels order by key_id')
const LOCK_SENTINELS = statement('vault.lock-sentinels', 'lock table sentinels in exclusive mode')
const ADD_SENTINEL = statement('vault.add-sentinel', 'insert into sentinels (key_id, sealed) values ($1, $2)')
const FORGET_SENTINEL = statement('vault.forget-sentinel', 'delete from sentinels where key_id = $1')

/**
 * Under a lock, so that of two processes that start together on an empty database one wins. A key that is new is taken only
 * from who has one that is known.
 */
function plantSentinels(sql: Core['sql'], ring: KeyRing): Promise<readonly Sentinel[]> {
  return sql.transaction(async tx => {
    await tx.query(LOCK_SENTINELS)
    const there = await tx.query<Sentinel>(READ_SENTINELS)
    if (there.length > 0 && !there.some(({ key_id }) => ring.has(key_id))) return there
    const fresh = ring.ids
      .filter(id => !there.some(({ key_id }) => key_id === id))
      .map(key_id => ({ key_id, sealed: ring.seal('TRAE OS', SENTINEL, key_id) }))
    for (const { key_id, sealed } of fresh) await tx.query(ADD_SENTINEL, [key_id, sealed])
    return [...fresh, ...there]
  })
}

/** A key that was taken out of the configuration: fine once nothing needs it. */
async function forget(sql: Sql, ring: KeyRing, keyId: string, progress: (text: string) => void): Promise<void> {
  const { dataKeys, records } = await neededBy({ sql }, keyId)
  if (dataKeys + records > 0)
    throw wrongKey(
      keyId,
      `${dataKeys} data keys and ${records} records still need it, and only ${ring.ids.join(', ')} is named. Put it back behind the newest, run trae keys rotate, and take it out when trae keys status says that nothing needs it`,
    )
  await sql.query(FORGET_SENTINEL, [keyId])
  progress(`The encryption key ${keyId} is needed no more and was forgotten.`)
}

function readKeyFile(path: string): string[] | undefined {
  let lines: string[]
  try {
    lines = readFileSync(path, 'utf8').trim().split(/\s+/)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new TraeError(
      'CONFIG',
      `${path} cannot be read: ${(cause as Error).message}. Make it readable, or set TRAE_ENCRYPTION_KEY.`,
      { cause },
    )
  }
  if (!lines.every(line => /^[0-9a-f]{64}$/i.test(line)))
    throw new TraeError(
      'CONFIG',
      `${path} must hold 64 hexadecimal digits, a line for each key. Put the right file back, or set TRAE_ENCRYPTION_KEY.`,
    )
  return lines
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
    `TRAE_ENCRYPTION_KEY must name the key with id ${expected}, which sealed this database: ${found}. Set it to that key, or put its file back.`,
  )
}
