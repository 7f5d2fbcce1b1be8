import { VECTOR_STORE_KINDS, type VectorStoreKind } from '../adapters/vector-store/vector-store.ts'
import type { Core } from '../context.ts'
import { crashPoint } from '../crash-point.ts'
import { TraeError } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'
import { vectorIdOf } from './entry.ts'
import { openStore, storeState } from './memory.ts'

type MoveCore = Pick<Core, 'sql' | 'clock' | 'memory'>

const ENTRIES_AT_ONCE = 200

/**
 * Begins to move the vectors of the whole host to another store. The looks of the host copy them, page by page, and write new
 * ones to both; searches ask the old store until the last is copied. The place is kept, so a host that stops goes on where it
 * was. A move back to where they are calls off one that is under way. Throws `BAD_USER_INPUT` where the host is not set up for it.
 */
export async function moveMemory(core: MoveCore, to: VectorStoreKind): Promise<void> {
  if (!VECTOR_STORE_KINDS.includes(to))
    throw new TraeError('BAD_USER_INPUT', `There is no store ${to}; there are ${VECTOR_STORE_KINDS.join(' and ')}.`)
  if (!core.memory.stores[to])
    throw new TraeError(
      'BAD_USER_INPUT',
      'This host is not set up for Pinecone: set PINECONE_API_KEY and PINECONE_INDEX_HOST.',
    )
  await core.sql.query(BEGIN_MOVE, [to])
}
const BEGIN_MOVE = statement(
  'begin-memory-move',
  `update memory_store set
     leaving = case when kind = $1 then coalesce(moving_to, leaving) else leaving end,
     moving_to = case when kind = $1 then null else $1 end,
     moved_to = case when moving_to = $1 then moved_to end,
     moved = case when moving_to = $1 then moved else 0 end
   where only_one`,
)

/**
 * Copies the next page; answers whether there may be more. Entries that have no vector yet get it in both stores anyway; one that
 * the old store does not have, though it should, is made again. The move ends in the statement that makes the new store the one,
 * and the old one a store to be emptied.
 */
export async function moveSome(core: MoveCore): Promise<boolean> {
  const state = await storeState(core)
  if (state.moving_to === null || state.leaving !== null) return false // what is still to be emptied is not filled
  const [from, to] = [openStore(core.memory, state.kind), openStore(core.memory, state.moving_to)]
  const rows = await core.sql.query<{ id: string; workspace_id: WorkspaceId; key: string; stale: boolean }>(
    NEXT_TO_MOVE,
    [state.moved_to, ENTRIES_AT_ONCE],
  )
  for (const [workspaceId, some] of Map.groupBy(rows, row => row.workspace_id)) {
    const written = some.filter(({ stale }) => !stale)
    const vectors = await from.fetch(
      workspaceId,
      written.map(({ key }) => vectorIdOf(key)),
    )
    await to.upsert(workspaceId, vectors)
    crashPoint('vectors.copied')
    const there = new Set(vectors.map(({ id }) => id))
    const missing = written.filter(({ key }) => !there.has(vectorIdOf(key))).map(({ id }) => id)
    if (missing.length > 0) await core.sql.query(MAKE_AGAIN, [missing])
  }
  const last = rows.length < ENTRIES_AT_ONCE
  if (rows.length > 0) await core.sql.query(KEEP_PLACE, [state.moving_to, state.moved_to, rows.at(-1)!.id, rows.length])
  crashPoint('vectors.placed')
  if (last) await core.sql.query(END_MOVE, [state.moving_to])
  return !last
}
const NEXT_TO_MOVE = statement(
  'next-memories-to-move',
  `select id, workspace_id, key, stale from memory_entries where $1::uuid is null or id > $1::uuid order by id limit $2`,
)
const MAKE_AGAIN = statement(
  'make-memory-vectors-again',
  `update memory_entries set stale = true where id = any($1::uuid[])`,
)
/** Only where nobody has called the move off, or begun another. */
const KEEP_PLACE = statement(
  'keep-place-of-memory-move',
  `update memory_store set moved_to = $3, moved = moved + $4 where only_one and moving_to = $1 and moved_to is not distinct from $2::uuid`,
)
const END_MOVE = statement(
  'end-memory-move',
  `update memory_store set leaving = kind, kind = $1, moving_to = null, moved_to = null
   where only_one and moving_to = $1 and leaving is null`,
)

/**
 * Empties the store that was moved away from, or whose move was called off. Until that is done the place is kept; from then on
 * whatever is forgotten stands in the one store alone. Throws as the store does, and `CONFIG` where this host does not know it.
 */
export async function leaveStore(core: MoveCore, kind: VectorStoreKind): Promise<void> {
  const store = openStore(core.memory, kind)
  for (const workspaceId of await workspacesWithMemory(core)) {
    await store.drop(workspaceId)
    crashPoint('store.emptying')
  }
  await core.sql.query(STORE_LEFT, [kind])
}
const STORE_LEFT = statement(
  'memory-store-left',
  `update memory_store set leaving = null where only_one and leaving = $1`,
)

/** Every workspace that ever remembered something. */
export async function workspacesWithMemory({ sql }: Pick<Core, 'sql'>): Promise<WorkspaceId[]> {
  return (await sql.query<{ workspace_id: WorkspaceId }>(WORKSPACES_WITH_MEMORY)).map(row => row.workspace_id)
}
const WORKSPACES_WITH_MEMORY = statement('workspaces-with-memory', `select workspace_id from memory_spaces`)

export interface MemoryStatus {
  readonly entries: number
  /** Of those, without a vector yet. */
  readonly waiting: number
  readonly embedder: string
  /** Made on this host, without a model. */
  readonly embedsHere: boolean
  readonly store: VectorStoreKind
  /** What does the search there. */
  readonly engine: string | null
  readonly stores: readonly VectorStoreKind[]
  readonly movingTo: VectorStoreKind | null
  /** Entries of the whole host that were copied. */
  readonly moved: number
  readonly toMove: number
  /** Was moved away from, or a move to it was called off: vectors are still there, and are being taken away. */
  readonly leaving: VectorStoreKind | null
  /** Why vectors could not be written the last time. */
  readonly failure: string | null
  readonly failedAt: Date | null
}

/** How the memory of a workspace stands, and where its vectors are. */
export async function memoryStatus(core: MoveCore, workspaceId: WorkspaceId): Promise<MemoryStatus> {
  const state = await storeState(core)
  const [counts] = await core.sql.query<{ entries: number; waiting: number; all: number }>(COUNT_ENTRIES, [
    workspaceId,
    core.clock.now(),
  ])
  const { embedder, stores } = core.memory
  return {
    entries: counts!.entries,
    waiting: counts!.waiting,
    embedder: embedder.model,
    embedsHere: embedder.model.startsWith('lexical-'),
    store: state.kind,
    engine: stores[state.kind]?.engine ?? null,
    stores: VECTOR_STORE_KINDS.filter(kind => stores[kind] !== undefined),
    movingTo: state.moving_to,
    moved: state.moved,
    toMove: state.moving_to === null ? 0 : counts!.all,
    leaving: state.leaving,
    failure: state.failure,
    failedAt: state.failed_at,
  }
}
const COUNT_ENTRIES = statement(
  'count-memories',
  `select count(*) filter (where workspace_id = $1 and (expires_at is null or expires_at > $2))::int as entries,
     count(*) filter (where workspace_id = $1 and stale)::int as waiting, count(*)::int as all
   from memory_entries`,
)
