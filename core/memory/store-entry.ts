import type { Core } from '../context.ts'
import { crashPoint } from '../crash-point.ts'
import { TraeError } from '../errors.ts'
import { newId, type WorkspaceId } from '../ids.ts'
import { statement } from '../sql.ts'
import {
  COLUMNS,
  type EntryRow,
  entryOf,
  keyOf,
  type MemoryEntry,
  memoryInput,
  type MemoryInput,
  type MemoryInputGiven,
} from './entry.ts'

/** Counts the workspace's revision up and holds its row, so that changes commit in the order of their numbers. */
export const COUNT_UP = `insert into memory_spaces (workspace_id, revision) values ($1, 1)
     on conflict (workspace_id) do update set revision = memory_spaces.revision + 1 returning revision`

const MOST_TRIES = 1000

/**
 * Remembers something. A diagnostic of the same company, a lead of the same address and the context of the same module replace
 * what was there; decisions and notes stand beside each other. `origin` is who stores it: the same origin storing the same
 * thing again gets what it stored before. The vector is written after the commit, by `keepVectors`. Throws `VALIDATION`.
 */
export async function storeEntry(
  core: Pick<Core, 'sql' | 'clock' | 'pubsub'>,
  workspaceId: WorkspaceId,
  given: MemoryInputGiven,
  origin: string,
): Promise<MemoryEntry> {
  const input = checked(given)
  const now = core.clock.now()
  const replaces = input.type !== 'decision' && input.type !== 'note'
  if (!replaces) {
    const [before] = await core.sql.query<EntryRow>(FIND_STORED, [workspaceId, origin, input.type])
    if (before) return entryOf(before)
  }
  const id = newId(now.getTime())
  let timestamp = input.timestamp === undefined ? now : new Date(input.timestamp)
  for (let tries = 1; ; tries++) {
    const entry = await write(core, replaces ? REPLACE_ENTRY : ADD_ENTRY, workspaceId, { input, id, timestamp, origin })
    if (entry) return entry
    if (tries === MOST_TRIES)
      throw new TraeError('CONFLICT', `There are ${MOST_TRIES} decisions around ${timestamp.toISOString()} already.`)
    timestamp = new Date(timestamp.getTime() + 1) // another decision has this very millisecond
  }
}

/**
 * As `storeEntry` does, but of a diagnostic, a context or a lead only where nothing stands that somebody else has stored: their own words stay.
 * Answers null there. What the host remembers by itself comes in by this way.
 */
export async function storeOwnEntry(
  core: Pick<Core, 'sql' | 'clock' | 'pubsub'>,
  workspaceId: WorkspaceId,
  given: MemoryInputGiven & { readonly type: 'diagnostic' | 'context' | 'lead' },
  origin: string,
): Promise<MemoryEntry | null> {
  const now = core.clock.now()
  const entry = { input: checked(given), id: newId(now.getTime()), timestamp: now, origin }
  return write(core, REPLACE_OWN, workspaceId, entry)
}

async function write(
  core: Pick<Core, 'sql' | 'clock' | 'pubsub'>,
  how: typeof ADD_ENTRY,
  workspaceId: WorkspaceId,
  {
    input,
    id,
    timestamp,
    origin,
  }: { readonly input: MemoryInput; readonly id: string; readonly timestamp: Date; readonly origin: string },
): Promise<MemoryEntry | null> {
  const [row] = await core.sql.query<EntryRow>(how, [
    workspaceId,
    id,
    keyOf(input, { timestamp, id }),
    input.type,
    input.module ?? null,
    input.outcome ?? (input.type === 'decision' ? 'pending' : null),
    input.content,
    JSON.stringify(input.data),
    input.importance,
    input.leadId ?? null,
    origin,
    timestamp,
    input.expiresAt ?? null,
    core.clock.now(),
  ])
  if (!row) return null
  crashPoint('memory.stored')
  tellChanged(core, row)
  return entryOf(row)
}

/** Tells whoever follows the memory that an entry is new or another. */
export function tellChanged(core: Pick<Core, 'pubsub'>, row: EntryRow): void {
  const { workspace_id: workspaceId, id: entryId, type, module } = row
  core.pubsub.publish('memory.changed', { workspaceId, entryId, type, module, gone: false })
}

function checked(given: MemoryInputGiven) {
  const parsed = memoryInput.safeParse(given)
  if (!parsed.success) {
    const lines = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the entry'}: ${message}`)
    throw new TraeError('VALIDATION', `This cannot be remembered: ${lines.join('; ')}`)
  }
  const text = JSON.stringify(parsed.data.data)
  if (text.length > MOST_DATA)
    throw new TraeError(
      'VALIDATION',
      `This cannot be remembered: data has ${text.length} characters; ${MOST_DATA} may be.`,
    )
  if (/\\u0000|\\ud[89a-f]/i.test(text))
    throw new TraeError('VALIDATION', 'This cannot be remembered: data contains U+0000 or half a surrogate pair.')
  return parsed.data
}
const MOST_DATA = 64 * 1024

const FIND_STORED = statement(
  'find-stored-memory',
  `select ${COLUMNS} from memory_entries where workspace_id = $1 and origin = $2 and type = $3 limit 1`,
)
const INSERT = `with counted as (${COUNT_UP})
   insert into memory_entries (workspace_id, id, key, type, module, outcome, content, data, importance, subject_id, origin,
     happened_at, expires_at, created_at, updated_at, revision, stale)
   select $1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9::real, $10::uuid, $11, $12::timestamptz, $13::timestamptz, $14, $14, revision, true
   from counted
   on conflict (workspace_id, key)`
const ADD_ENTRY = statement('add-memory', `${INSERT} do nothing returning ${COLUMNS}`)
const REPLACE = `${INSERT} do update set module = excluded.module, outcome = excluded.outcome, content = excluded.content, data = excluded.data,
     importance = excluded.importance, subject_id = excluded.subject_id, origin = excluded.origin, happened_at = excluded.happened_at,
     expires_at = excluded.expires_at, updated_at = excluded.updated_at, revision = excluded.revision, stale = true,
     failures = 0, try_at = null`
const REPLACE_ENTRY = statement('replace-memory', `${REPLACE} returning ${COLUMNS}`)
const REPLACE_OWN = statement(
  'replace-own-memory',
  `${REPLACE} where memory_entries.origin = excluded.origin returning ${COLUMNS}`,
)
