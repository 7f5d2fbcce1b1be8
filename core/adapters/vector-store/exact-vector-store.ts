import type { ByteBudget } from '../../byte-budget.ts'
import { TraeError } from '../../errors.ts'
import { type Sql, statement } from '../../sql.ts'
import { takeTurns } from '../../take-turns.ts'
import type { StoredVector, VectorMatch, VectorMetadata, VectorQuery, VectorStore } from './vector-store.ts'
import { toBytes, VectorTable } from './vector-table.ts'

interface Cache {
  readonly table: VectorTable
  readonly revision: number
  readonly removed: number
}

/** Of one question: the driver reads an answer in one go, and 1,000 vectors are a megabyte. */
const ROWS_AT_ONCE = 1000
const VECTORS_A_TURN = 500
const PAGE = 1000

/**
 * Vectors as rows of bytes, and a search through all of them in the memory of the process. Works on any Postgres and on the
 * embedded database. Every write counts the space's revision up under a lock, so that a process reads what others have
 * changed since it last looked, and nothing else. 100,000 vectors of 512 components take about 70 MB of the budget.
 */
export class ExactVectorStore implements VectorStore {
  readonly kind = 'database'
  readonly engine = 'exact search'
  readonly #sql: Sql
  readonly #budget: ByteBudget
  readonly #caches = new Map<string, Cache>()
  readonly #reading = new Map<string, Promise<VectorTable | undefined>>()

  constructor(sql: Sql, budget: ByteBudget) {
    this.#sql = sql
    this.#budget = budget
  }

  async upsert(space: string, vectors: readonly StoredVector[]): Promise<void> {
    if (vectors.length === 0) return
    const rows = [...new Map(vectors.map(vector => [vector.id, vector])).values()].map(({ id, values, metadata }) => {
      const { scale, components } = toBytes(values)
      return { id, scale, components: Buffer.from(components.buffer).toString('base64'), metadata }
    })
    const [first] = await this.#sql.query<{ length: number }>(ONE_LENGTH, [space])
    const wrong = vectors.find(({ values }) => values.length !== (first?.length ?? vectors[0]!.values.length))
    if (wrong)
      throw new TraeError(
        'CONFIG',
        `The vectors of this memory have ${first?.length ?? vectors[0]!.values.length} components, found ${wrong.values.length}.`,
      )
    await this.#sql.query(UPSERT, [space, JSON.stringify(rows)])
  }

  async remove(space: string, ids: readonly string[]): Promise<void> {
    if (ids.length > 0) await this.#sql.query(REMOVE, [space, ids])
  }

  async query(space: string, { values, top, filter }: VectorQuery): Promise<VectorMatch[]> {
    return (await this.#table(space))?.nearest(values, top, filter) ?? []
  }

  async warm(space: string): Promise<void> {
    await this.#table(space)
  }

  async fetch(space: string, ids: readonly string[]): Promise<StoredVector[]> {
    const rows = await this.#sql.query<Row>(FETCH, [space, ids])
    return rows.map(({ id, scale, components, metadata }) => ({
      id,
      values: Float32Array.from(bytesOf(components), byte => byte * scale),
      metadata,
    }))
  }

  async list(space: string, after = '') {
    const rows = await this.#sql.query<{ id: string }>(LIST, [space, after, PAGE])
    return { ids: rows.map(({ id }) => id), next: rows.length < PAGE ? undefined : rows.at(-1)!.id }
  }

  async drop(space: string): Promise<void> {
    await this.#sql.query(DROP, [space])
  }

  /** As the database has it now. Those who ask while it is read wait for the reading that begins after their question. */
  async #table(space: string): Promise<VectorTable | undefined> {
    const running = this.#reading.get(space)
    if (running) await running.catch(() => {})
    const reading = this.#reading.get(space) ?? this.#read(space).finally(() => this.#reading.delete(space))
    this.#reading.set(space, reading)
    return reading
  }

  async #read(space: string): Promise<VectorTable | undefined> {
    let { table, revision = 0, removed = 0 }: Partial<Cache> = this.#caches.get(space) ?? {}
    const [state] = await this.#sql.query<{ removed: string }>(READ_SPACE, [space])
    if (table && Number(state!.removed) > removed) {
      const ids = await this.#sql.query<{ id: string }>(READ_IDS, [space])
      table.keepOnly(new Set(ids.map(({ id }) => id)))
    }
    removed = Number(state?.removed ?? 0)
    for (let full = true; full;) {
      const rows: Row[] = await this.#sql.query<Row>(READ_CHANGED, [space, revision, ROWS_AT_ONCE])
      await takeTurns(rows, VECTORS_A_TURN, row => {
        const components = bytesOf(row.components)
        if (components.length !== table?.dimensions) table = new VectorTable(components.length)
        table.set(row.id, { scale: row.scale, components }, row.metadata)
      })
      if (rows.length > 0) revision = Number(rows.at(-1)!.revision)
      full = rows.length >= ROWS_AT_ONCE
    }
    if (!table) return undefined
    this.#caches.set(space, { table, revision, removed })
    this.#budget.use(space, 'vectors', { bytes: table.bytes, drop: () => this.#caches.delete(space) })
    return table
  }
}

interface Row {
  readonly id: string
  readonly scale: number
  readonly components: Uint8Array
  readonly metadata: VectorMetadata
  readonly revision: string
}

const bytesOf = (bytes: Uint8Array) => new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)

const ONE_LENGTH = statement(
  'length-of-a-memory-vector',
  `select length(components) as length from memory_vectors where space = $1 limit 1`,
)
const UPSERT = statement(
  'upsert-memory-vectors',
  `with counted as (
     insert into memory_vector_spaces (space, revision) values ($1, 1)
     on conflict (space) do update set revision = memory_vector_spaces.revision + 1 returning revision
   )
   insert into memory_vectors (space, id, scale, components, metadata, revision)
   select $1, v.id, v.scale, decode(v.components, 'base64'), v.metadata, counted.revision
   from counted, jsonb_to_recordset($2::jsonb) as v(id text, scale real, components text, metadata jsonb)
   on conflict (space, id) do update set scale = excluded.scale, components = excluded.components,
     metadata = excluded.metadata, revision = excluded.revision`,
)
/** The space first: whoever reads it knows that something is gone, and its lock keeps the order. */
const removing = (name: string, which: string) =>
  statement(
    name,
    `with counted as (
       insert into memory_vector_spaces (space, revision, removed) values ($1, 1, 1)
       on conflict (space) do update set revision = memory_vector_spaces.revision + 1, removed = memory_vector_spaces.revision + 1
       returning space
     )
     delete from memory_vectors v using counted where v.space = counted.space ${which}`,
  )
const REMOVE = removing('remove-memory-vectors', 'and v.id = any($2::text[])')
const DROP = removing('drop-memory-vectors', '')
const FETCH = statement(
  'fetch-memory-vectors',
  `select id, scale, components, metadata from memory_vectors where space = $1 and id = any($2::text[])`,
)
const LIST = statement(
  'list-memory-vectors',
  `select id from memory_vectors where space = $1 and id > $2 order by id limit $3`,
)
const READ_SPACE = statement('read-vector-space', `select removed from memory_vector_spaces where space = $1`)
const READ_IDS = statement('read-vector-ids', `select id from memory_vectors where space = $1`)
const READ_CHANGED = statement(
  'read-changed-memory-vectors',
  `select id, scale, components, metadata, revision from memory_vectors
   where space = $1 and revision > $2
   order by revision fetch first $3 rows with ties`,
)
