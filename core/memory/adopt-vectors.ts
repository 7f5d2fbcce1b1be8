import type { VectorStore } from '../adapters/vector-store/vector-store.ts'
import type { Core } from '../context.ts'
import { crashPoint } from '../crash-point.ts'
import type { WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'
import { keyOfVectorId, vectorIdOf } from './entry.ts'
import { openStore, storeState } from './memory.ts'
import { workspacesWithMemory } from './move-store.ts'

type AdoptCore = Pick<Core, 'sql' | 'memory'>

/**
 * Takes over what this database kept before it had pgvector: without it no older entry would be found by its meaning. Where vectors
 * are elsewhere by now it only takes away. A page at a time is written to the new place and then taken from the old one, so a process
 * that dies anywhere goes on where it was. `goOn` is asked after every page; answers whether all is done.
 */
export async function adoptVectors(core: AdoptCore, goOn: () => Promise<boolean>): Promise<boolean> {
  const { before } = core.memory
  if (!before) return true
  const { kind, moving_to } = await storeState(core)
  const wanted = kind === 'database' || moving_to === 'database'
  for (const workspaceId of await workspacesWithMemory(core))
    for (;;) {
      const { ids } = await before.list(workspaceId)
      if (ids.length === 0) break
      if (wanted) await adopt(core, { workspaceId, ids, before, now: openStore(core.memory, 'database') })
      await before.remove(workspaceId, ids)
      if (!(await goOn())) return false
    }
  return true
}

interface Page {
  readonly workspaceId: WorkspaceId
  readonly ids: readonly string[]
  readonly before: VectorStore
  readonly now: VectorStore
}

async function adopt({ sql }: AdoptCore, { workspaceId, ids, before, now }: Page): Promise<void> {
  const newer = new Set((await now.fetch(workspaceId, ids)).map(({ id }) => id))
  const vectors = await before.fetch(workspaceId, ids)
  await now.upsert(
    workspaceId,
    vectors.filter(({ id }) => !newer.has(id)),
  )
  crashPoint('vectors.adopted')
  const rows = await sql.query<{ key: string }>(KEYS_THERE, [workspaceId, ids.map(keyOfVectorId)])
  const there = new Set(rows.map(({ key }) => vectorIdOf(key)))
  await now.remove(
    workspaceId,
    ids.filter(id => !there.has(id)), // forgotten
  )
}
const KEYS_THERE = statement(
  'memory-keys-there',
  `select key from memory_entries where workspace_id = $1 and key = any($2::text[])`,
)
