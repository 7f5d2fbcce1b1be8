import type { ByteBudget } from '../byte-budget.ts'
import type { WorkspaceId } from '../ids.ts'
import { type Sql, statement } from '../sql.ts'
import { takeTurns } from '../take-turns.ts'
import type { EntryRow } from './entry.ts'
import { LexicalIndex } from './lexical-index.ts'

interface Kept {
  readonly index: LexicalIndex
  readonly revision: number
  readonly removed: number
}

/** Rows of one question: the driver reads an answer in one go, and 1,000 entries are a few milliseconds. */
const ROWS_AT_ONCE = 1000
const KEYS_AT_ONCE = 5000
/** Entries that are taken apart into words before something else has its turn: some 10 ms. */
const ENTRIES_A_TURN = 100

/**
 * The words of each workspace's memory, in the memory of this process. Before a search it reads what was changed since the
 * last, by any process: changes of a workspace commit in the order of their revisions.
 */
export class MemoryIndex {
  readonly #sql: Pick<Sql, 'query'>
  readonly #budget: ByteBudget
  readonly #kept = new Map<WorkspaceId, Kept>()
  readonly #reading = new Map<WorkspaceId, Promise<LexicalIndex>>()

  constructor(sql: Pick<Sql, 'query'>, budget: ByteBudget) {
    this.#sql = sql
    this.#budget = budget
  }

  /** As the database has it when it is asked. */
  async of(workspaceId: WorkspaceId): Promise<LexicalIndex> {
    await this.#reading.get(workspaceId)?.catch(() => {}) // it may have begun before what is asked about
    const reading =
      this.#reading.get(workspaceId) ?? this.#read(workspaceId).finally(() => this.#reading.delete(workspaceId))
    this.#reading.set(workspaceId, reading)
    return reading
  }

  async #read(workspaceId: WorkspaceId): Promise<LexicalIndex> {
    const kept = this.#kept.get(workspaceId)
    const known = kept?.index.tired ? undefined : kept
    const index = known?.index ?? new LexicalIndex()
    let revision = known?.revision ?? 0
    const [space] = await this.#sql.query<{ removed: string }>(READ_SPACE, [workspaceId])
    const removed = Number(space?.removed ?? 0)
    if (known && removed > known.removed) {
      index.keepOnly(await this.#keysOf(workspaceId))
    }
    for (let full = true; full;) {
      const rows: Changed[] = await this.#sql.query<Changed>(READ_CHANGED, [workspaceId, revision, ROWS_AT_ONCE])
      await takeTurns(rows, ENTRIES_A_TURN, row => {
        const { key, type, module, outcome, happened_at } = row
        index.set(key, textOf(row), { type, module, outcome, at: happened_at.getTime() })
      })
      if (rows.length > 0) revision = Number(rows.at(-1)!.revision)
      full = rows.length >= ROWS_AT_ONCE
    }
    this.#kept.set(workspaceId, { index, revision, removed })
    this.#budget.use(workspaceId, 'words', { bytes: index.bytes, drop: () => this.#kept.delete(workspaceId) })
    return index
  }

  /** An entry that comes between two pages has a later revision, and is read with what was changed. */
  async #keysOf(workspaceId: WorkspaceId): Promise<Set<string>> {
    const keys = new Set<string>()
    for (let last = '', full = true; full;) {
      const rows = await this.#sql.query<{ key: string }>(READ_KEYS, [workspaceId, last, KEYS_AT_ONCE])
      for (const { key } of rows) keys.add(key)
      last = rows.at(-1)?.key ?? last
      full = rows.length === KEYS_AT_ONCE
    }
    return keys
  }
}

/** What an entry is found by: what it says, and what it is called. The number of a note and the time of a decision are no names. */
export const textOf = ({ key, type, content }: Pick<EntryRow, 'key' | 'type' | 'content'>): string =>
  type === 'note' || type === 'decision' ? content : `${key.slice(key.indexOf('_') + 1)}\n${content}`

type Changed = Pick<EntryRow, 'key' | 'type' | 'module' | 'outcome' | 'content' | 'happened_at' | 'revision'>

const READ_SPACE = statement('read-memory-space', `select removed from memory_spaces where workspace_id = $1`)
const READ_KEYS = statement(
  'read-memory-keys',
  `select key from memory_entries where workspace_id = $1 and key > $2 order by key limit $3`,
)
const READ_CHANGED = statement(
  'read-changed-memories',
  `select key, type, module, outcome, content, happened_at, revision from memory_entries
   where workspace_id = $1 and revision > $2
   order by revision fetch first $3 rows with ties`,
)
