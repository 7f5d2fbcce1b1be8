import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto'
import type { Core } from '../context.ts'
import { newId } from '../ids.ts'
import { type Sql, statement } from '../sql.ts'
import type { KeyRing } from './key-ring.ts'

/** `seal`: records. `derive`: texts that are always the same for a purpose. */
export type KeyPurpose = 'seal' | 'derive'

/** A row of `data_keys`. `workspaceId` null: the host's own. */
export interface DataKeyRow {
  readonly id: string
  readonly workspaceId: string | null
  readonly purpose: KeyPurpose
  readonly kekId: string
  readonly wrapped: string
}
export interface DataKey {
  readonly id: string
  readonly kekId: string
  readonly key: KeyObject
}

type Keys = Pick<Core, 'sql'> & { readonly ring: KeyRing }

/** The key that seals now, as the database says at this moment; made where there is none. */
export async function currentDataKey(
  { sql, ring }: Keys,
  workspaceId: string | null,
  purpose: KeyPurpose,
): Promise<DataKeyRow> {
  const [there] = await sql.query<DataKeyRow>(CURRENT_KEY, [workspaceId, purpose])
  if (there) return there
  await addDataKey(sql, ring, workspaceId, purpose)
  return (await sql.query<DataKeyRow>(CURRENT_KEY, [workspaceId, purpose]))[0]!
}

/** Makes a key where there is no current one; of several that do so at once one has its way. */
export async function addDataKey(
  sql: Sql,
  ring: KeyRing,
  workspaceId: string | null,
  purpose: KeyPurpose,
): Promise<void> {
  const id = newId()
  const wrapped = ring.seal(randomBytes(32).toString('base64url'), placeOf(workspaceId, id))
  await sql.query(ADD_KEY, [id, workspaceId, purpose, ring.newest, wrapped, new Date()])
}

export async function findDataKey({ sql }: Pick<Core, 'sql'>, id: string): Promise<DataKeyRow | undefined> {
  return UUID.test(id) ? (await sql.query<DataKeyRow>(FIND_KEY, [id]))[0] : undefined
}

export function listDataKeys({
  sql,
}: Pick<Core, 'sql'>): Promise<(DataKeyRow & { readonly retiredAt: Date | null })[]> {
  return sql.query(LIST_KEYS)
}

/** Throws `CONFIG` where its key-encryption key is missing. */
export function unwrap(ring: KeyRing, { id, workspaceId, kekId, wrapped }: DataKeyRow): DataKey {
  const key = createSecretKey(Buffer.from(ring.open(wrapped, placeOf(workspaceId, id)), 'base64url'))
  return { id, kekId, key }
}

/** Wraps a key anew, under the newest key-encryption key. False: somebody else did meanwhile. */
export async function rewrap({ sql, ring }: Keys, row: DataKeyRow): Promise<boolean> {
  const place = placeOf(row.workspaceId, row.id)
  const wrapped = ring.seal(ring.open(row.wrapped, place), place)
  return (await sql.query(REWRAP_KEY, [row.id, row.kekId, ring.newest, wrapped])).length > 0
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const placeOf = (workspaceId: string | null, id: string) => `${workspaceId ?? '-'}|data_keys|${id}|wrapped`

const COLUMNS = 'id, workspace_id as "workspaceId", purpose, kek_id as "kekId", wrapped'
const CURRENT_KEY = statement(
  'data-keys.current',
  `select ${COLUMNS} from data_keys
   where workspace_id is not distinct from $1::uuid and purpose = $2 and retired_at is null`,
)
const FIND_KEY = statement('data-keys.find', `select ${COLUMNS} from data_keys where id = $1`)
const LIST_KEYS = statement(
  'data-keys.list',
  `select ${COLUMNS}, retired_at as "retiredAt" from data_keys order by created_at, id`,
)
const ADD_KEY = statement(
  'data-keys.add',
  `insert into data_keys (id, workspace_id, purpose, kek_id, wrapped, created_at) values ($1, $2, $3, $4, $5, $6)
   on conflict do nothing`,
)
const REWRAP_KEY = statement(
  'data-keys.rewrap',
  'update data_keys set kek_id = $3, wrapped = $4 where id = $1 and kek_id = $2 returning id',
)
