import type { Core } from '../context.ts'
import type { WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'
import { COLUMNS, type EntryRow, entryOf, type MemoryEntry, type MemoryOutcome } from './entry.ts'
import { COUNT_UP, tellChanged } from './store-entry.ts'

export interface Learnt {
  readonly key: string
  readonly outcome: MemoryOutcome
  /** What is to be kept of it, in words. */
  readonly note?: string | undefined
}

/**
 * Tells the memory how things ended. An entry whose outcome is known counts more in a search than one that is open, and its note
 * is found with it. The same outcome told again changes nothing. Answers the entries that it knows; of others there is nothing
 * to learn.
 */
export async function learnFromOutcomes(
  core: Pick<Core, 'sql' | 'clock' | 'pubsub'>,
  workspaceId: WorkspaceId,
  outcomes: readonly Learnt[],
): Promise<MemoryEntry[]> {
  const last = [...new Map(outcomes.map(one => [one.key, one])).values()]
  if (last.length === 0) return []
  const given = last.map(({ key, outcome, note }) => ({ key, outcome, note: note?.trim().slice(0, 2000) || null }))
  const now = core.clock.now()
  const rows = await core.sql.query<EntryRow>(LEARN, [workspaceId, JSON.stringify(given), now])
  for (const row of rows) if (row.updated_at.getTime() === now.getTime()) tellChanged(core, row)
  return rows.map(entryOf)
}
const LEARN = statement(
  'learn-from-outcomes',
  `with told as (
     select * from jsonb_to_recordset($2::jsonb) as t(key text, outcome text, note text)
   ), news as (
     select t.* from told t join memory_entries e on e.workspace_id = $1 and e.key = t.key
     where e.outcome is distinct from t.outcome or (t.note is not null and position(t.note in e.content) = 0)
   ), counted as (${COUNT_UP}), learnt as (
     update memory_entries e set outcome = n.outcome,
       content = case when n.note is null or position(n.note in e.content) > 0 then e.content else e.content || E'\\n' || n.note end,
       importance = case when n.outcome = 'pending' then e.importance else least(1, greatest(e.importance, 0.5) + 0.2) end,
       updated_at = $3, revision = counted.revision, stale = true, failures = 0, try_at = null
     from news n, counted where e.workspace_id = $1 and e.key = n.key
     returning e.*
   )
   select ${COLUMNS} from learnt
   union all
   select ${COLUMNS} from memory_entries where workspace_id = $1 and key in (select key from told) and key not in (select key from news)`,
)

/** How things like this went before. */
export interface Experience {
  readonly success: number
  readonly failure: number
  readonly pending: number
  /** Successes among those that ended; null where none has. */
  readonly rate: number | null
}

/** Counts how the entries given ended. */
export function experienceOf(found: readonly { readonly entry: MemoryEntry }[]): Experience {
  const count = (outcome: MemoryOutcome) => found.filter(({ entry }) => entry.outcome === outcome).length
  const [success, failure, pending] = [count('success'), count('failure'), count('pending')]
  return { success, failure, pending, rate: success + failure === 0 ? null : success / (success + failure) }
}
