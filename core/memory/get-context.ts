import type { WorkspaceId } from '../ids.ts'
import { type ModuleKey } from '../playbooks/playbook.ts'
import type { MemoryEntry } from './entry.ts'
import { type Experience, experienceOf } from './learn-from-outcomes.ts'
import { listEntries, retrieveEntry } from './read-entries.ts'
import { type Found, type SearchCore, searchMemory } from './search-memory.ts'

/** What a module should know before it works. */
export interface MemoryContext {
  /** `context_<module>`: how things stand, in its own words. */
  readonly context: MemoryEntry | null
  /** Its last decisions, newest first. */
  readonly decisions: readonly MemoryEntry[]
  /** What fits the question, where one was asked. */
  readonly related: readonly Found[]
  /** How these went. */
  readonly experience: Experience
}

/** The context of a module; with `query` also what the whole workspace remembers of that. */
export async function getContext(
  core: SearchCore,
  workspaceId: WorkspaceId,
  module: ModuleKey,
  { query, first = 5 }: { readonly query?: string | undefined; readonly first?: number | undefined } = {},
): Promise<MemoryContext> {
  const filter = { types: ['decision' as const], modules: [module] }
  const [context, decisions, related] = await Promise.all([
    retrieveEntry(core, workspaceId, `context_${module}`),
    listEntries(core, workspaceId, { first, filter }),
    query === undefined ? { found: [] } : searchMemory(core, workspaceId, query, { first }),
  ])
  const nodes = decisions.items.map(({ node }) => node)
  const told = related.found.filter(({ entry }) => entry.key !== context?.key)
  const counted = new Map([...nodes, ...told.map(({ entry }) => entry)].map(entry => [entry.id, { entry }]))
  return { context, decisions: nodes, related: told, experience: experienceOf([...counted.values()]) }
}
