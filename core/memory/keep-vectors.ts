import type { VectorStore } from '../adapters/vector-store/vector-store.ts'
import type { Core } from '../context.ts'
import { crashPoint } from '../crash-point.ts'
import { TraeError } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'
import { adoptVectors } from './adopt-vectors.ts'
import { COLUMNS, type EntryRow, vectorIdOf } from './entry.ts'
import { forgetExpired } from './forget.ts'
import { openStore, type StoreState } from './memory.ts'
import { textOf } from './memory-index.ts'
import { leaveStore, moveSome, workspacesWithMemory } from './move-store.ts'

export type VectorCore = Pick<Core, 'sql' | 'clock' | 'log' | 'memory' | 'pubsub'>

const ENTRIES_AT_ONCE = 64
const REMOVALS_AT_ONCE = 500
const LEASE_MS = 60_000
const LONGEST_PAUSE_MS = 60_000
const REFUSED_MS = 3_600_000

/**
 * Writes vectors behind the entries, and takes away those of what is forgotten; a look of `RepeatedLook`. What is to be done
 * stands in the rows (`stale`, `memory_removals`), so a process that dies anywhere has lost nothing: the next look does it again,
 * and doing it twice is doing it once. One process of many looks at a time. While the embedder or the store is away, looks come
 * less often, up to once a minute, and the state of the memory says why.
 */
export function keepVectors(core: VectorCore, owner: string): () => Promise<void> {
  let compared = false
  let failures = 0
  let quietUntil = 0
  return async () => {
    const now = core.clock.now()
    const [work] = await core.sql.query<{ there: boolean }>(LOOK_FOR_WORK, [now])
    if ((compared && !work!.there) || now.getTime() < quietUntil) return
    const state = await lease(core, owner)
    if (!state) return
    try {
      const stores = [...new Set([state.kind, state.moving_to ?? state.kind])].map(kind => openStore(core.memory, kind))
      if (!compared) {
        await compareEmbedder(core, state, stores)
        compared = await adoptVectors(core, async () => (await lease(core, owner)) !== undefined)
      }
      await forgetExpired(core)
      while ((await removeSome(core, stores)) && (await lease(core, owner)));
      while ((await embedSome(core, stores)) && (await lease(core, owner)));
      if (state.leaving !== null) await leaveStore(core, state.leaving)
      if (state.moving_to !== null) while ((await moveSome(core)) && (await lease(core, owner)));
      failures = quietUntil = 0
      await core.sql.query(TELL_FAILURE, [owner, null, null])
    } catch (error) {
      if (!(error instanceof TraeError) || error.code === 'DATABASE') throw error
      quietUntil = now.getTime() + Math.min(LONGEST_PAUSE_MS, 1000 * 2 ** failures++)
      core.log.warn(
        { err: error },
        'vectors of the memory cannot be written now; entries are kept, and it is tried again',
      )
      await core.sql.query(TELL_FAILURE, [owner, error.message, now])
    }
  }
}

const LOOK_FOR_WORK = statement(
  'look-for-memory-work',
  `select exists (select 1 from memory_entries where stale and (try_at is null or try_at <= $1))
       or exists (select 1 from memory_removals)
       or exists (select 1 from memory_entries where expires_at <= $1)
       or (select moving_to is not null or leaving is not null from memory_store) as there`,
)

/** The state, where this process may work on it now; undefined while another does. */
async function lease({ sql, clock }: VectorCore, owner: string): Promise<StoreState | undefined> {
  const now = clock.now()
  const [state] = await sql.query<StoreState>(TAKE_LEASE, [owner, new Date(now.getTime() + LEASE_MS), now])
  return state
}
const TAKE_LEASE = statement(
  'lease-memory-store',
  `update memory_store set lease_owner = $1, lease_until = $2
   where only_one and (lease_owner is null or lease_owner = $1 or lease_until < $3) returning *`,
)
const TELL_FAILURE = statement(
  'tell-memory-failure',
  `update memory_store set lease_owner = null, lease_until = null, failure = $2, failed_at = $3 where only_one and lease_owner = $1`,
)

/** Vectors of another embedder cannot be compared with ours: all are made again. */
async function compareEmbedder(core: VectorCore, state: StoreState, stores: readonly VectorStore[]): Promise<void> {
  const { model } = core.memory.embedder
  if (state.vectors_of === model) return
  if (state.vectors_of !== null) {
    core.log.warn(
      { from: state.vectors_of, to: model },
      'the embedder is another: all vectors of the memory are made again',
    )
    const { before } = core.memory
    for (const workspaceId of await workspacesWithMemory(core))
      for (const store of before ? [...stores, before] : stores) await store.drop(workspaceId)
    crashPoint('vectors.dropped')
    await core.sql.query(MARK_ALL_STALE)
  }
  await core.sql.query(WRITE_EMBEDDER, [model])
}
const MARK_ALL_STALE = statement(
  'mark-memories-stale',
  `update memory_entries set stale = true, failures = 0, try_at = null where not stale`,
)
const WRITE_EMBEDDER = statement('write-memory-embedder', `update memory_store set vectors_of = $1 where only_one`)

