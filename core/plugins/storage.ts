import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { InstallationId } from '../ids.ts'
import { statement } from '../sql.ts'

const MAX_KEY_LENGTH = 256
const MAX_VALUE_BYTES = 64 * 1024
const MAX_KEYS = 1000

/** The value under a key of this installation, null where there is none. */
export async function readStored(
  core: Pick<Core, 'sql' | 'clock'>,
  installationId: InstallationId,
  key: string,
): Promise<unknown> {
  const [row] = await core.sql.query<{ value: unknown }>(READ_STORED, [
    installationId,
    checkKey('storage', key),
    core.clock.now(),
  ])
  return row?.value ?? null
}
const READ_STORED = statement(
  'read-stored',
  `select value from plugin_storage where installation_id = $1 and key = $2 and (expires_at is null or expires_at > $3)`,
)

export interface ToStore {
  readonly key: string
  readonly value: unknown
  /** It is not found any more then. */
  readonly expiresAt?: Date | undefined
}

/**
 * Stores JSON under a key. Key and value count against `quotaBytes`, and the installation is locked while they are counted, so that two
 * calls cannot both take what is left. What has an end does not count among the keys, only its bytes do. Throws `VALIDATION` for a value
 * that is no JSON or too large, `PERMISSION` over the quota.
 */
export async function writeStored(
  core: Pick<Core, 'sql' | 'clock'>,
  installationId: InstallationId,
  { key, value, expiresAt }: ToStore,
  quotaBytes: number,
): Promise<void> {
  const text = JSON.stringify(value) ?? 'null'
  const bytes = Buffer.byteLength(text) + Buffer.byteLength(checkKey('storage', key))
  if (bytes > MAX_VALUE_BYTES)
    throw new TraeError(
      'VALIDATION',
      `storage.set: ${shown(key)} has ${bytes} bytes; one entry may have ${MAX_VALUE_BYTES}.`,
    )
  requireStorable('storage.set', key, text)
  await core.sql.transaction(async tx => {
    const now = core.clock.now()
    await tx.query(LOCK_INSTALLATION, [installationId])
    await tx.query(FORGET_ENDED, [installationId, now])
    const [others] = await tx.query<{ bytes: number; keys: number }>(COUNT_STORED, [installationId, key])
    if (others!.bytes + bytes > quotaBytes)
      throw new TraeError(
        'PERMISSION',
        `storage.set: ${shown(key)} needs ${bytes} bytes, ${Math.max(0, quotaBytes - others!.bytes)} of the ${quotaBytes} granted are left.`,
      )
    if (expiresAt === undefined && others!.keys >= MAX_KEYS)
      throw new TraeError(
        'PERMISSION',
        `storage.set: a plugin may keep ${MAX_KEYS} keys without an end; delete some first, or give expiresAt.`,
      )
    await tx.query(WRITE_STORED, [installationId, key, text, bytes, now, expiresAt ?? null])
  })
}
export const LOCK_INSTALLATION = statement('lock-installation', `select id from installations where id = $1 for update`)
const COUNT_STORED = statement(
  'count-stored',
  `select coalesce(sum(bytes), 0)::int as bytes, 
     count(*) filter (where expires_at is null)::int as keys
   from plugin_storage where installation_id = $1 and key <> $2`,
)
const WRITE_STORED = statement(
  'write-stored',
  `insert into plugin_storage (installation_id, key, value, bytes, updated_at, expires_at)
   values ($1, $2, $3::jsonb, $4, $5, $6)
   on conflict (installation_id, key) do update set value = excluded.value, bytes = excluded.bytes, updated_at = excluded.updated_at,
     expires_at = excluded.expires_at`,
)
const FORGET_ENDED = statement(
  'forget-ended-storage',
  'delete from plugin_storage where installation_id = $1 and expires_at <= $2',
)

export async function deleteStored(
  core: Pick<Core, 'sql'>,
  installationId: InstallationId,
  key: string,
): Promise<void> {
  await core.sql.query(DELETE_STORED, [installationId, checkKey('storage', key)])
}
const DELETE_STORED = statement('delete-stored', `delete from plugin_storage where installation_id = $1 and key = $2`)

/** Throws `VALIDATION` for JSON that the database does not take. */
export function requireStorable(verb: string, key: string, text: string): void {
  if (/\\u0000|\\ud[89a-f]/i.test(text))
    throw new TraeError(
      'VALIDATION',
      `${verb}: ${shown(key)} contains U+0000 or half a surrogate pair, which cannot be stored.`,
    )
}

/** The key that a plugin keeps something under. Throws `VALIDATION`. */
export function checkKey(capability: string, key: string): string {
  if (key.length > 0 && key.length <= MAX_KEY_LENGTH && !/\p{Cc}|\p{Cs}/u.test(key)) return key
  throw new TraeError(
    'VALIDATION',
    `${capability}: a key has 1 to ${MAX_KEY_LENGTH} characters and no control characters; found ${shown(key)}.`,
  )
}

export function shown(key: string): string {
  return JSON.stringify(key.length > 60 ? `${key.slice(0, 57)}…` : key)
}
