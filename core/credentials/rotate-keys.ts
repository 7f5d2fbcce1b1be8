/**
 * Changing keys, in steps that each may be the last: whoever dies here is followed by another call that goes on.
 *
 *   1. Data keys that an older key-encryption key wraps are wrapped by the newest.
 *   2. With `records`, each workspace gets a new data key and the one before is retired (unless one is retired already and
 *      still needed: then that rotation is ended first).
 *   3. Records of retired data keys, and those of before there were data keys, are sealed anew in batches; a record that
 *      changed meanwhile is left to whoever changed it.
 *   4. Retired data keys that no record needs are dropped, an hour after they were retired: another process may have read
 *      just before that one of them was the current one.
 */
import { auditEverywhere } from '../access/audit.ts'
import type { Core } from '../context.ts'
import { crashPoint } from '../crash-point.ts'
import { type Statement, statement } from '../sql.ts'
import { addDataKey, type DataKeyRow, listDataKeys, rewrap } from './data-keys.ts'
import type { KeyRing } from './key-ring.ts'
import { countRecords } from './key-status.ts'
import { SEALED_COLUMNS, type SealedColumn } from './sealed-columns.ts'
import type { Seal } from './vault.ts'

export interface Rotation {
  readonly rewrapped: number
  /** Records that were sealed anew. */
  readonly resealed: number
  /** Data keys that were made in place of others. */
  readonly replaced: number
  readonly dropped: number
}

type RotationCore = Pick<Core, 'sql' | 'vault'> & { readonly ring: KeyRing }

const BATCH = 200
/** Longer than anybody who has asked which key seals takes to store what it sealed. */
const RETIRED_MS = 60 * 60_000

/** `progress` hears how many records of each key are left. */
export async function rotateKeys(
  core: RotationCore,
  options: { readonly records?: boolean; readonly progress?: (left: ReadonlyMap<string, number>) => void } = {},
): Promise<Rotation> {
  let rewrapped = 0
  for (const row of await listDataKeys(core)) {
    if (row.kekId === core.ring.newest) continue
    if (await rewrap(core, row)) rewrapped++
    crashPoint('keys.rewrapped')
  }
  const replaced = options.records ? await replaceDataKeys(core) : 0
  const resealed = await resealOld(core, options.progress)
  const dropped = (await core.sql.query(DROP_RETIRED, [new Date(Date.now() - RETIRED_MS), await neededIds(core)]))
    .length
  if (rewrapped + resealed + replaced > 0) {
    const data = { newest: core.ring.newest, rewrapped, resealed, replaced }
    const entry = { actor: 'host', action: 'keys.rotated', target: 'host', data } as const
    await core.sql.transaction(tx => auditEverywhere(tx, entry, new Date()))
  }
  return { rewrapped, resealed, replaced, dropped }
}

async function neededIds(core: RotationCore): Promise<string> {
  return JSON.stringify([...(await countRecords(core)).keys()])
}

async function replaceDataKeys(core: RotationCore): Promise<number> {
  const counts = await countRecords(core)
  const rows = await listDataKeys(core)
  const unfinished = new Set(
    rows.filter(({ id, retiredAt }) => retiredAt !== null && counts.has(id)).map(({ workspaceId }) => workspaceId),
  )
  let replaced = 0
  for (const row of rows) {
    if (row.retiredAt !== null || unfinished.has(row.workspaceId)) continue
    if (await replaceDataKey(core, row)) replaced++
    crashPoint('keys.replaced')
  }
  return replaced
}

function replaceDataKey(core: RotationCore, { id, workspaceId, purpose }: DataKeyRow): Promise<boolean> {
  return core.sql.transaction(async tx => {
    if ((await tx.query(RETIRE_KEY, [id, new Date()])).length === 0) return false // somebody else did
    await addDataKey(tx, core.ring, workspaceId, purpose)
    return true
  })
}

async function resealOld(
  core: RotationCore,
  progress: (left: ReadonlyMap<string, number>) => void = () => {},
): Promise<number> {
  const seals = new Map<string, Seal>()
  const sealFor = async (workspaceId: string) => {
    const seal = seals.get(workspaceId) ?? (await core.vault.sealing(workspaceId))
    seals.set(workspaceId, seal)
    return seal
  }
  let resealed = 0
  for (const column of SEALED_COLUMNS) {
    const { read, write } = STATEMENTS.get(column)!
    for (let after = ''; ;) {
      const rows = await core.sql.query<SealedRow>(read, [after, BATCH])
      for (const row of rows) {
        const place = `${row.workspace}|${column.table}|${row.key}|${column.field}`
        const sealed = (await sealFor(row.workspace))(await core.vault.open(row.sealed, place), place)
        resealed += (await core.sql.query(write, [row.key, row.sealed, sealed])).length
        crashPoint('keys.resealed')
      }
      if (rows.length > 0) progress(await countRecords(core))
      if (rows.length < BATCH) break
      after = rows.at(-1)!.key
    }
  }
  return resealed
}

interface SealedRow {
  readonly key: string
  readonly workspace: string
  readonly sealed: string
}

/** Old is what no current data key sealed. */
const STATEMENTS: ReadonlyMap<SealedColumn, { readonly read: Statement; readonly write: Statement }> = new Map(
  SEALED_COLUMNS.map(column => {
    const { table, column: name, key, workspace } = column
    return [
      column,
      {
        read: statement(
          `keys.read-${table}-${name}`,
          `select ${key}::text as key, ${workspace}::text as workspace, ${name} as sealed from ${table}
           where ${name} is not null and ${key}::text > $1
             and (split_part(${name}, ':', 6) = ''
                  or split_part(${name}, ':', 3) in (select id::text from data_keys where retired_at is not null))
           order by ${key}::text limit $2`,
        ),
        write: statement(
          `keys.write-${table}-${name}`,
          `update ${table} set ${name} = $3 where ${key}::text = $1 and ${name} = $2 returning 1`,
        ),
      },
    ] as const
  }),
)
const RETIRE_KEY = statement(
  'keys.retire',
  'update data_keys set retired_at = $2 where id = $1 and retired_at is null returning id',
)
const DROP_RETIRED = statement(
  'keys.drop-retired',
  `delete from data_keys where retired_at < $1 and not exists (
     select 1 from jsonb_array_elements_text($2::jsonb) needed where needed.value = data_keys.id::text) returning id`,
)
