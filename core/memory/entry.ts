import { createHash } from 'node:crypto'
import { z } from 'zod'
import { TraeError } from '../errors.ts'
import type { WorkspaceId } from '../ids.ts'
import { MODULE_KEYS, type ModuleKey } from '../playbooks/playbook.ts'

export const MEMORY_TYPES = ['decision', 'diagnostic', 'lead', 'context', 'note'] as const
export type MemoryType = (typeof MEMORY_TYPES)[number]
export const MEMORY_OUTCOMES = ['success', 'failure', 'pending'] as const
export type MemoryOutcome = (typeof MEMORY_OUTCOMES)[number]

/** One thing that the workspace remembers. */
export interface MemoryEntry {
  readonly id: string
  readonly workspaceId: WorkspaceId
  /** `decision_<timestamp>`, `diagnostic_<company>`, `lead_<e-mail>`, `context_<module>`, `note_<id>`. */
  readonly key: string
  readonly type: MemoryType
  readonly module: ModuleKey | null
  readonly outcome: MemoryOutcome | null
  readonly content: string
  readonly data: Readonly<Record<string, unknown>>
  /** 0 to 1: what it counts beside others that fit as well. */
  readonly importance: number
  /** The lead it is about. */
  readonly leadId: string | null
  /** Who stored it: `run:…`, `user:…`. */
  readonly origin: string
  /** When what it tells of was so. */
  readonly timestamp: Date
  readonly expiresAt: Date | null
  readonly createdAt: Date
  readonly updatedAt: Date
  /** Its vector is written: it is found by meaning as well as by its words. */
  readonly embedded: boolean
}

const plain = (max: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(max)
    // oxlint-disable-next-line no-control-regex -- no database keeps it
    .refine(text => !/\u0000|\p{Cs}/u.test(text), 'must not contain U+0000 or half a surrogate pair')

const shared = {
  content: plain(20_000),
  data: z.record(z.string(), z.unknown()).default({}),
  outcome: z.enum(MEMORY_OUTCOMES).optional(),
  importance: z.number().min(0).max(1).default(0.5),
  leadId: z.uuid().optional(),
  timestamp: z.iso.datetime({ offset: true }).optional(),
  expiresAt: z.iso.datetime({ offset: true }).optional(),
}
const module = z.enum(MODULE_KEYS)

/** What may be stored; its type says what it is known by. */
export const memoryInput = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('decision'), module: module.optional(), ...shared }),
  z.strictObject({ type: z.literal('diagnostic'), company: plain(200), module: module.optional(), ...shared }),
  z.strictObject({ type: z.literal('lead'), email: z.email().max(255), module: module.optional(), ...shared }),
  z.strictObject({ type: z.literal('context'), module, ...shared }),
  z.strictObject({ type: z.literal('note'), module: module.optional(), ...shared }),
])
export type MemoryInput = z.infer<typeof memoryInput>
export type MemoryInputGiven = z.input<typeof memoryInput>

/** Which entries; of a list, one must hold. */
export const memoryFilter = z.strictObject({
  types: z.array(z.enum(MEMORY_TYPES)).max(MEMORY_TYPES.length).optional(),
  modules: z.array(module).max(MODULE_KEYS.length).optional(),
  outcomes: z.array(z.enum(MEMORY_OUTCOMES)).max(MEMORY_OUTCOMES.length).optional(),
  since: z.iso.datetime({ offset: true }).optional(),
  leadId: z.uuid().optional(),
})
export type MemoryFilter = z.infer<typeof memoryFilter>

/** The key under which an entry of this kind stands; decisions and notes have one each, so a later one never replaces it. */
export function keyOf(input: MemoryInput, { timestamp, id }: { timestamp: Date; id: string }): string {
  switch (input.type) {
    case 'decision':
      return `decision_${timestamp.toISOString()}`
    case 'diagnostic':
      return `diagnostic_${shortened(input.company.toLowerCase().replace(/\s+/g, ' '))}`
    case 'lead':
      return `lead_${input.email.toLowerCase()}`
    case 'context':
      return `context_${input.module}`
    case 'note':
      return `note_${id}`
    default:
      return input satisfies never
  }
}

/** A name that stores of vectors take whole: of a longer one the beginning, and a hash that no other name has. */
function shortened(name: string): string {
  if (vectorIdOf(name).length <= MOST_OF_NAME) return name
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 16)
  let [kept, length] = ['', 0]
  for (const letter of name) {
    length += vectorIdOf(letter).length
    if (length > MOST_OF_NAME - hash.length) break
    kept += letter
  }
  return `${kept}#${hash}`
}
/** What Pinecone takes as an id is 512 bytes; the rest is for what stands before the name. */
const MOST_OF_NAME = 480

/** The key as stores of vectors take it: printable ASCII, nothing two keys share. */
export const vectorIdOf = (key: string): string =>
  [...Buffer.from(key)]
    .map(byte =>
      byte > 0x20 && byte < 0x7f && byte !== 0x25
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).padStart(2, '0').toUpperCase()}`,
    )
    .join('')
export const keyOfVectorId = (id: string): string => decodeURIComponent(id)

export interface EntryRow {
  readonly id: string
  readonly workspace_id: WorkspaceId
  readonly key: string
  readonly type: MemoryType
  readonly module: ModuleKey | null
  readonly outcome: MemoryOutcome | null
  readonly content: string
  readonly data: Readonly<Record<string, unknown>>
  readonly importance: number
  readonly subject_id: string | null
  readonly origin: string
  readonly happened_at: Date
  readonly expires_at: Date | null
  readonly created_at: Date
  readonly updated_at: Date
  readonly revision: string
  readonly stale: boolean
}

export const entryOf = (row: EntryRow): MemoryEntry => ({
  id: row.id,
  workspaceId: row.workspace_id,
  key: row.key,
  type: row.type,
  module: row.module,
  outcome: row.outcome,
  content: row.content,
  data: row.data,
  importance: row.importance,
  leadId: row.subject_id,
  origin: row.origin,
  timestamp: row.happened_at,
  expiresAt: row.expires_at,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  embedded: !row.stale,
})

export const COLUMNS = `id, workspace_id, key, type, module, outcome, content, data, importance, subject_id, origin, happened_at, expires_at, created_at, updated_at, revision, stale`

export const noSuchEntry = (key: string) =>
  new TraeError('NOT_FOUND', `The memory has no entry ${JSON.stringify(key)}.`)
