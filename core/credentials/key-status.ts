import type { Core } from '../context.ts'
import { statement } from '../sql.ts'
import { listDataKeys } from './data-keys.ts'
import type { KeyRing } from './key-ring.ts'
import { SEALED_COLUMNS } from './sealed-columns.ts'

/** A key-encryption key, and what still needs it. */
export interface KeyStatus {
  readonly keyId: string
  /** Of those that this process was given, the one that wraps. */
  readonly newest: boolean
  /** Does this process have it? */
  readonly configured: boolean
  readonly dataKeys: number
  /** Records that are sealed by it directly, as all were before there were data keys. */
  readonly records: number
}
export interface DataKeyStatus {
  readonly id: string
  /** Null: the host. */
  readonly workspaceId: string | null
  readonly purpose: string
  readonly kekId: string
  readonly retired: boolean
  readonly records: number
}

/** What is sealed by what, counted now. */
export async function keyStatus(
  core: Pick<Core, 'sql'>,
  ring: KeyRing,
): Promise<{ readonly keys: readonly KeyStatus[]; readonly dataKeys: readonly DataKeyStatus[] }> {
  const counts = await countRecords(core)
  const rows = await listDataKeys(core)
  const sentinels = await core.sql.query<{ id: string }>(SENTINEL_IDS)
  const ids = [...ring.ids, ...sentinels.map(({ id }) => id).filter(id => !ring.has(id))]
  return {
    keys: ids.map(keyId => ({
      keyId,
      newest: keyId === ring.newest,
      configured: ring.has(keyId),
      dataKeys: rows.filter(({ kekId }) => kekId === keyId).length,
      records: counts.get(keyId) ?? 0,
    })),
    dataKeys: rows.map(({ id, workspaceId, purpose, kekId, retiredAt }) => ({
      id,
      workspaceId,
      purpose,
      kekId,
      retired: retiredAt !== null,
      records: counts.get(id) ?? 0,
    })),
  }
}

/** What cannot be read without this key-encryption key. */
export async function neededBy(
  core: Pick<Core, 'sql'>,
  kekId: string,
): Promise<{ readonly dataKeys: number; readonly records: number }> {
  const dataKeys = (await listDataKeys(core)).filter(row => row.kekId === kekId).length
  return { dataKeys, records: (await countRecords(core)).get(kekId) ?? 0 }
}

/** Records by the key that opens them: a data key, or a key-encryption key for those of the old format. */
export async function countRecords(core: Pick<Core, 'sql'>): Promise<ReadonlyMap<string, number>> {
  return new Map((await core.sql.query<{ key: string; count: number }>(COUNT_RECORDS)).map(row => [row.key, row.count]))
}

const COUNT_RECORDS = statement(
  'keys.count-records',
  `select case when split_part(sealed, ':', 6) = '' then split_part(sealed, ':', 2) else split_part(sealed, ':', 3) end as key,
          count(*)::int as count
   from (${SEALED_COLUMNS.map(({ table, column }) => `select ${column} as sealed from ${table}`).join(' union all ')}) x
   where sealed is not null group by 1`,
)
const SENTINEL_IDS = statement('keys.sentinel-ids', 'select key_id as id from sentinels order by key_id')
