import type { Core } from '../context.ts'
import type { WorkspaceId } from '../ids.ts'
import { decodeCursor, type Page, type PageRequest, pageSize, toPage } from '../page.ts'
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

/** Newest first, by when it was so. */
export async function listEntries(
  core: ReadCore,
  workspaceId: WorkspaceId,
  request: PageRequest & { readonly filter?: MemoryFilter | null | undefined },
): Promise<Page<MemoryEntry>> {
  const size = pageSize(request)
  const after = decodeCursor(request.after)
  const { types, modules, outcomes, since, leadId } = request.filter ?? {}
  const rows = await core.sql.query<EntryRow>(LIST_ENTRIES, [
    workspaceId,
    after?.at ?? null,
    after?.id ?? null,
    size + 1,
    types ?? null,
    modules ?? null,
    outcomes ?? null,
    since ?? null,
    leadId ?? null,
    core.clock.now(),
  ])
  return toPage(rows, size, request, row => ({ at: row.happened_at, id: row.id }), entryOf)
}
const LIST_ENTRIES = statement(
  'list-memories',
  `select ${COLUMNS} from memory_entries
   where workspace_id = $1 and ($2::timestamptz is null or (happened_at, id) < ($2, $3::uuid))
     and ($5::text[] is null or type = any($5)) and ($6::text[] is null or module = any($6))
     and ($7::text[] is null or outcome = any($7)) and ($8::timestamptz is null or happened_at >= $8)
     and ($9::uuid is null or subject_id = $9) and (expires_at is null or expires_at > $10)
   order by happened_at desc, id desc limit $4`,
)
