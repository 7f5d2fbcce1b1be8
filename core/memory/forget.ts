import type { Core } from '../context.ts'
import type { WorkspaceId } from '../ids.ts'
import { type Sql, statement } from '../sql.ts'
import { noSuchEntry } from './entry.ts'

/** Forgets one entry; its vector goes after the commit. Throws `NOT_FOUND`. */
export async function forgetEntry(
  core: Pick<Core, 'sql' | 'clock' | 'pubsub'>,
  workspaceId: WorkspaceId,
  key: string,
): Promise<void> {
  const [gone] = await remove(core.sql, workspaceId, REMOVE_UNDER, [core.clock.now(), key])
  if (!gone) throw noSuchEntry(key)
  core.pubsub.publish('memory.changed', {
    workspaceId,
    entryId: gone.id,
    type: gone.type,
    module: gone.module,
    gone: true,
  })
}

/** For those that went together: after the commit that took them away. */
export function tellForgotten(core: Pick<Core, 'pubsub'>, workspaceId: WorkspaceId): void {
  core.pubsub.publish('memory.changed', { workspaceId, entryId: null, type: null, module: null, gone: true })
}

/** Somebody whose data is to go: the leads they are, and their addresses. */
export interface Person {
  readonly leadIds: readonly string[]
  readonly emails: readonly string[]
}

/**
 * Erases what the memory holds about a person: the entries of their addresses, and those that say whom they are about. Give it the
 * transaction of the erasure; vectors go from the stores after the commit, however often the process dies meanwhile. What only
 * mentions the person is another's, and keeps the rest of its words: the erasure cleans it under the revision that this counts up.
 * Answers how many entries there were; say `tellForgotten` after the commit.
 */
export async function eraseFromMemory(
  tx: Pick<Sql, 'query'>,
  workspaceId: WorkspaceId,
  { leadIds, emails }: Person,
  now: Date,
): Promise<number> {
  const keys = emails.map(email => `lead_${email.toLowerCase()}`)
  return (await remove(tx, workspaceId, ERASE_ABOUT, [now, leadIds, keys])).length
}

/** Forgets what has expired, in all workspaces; answers how much. */
export async function forgetExpired(core: Pick<Core, 'sql' | 'clock' | 'pubsub'>): Promise<number> {
  const rows = await core.sql.query<{ workspace_id: WorkspaceId }>(FIND_EXPIRED, [core.clock.now()])
  let gone = 0
  for (const { workspace_id } of rows) {
    const { length } = await remove(core.sql, workspace_id, REMOVE_EXPIRED, [core.clock.now()])
    if (length > 0) tellForgotten(core, workspace_id)
    gone += length
  }
  return gone
}

async function remove(
  sql: Pick<Sql, 'query'>,
  workspaceId: WorkspaceId,
  which: ReturnType<typeof statement>,
  parameters: readonly unknown[],
): Promise<readonly { readonly id: string; readonly type: string; readonly module: string | null }[]> {
  return sql.query(which, [workspaceId, ...parameters])
}

/** The entry goes, and says so to the store of vectors and to every cache, in one statement. */
const removing = (name: string, which: string) =>
  statement(
    name,
    `with counted as (
       insert into memory_spaces (workspace_id, revision, removed) values ($1, 1, 1)
       on conflict (workspace_id) do update set revision = memory_spaces.revision + 1, removed = memory_spaces.revision + 1
       returning workspace_id
     ), gone as (
       delete from memory_entries e using counted where e.workspace_id = counted.workspace_id and ${which} returning e.key, e.id, e.type, e.module
     ), told as (
       insert into memory_removals (workspace_id, key, removed_at) select $1, key, $2::timestamptz from gone
       on conflict (workspace_id, key) do nothing
     )
     select id, type, module from gone`,
  )
const REMOVE_UNDER = removing('forget-memory', 'e.key = $3')
const ERASE_ABOUT = removing('erase-memories-about', '(e.subject_id = any($3::uuid[]) or e.key = any($4::text[]))')
const REMOVE_EXPIRED = removing('forget-expired-memories', 'e.expires_at <= $2')
const FIND_EXPIRED = statement(
  'find-expired-memories',
  `select distinct workspace_id from memory_entries where expires_at <= $1`,
)
