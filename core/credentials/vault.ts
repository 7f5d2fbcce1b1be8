import { createHmac, type KeyObject } from 'node:crypto'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { type DataKey, type DataKeyRow, currentDataKey, findDataKey, unwrap } from './data-keys.ts'
import { altered, type KeyRing, noRecord } from './key-ring.ts'
import { openWith, sealWith } from './seal.ts'

/** Seals one value for one place, `workspace|table|row id|field`: moved to another place it does not open. */
export type Seal = (plaintext: string, place: string) => string

/**
 * Seals secrets at rest. Each workspace has a data key of its own, wrapped by a key-encryption key (`KeyRing`). A record is
 * `v1:<kekId>:<dekId>:<iv>:<tag>:<ciphertext>`; `kekId` is what wrapped the data key when it was written, for people.
 * `-` in place of a workspace is the host. Data keys are unwrapped once and kept in memory.
 */
export class Vault {
  readonly #sql: Core['sql']
  readonly #ring: KeyRing
  readonly #keys = new Map<string, DataKey>()
  readonly #deriving: KeyObject

  /** `deriving` is the host's key of that purpose; `openVault` makes it. */
  constructor(sql: Core['sql'], ring: KeyRing, deriving: DataKeyRow) {
    this.#sql = sql
    this.#ring = ring
    this.#deriving = unwrap(ring, deriving).key
  }

  /** Ids of the key-encryption keys of this process, newest first. */
  get keyIds(): readonly string[] {
    return this.#ring.ids
  }

  /**
   * What seals for a workspace, or `-` for the host. Ask before a transaction begins: it reads which key seals now, so that
   * nothing is sealed any more under one that another process has retired.
   */
  async sealing(workspaceId: string): Promise<Seal> {
    const scope = workspaceId === HOST ? null : workspaceId
    const key = this.#keep(await currentDataKey({ sql: this.#sql, ring: this.#ring }, scope, 'seal'))
    return (plaintext, place) => {
      if (!place.startsWith(`${workspaceId}|`))
        throw new TraeError('INTERNAL', `${place} is no place of ${workspaceId}: its secrets have a key of their own.`)
      return `v1:${key.kekId}:${key.id}:${sealWith(key.key, plaintext, place)}`
    }
  }

  /**
   * Throws `CONFIG` for a record of a key that this process does not have, `INTERNAL` for one that was altered or belongs to
   * another place. Not inside a transaction: it may have to read a key.
   */
  async open(sealed: string, place: string): Promise<string> {
    const [version, , keyId, ...parts] = sealed.split(':')
    if (version === 'v1' && parts.length === 2) return this.#ring.open(sealed, place) // of before there were data keys
    if (version !== 'v1' || keyId === undefined || parts.length !== 3) throw noRecord(place)
    const key = this.#keys.get(keyId) ?? (await this.#read(keyId, place))
    try {
      return openWith(key.key, parts, place)
    } catch (cause) {
      throw altered(place, cause)
    }
  }

  /** An unguessable text (base64url of 32 bytes) that is always the same for a purpose: nobody without the key can make it. */
  derive(purpose: string): string {
    return createHmac('sha256', this.#deriving).update(`derive|${purpose}`).digest('base64url')
  }

  async #read(keyId: string, place: string): Promise<DataKey> {
    const row = await findDataKey({ sql: this.#sql }, keyId)
    if (row) return this.#keep(row)
    throw new TraeError('INTERNAL', `The sealed value of ${place} needs the data key ${keyId}, which is not there.`)
  }

  #keep(row: DataKeyRow): DataKey {
    let key = this.#keys.get(row.id)
    if (key?.kekId !== row.kekId)
      this.#keys.set(row.id, (key = { ...(key ?? unwrap(this.#ring, row)), kekId: row.kekId }))
    return key!
  }
}

/** Stands for the host where a workspace would stand. */
export const HOST = '-'
