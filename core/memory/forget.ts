import type { Core } from '../context.ts'
import type { WorkspaceId } from '../ids.ts'
import { type Sql, statement } from '../sql.ts'
import { COLUMNS, type EntryRow, entryOf, type MemoryEntry, noSuchEntry } from './entry.ts'

/** Forgets one entry; its vector goes after the commit. Throws `NOT_FOUND`. */
export async function forgetEntry(
  core: Pick<Core, 'sql' | 'clock'>,
  workspaceId: WorkspaceId,
  key: string,
): Promise<void> {
  if ((await remove(core.sql, workspaceId, REMOVE_UNDER, [core.clock.now(), key])) === 0) throw noSuchEntry(key)
}

/** Somebody whose data is asked for: by the lead they are, by their address, or both. */
export interface Person {
  readonly leadId?: string | undefined
  readonly email?: string | undefined
}

/** All that the memory holds of a person, for them to read. */
export async function memoryAbout(
  core: { readonly sql: Pick<Sql, 'query'> },
  workspaceId: WorkspaceId,
  { leadId, email }: Person,
): Promise<MemoryEntry[]> {
  return (await core.sql.query<EntryRow>(READ_ABOUT, [workspaceId, leadId ?? null, mention(email), keyFor(email)])).map(
    entryOf,
  )
}

/**
 * Erases what the memory holds of a person: the entry of their address, those that say whom they are about, and those that name
 * the address. Give it the transaction of the erasure; vectors go from the store after the commit, however often the process
 * dies meanwhile. Answers how many entries there were.
 */
export async function eraseFromMemory(
  tx: Pick<Sql, 'query'>,
  workspaceId: WorkspaceId,
  { leadId, email }: Person,
  now: Date,
): Promise<number> {
  return remove(tx, workspaceId, ERASE_ABOUT, [now, leadId ?? null, mention(email), keyFor(email)])
}

/** Forgets what has expired, in all workspaces; answers how much. */
export async function forgetExpired(core: Pick<Core, 'sql' | 'clock'>): Promise<number> {
  const rows = await core.sql.query<{ workspace_id: WorkspaceId }>(FIND_EXPIRED, [core.clock.now()])
  let gone = 0
  for (const { workspace_id } of rows) gone += await remove(core.sql, workspace_id, REMOVE_EXPIRED, [core.clock.now()])
  return gone
}

const keyFor = (email: string | undefined) => (email === undefined ? null : `lead_${email.toLowerCase()}`)
/** For `like`: the address anywhere. */
const mention = (email: string | undefined) =>
  email === undefined ? null : `%${email.toLowerCase().replaceAll(/[\\%_]/g, found => `\\${found}`)}%`

async function remove(
  sql: Pick<Sql, 'query'>,
  workspaceId: WorkspaceId,
  which: ReturnType<typeof statement>,
  parameters: readonly unknown[],
): Promise<number> {
  const [row] = await sql.query<{ gone: number }>(which, [workspaceId, ...parameters])
  return row?.gone ?? 0
}

const ABOUT = (lead: number) => `(subject_id = $${lead}::uuid or key = $${lead + 2}
     or lower(content) like $${lead + 1} or lower(data::text) like $${lead + 1})`
/** The entry goes, and says so to the store of vectors and to every cache, in one statement. */
const removing = (name: string, which: string) =>
  statement(
    name,
    `with counted as (
       insert into memory_spaces (workspace_id, revision, removed) values ($1, 1, 1)
       on conflict (workspace_id) do update set revision = memory_spaces.revision + 1, removed = memory_spaces.revision + 1
       returning workspace_id
     ), gone as (
       delete from memory_entries e using counted where e.workspace_id = counted.workspace_id and ${which} returning e.key
     ), told as (
       insert into memory_removals (workspace_id, key, removed_at) select $1, key, $2::timestamptz from gone
       on conflict (workspace_id, key) do nothing
     )
     select count(*)::int as gone from gone`,
  )
const REMOVE_UNDER = removing('forget-memory', 'e.key = $3')
const ERASE_ABOUT = removing('erase-memories-about', ABOUT(3))
const REMOVE_EXPIRED = removing('forget-expired-memories', 'e.expires_at <= $2')
const READ_ABOUT = statement(
  'read-memories-about',
  `select ${COLUMNS} from memory_entries where workspace_id = $1 and ${ABOUT(2)} order by happened_at, id`,
)
const FIND_EXPIRED = statement(
  'find-expired-memories',
  `select distinct workspace_id from memory_entries where expires_at <= $1`,
)
