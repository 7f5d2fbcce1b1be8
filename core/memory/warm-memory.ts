import type { Core } from '../context.ts'
import { errorRecord } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'
import { openStore, storeState } from './memory.ts'

/** Fewer are read in a few tenths of a second, when somebody searches. */
const LEAST_ENTRIES = 5000

/**
 * Reads large memories before somebody searches them, the largest first, until half of what searches may hold is full: the rest
 * is for those that are really searched. To be begun once a process serves; reading gives everything else its turn. Never throws.
 */
export async function warmMemory(core: Pick<Core, 'sql' | 'log' | 'memory'>, signal: AbortSignal): Promise<void> {
  const { memory, sql } = core
  try {
    const store = openStore(memory, (await storeState(core)).kind)
    for (const { workspace_id } of await sql.query<{ workspace_id: WorkspaceId }>(LARGE_MEMORIES, [LEAST_ENTRIES])) {
      if (signal.aborted || memory.budget.bytes > memory.budget.most / 2) return
      await memory.index.of(workspace_id)
      if (!signal.aborted) await store.warm(workspace_id)
    }
  } catch (error) {
    core.log.warn({ err: errorRecord(error) }, 'the memory was not read ahead: its first search does it')
  }
}
const LARGE_MEMORIES = statement(
  'large-memories',
  `select workspace_id from memory_entries group by workspace_id having count(*) >= $1 order by count(*) desc limit 100`,
)
