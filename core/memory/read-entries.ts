import type { Core } from '../context.ts'
import type { WorkspaceId } from '../ids.ts'
import { compared, type Listing, type ListRequest, oneOf, readList } from '../listing.ts'
import type { Page } from '../page.ts'
import { statement } from '../sql.ts'
import { COLUMNS, type EntryRow, entryOf, type MemoryEntry, type MemoryFilter, noSuchEntry } from './entry.ts'

type ReadCore = Pick<Core, 'sql' | 'clock'>

/** The entry under a key; null where there is none, or it has expired. */
export async function retrieveEntry(
  core: ReadCore,
  workspaceId: WorkspaceId,
  key: string,
): Promise<MemoryEntry | null> {
  const [entry] = await entriesUnder(core, workspaceId, [key])
  return entry ?? null
}

/** Those of these keys that are there and have not expired, in any order. */
export async function entriesUnder(
  core: ReadCore,
  workspaceId: WorkspaceId,
  keys: readonly string[],
): Promise<MemoryEntry[]> {
  if (keys.length === 0) return []
  return (await core.sql.query<EntryRow>(READ_UNDER, [workspaceId, keys, core.clock.now()])).map(entryOf)
}
const READ_UNDER = statement(
  'read-memories-under',
  `select ${COLUMNS} from memory_entries
   where workspace_id = $1 and key = any($2::text[]) and (expires_at is null or expires_at > $3)`,
)

/** By its id. Throws `NOT_FOUND`. */
export async function getEntry(core: ReadCore, workspaceId: WorkspaceId, id: string): Promise<MemoryEntry> {
  const [entry] = await findEntries(core, workspaceId, [id])
  if (!entry) throw noSuchEntry(id)
  return entry
}

/** Those of these ids that are there and have not expired, in any order. */
export async function findEntries(
  core: ReadCore,
  workspaceId: WorkspaceId,
  ids: readonly string[],
): Promise<MemoryEntry[]> {
  return (await core.sql.query<EntryRow>(FIND_ENTRIES, [workspaceId, ids, core.clock.now()])).map(entryOf)
}
const FIND_ENTRIES = statement(
  'find-memories',
  `select ${COLUMNS} from memory_entries
   where workspace_id = $1 and id = any($2::uuid[]) and (expires_at is null or expires_at > $3)`,
)

export type MemorySortBy = 'happenedAt' | 'importance'

/** Newest first, by when it was so, unless another order is asked for. */
export const listEntries = (
  core: ReadCore,
  workspaceId: WorkspaceId,
  request: ListRequest<MemoryFilter, MemorySortBy>,
): Promise<Page<MemoryEntry>> => readList(core.sql, ENTRIES, workspaceId, request, entryOf, { now: core.clock.now() })
const ENTRIES: Listing<MemoryFilter, MemorySortBy> = {
  name: 'list-memories',
  columns: COLUMNS,
  from: 'memory_entries e',
  of: `e.workspace_id = $1 and (e.expires_at is null or e.expires_at > ($2::jsonb ->> 'now')::timestamptz)`,
  id: 'e.id',
  conditions: {
    types: oneOf('e.type'),
    modules: oneOf('e.module'),
    outcomes: oneOf('e.outcome'),
    since: compared('e.happened_at', '>=', 'timestamptz'),
    leadId: compared('e.subject_id', '=', 'uuid'),
  },
  orders: {
    happenedAt: { by: 'e.happened_at', type: 'timestamptz' },
    importance: { by: 'e.importance', type: 'real' },
  },
  usual: { by: 'happenedAt' },
}
