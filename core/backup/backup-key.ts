import { hash, hkdfSync } from 'node:crypto'
import type { Core } from '../context.ts'
import { keyIdOf } from '../credentials/key-ring.ts'
import { TraeError } from '../errors.ts'

/** The keys of TRAE_BACKUP_KEY, newest first: the first seals, all of them open. */
export class BackupKeys {
  readonly #keys: ReadonlyMap<string, Buffer>

  /** Each is 64 hexadecimal digits. */
  constructor(keys: readonly string[]) {
    const bytes = keys.map(key => Buffer.from(key, 'hex'))
    this.#keys = new Map(bytes.map(key => [keyIdOf(key), key]))
  }

  get ids(): readonly string[] {
    return [...this.#keys.keys()]
  }

  /** The key of one file: from the backup key, a salt of the file's own, and what stands in its header. Throws `CONFIG`. */
  fileKey(keyId: string, salt: Buffer, header: Buffer): Buffer {
    const key = this.#keys.get(keyId)
    if (!key)
      throw new TraeError(
        'CONFIG',
        `This backup was sealed by the backup key ${keyId}; this environment has ${this.ids.join(', ')}. Name that key in TRAE_BACKUP_KEY as well, behind the newest.`,
      )
    return Buffer.from(hkdfSync('sha256', key, salt, `trae backup 1 ${hash('sha256', header, 'hex')}`, 32))
  }
}

/** Throws `CONFIG` where the environment names none. */
export function backupKeys(core: Pick<Core, 'config'>): BackupKeys {
  const { keys } = core.config.backup
  if (keys) return new BackupKeys(keys)
  throw new TraeError(
    'CONFIG',
    'A backup is always sealed, by a key of its own: set TRAE_BACKUP_KEY (openssl rand -hex 32), and keep a copy where neither this machine nor the backups are.',
  )
}