/** Answers whether there may be more. */
async function removeSome(core: VectorCore, stores: readonly VectorStore[]): Promise<boolean> {
  const rows = await core.sql.query<Removal>(OPEN_REMOVALS, [REMOVALS_AT_ONCE])
  for (const [workspaceId, some] of byWorkspace(rows)) {
    // What was stored again under the same key meanwhile has a vector to come, or that came
    const ids = some.filter(({ stored }) => !stored).map(({ key }) => vectorIdOf(key))
    for (const store of stores) await store.remove(workspaceId, ids)
    crashPoint('vectors.removed')
    await core.sql.query(MARK_REMOVED, [workspaceId, some.map(({ key }) => key)])
  }
  return rows.length === REMOVALS_AT_ONCE
}
interface Removal {
  readonly workspace_id: WorkspaceId
  readonly key: string
  readonly stored: boolean
}
const OPEN_REMOVALS = statement(
  'open-memory-removals',
  `select r.workspace_id, r.key,
     exists (select 1 from memory_entries e where e.workspace_id = r.workspace_id and e.key = r.key) as stored
   from memory_removals r order by removed_at limit $1`,
)
const MARK_REMOVED = statement(
  'mark-memories-removed',
  `delete from memory_removals where workspace_id = $1 and key = any($2::text[])`,
)

/** Answers whether there may be more. */
async function embedSome(core: VectorCore, stores: readonly VectorStore[]): Promise<boolean> {
  const rows = await core.sql.query<EntryRow>(STALE_ENTRIES, [core.clock.now(), ENTRIES_AT_ONCE])
  if (rows.length === 0) return false
  try {
    await embed(core, stores, rows)
  } catch (error) {
    if (!(error instanceof TraeError) || error.code !== 'VALIDATION') throw error
    // One of them is what the embedder does not take: each is tried for itself
    for (const row of rows) await embed(core, stores, [row]).catch(cause => putOff(core, row, cause))
  }
  return rows.length === ENTRIES_AT_ONCE
}
const STALE_ENTRIES = statement(
  'stale-memories',
  `select ${COLUMNS} from memory_entries where stale and (try_at is null or try_at <= $1) order by id limit $2`,
)

async function embed(core: VectorCore, stores: readonly VectorStore[], rows: readonly EntryRow[]): Promise<void> {
  const vectors = await core.memory.embedder.embed(rows.map(textOf))
  const ready = rows.map((row, i) => ({ row, values: vectors[i]! }))
  for (const [workspaceId, some] of byWorkspace(ready.map(({ row, values }) => ({ ...row, values })))) {
    const stored = some
      .filter(({ values }) => values.some(value => value !== 0)) // a text without a word is near to nothing
      .map(({ key, type, module, outcome, happened_at, values }) => ({
        id: vectorIdOf(key),
        values,
        metadata: {
          type,
          module: module ?? undefined,
          outcome: outcome ?? undefined,
          timestamp: happened_at.toISOString(),
        },
      }))
    for (const store of stores) await store.upsert(workspaceId, stored)
    crashPoint('vectors.written')
    await core.sql.query(MARK_EMBEDDED, [
      workspaceId,
      some.map(({ key }) => key),
      some.map(({ revision }) => revision),
      core.memory.embedder.model,
      core.clock.now(),
    ])
  }
}
/** Changed meanwhile: it stays stale. Forgotten meanwhile: its vector may have come after, and is to be taken away. */
const MARK_EMBEDDED = statement(
  'mark-memories-embedded',
  `with written as (
     select * from unnest($2::text[], $3::bigint[]) as w(key, revision)
   ), marked as (
     update memory_entries e set stale = false, vectors_of = $4, failures = 0, try_at = null from written w
     where e.workspace_id = $1 and e.key = w.key and e.revision = w.revision
   )
   insert into memory_removals (workspace_id, key, removed_at)
   select $1, w.key, $5 from written w
   where not exists (select 1 from memory_entries e where e.workspace_id = $1 and e.key = w.key)
   on conflict (workspace_id, key) do nothing`,
)

async function putOff(core: VectorCore, { workspace_id, key }: EntryRow, cause: unknown): Promise<void> {
  if (!(cause instanceof TraeError) || cause.code !== 'VALIDATION') throw cause
  core.log.warn(
    { err: cause, workspaceId: workspace_id },
    'an entry of the memory has no vector: the embedder refuses its text',
  )
  await core.sql.query(PUT_OFF, [workspace_id, key, new Date(core.clock.now().getTime() + REFUSED_MS)])
}
const PUT_OFF = statement(
  'put-off-memory',
  `update memory_entries set failures = failures + 1, try_at = $3 where workspace_id = $1 and key = $2`,
)

function byWorkspace<Row extends { readonly workspace_id: WorkspaceId }>(rows: readonly Row[]) {
  return Map.groupBy(rows, row => row.workspace_id)
}
