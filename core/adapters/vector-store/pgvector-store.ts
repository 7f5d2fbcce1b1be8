import { TraeError } from '../../errors.ts'
import { type Sql, statement } from '../../sql.ts'
import type { StoredVector, VectorMatch, VectorMetadata, VectorQuery, VectorStore } from './vector-store.ts'

const PAGE = 1000
/** What an HNSW index of pgvector takes. */
const MOST_DIMENSIONS = 2000

/**
 * Vectors in Postgres under an HNSW index of the extension pgvector (0.8 or newer: its scan goes on until enough rows fit the
 * filter). A table for each length of vectors, made when the first comes.
 */
export class PgvectorStore implements VectorStore {
  readonly kind = 'database'
  readonly engine: string
  readonly #sql: Sql
  readonly #tables = new Map<number, Promise<string>>()

  constructor(sql: Sql, version: string) {
    this.#sql = sql
    this.engine = `pgvector ${version}`
  }

  async upsert(space: string, vectors: readonly StoredVector[]): Promise<void> {
    if (vectors.length === 0) return
    const [{ values }] = vectors as [StoredVector]
    const wrong = vectors.find(other => other.values.length !== values.length)
    const known = await this.#known()
    const length = known.find(Boolean) === undefined ? values.length : await this.#lengthOf(space, values.length)
    if (wrong || length !== values.length)
      throw new TraeError(
        'CONFIG',
        `The vectors of this memory have ${length} components, found ${(wrong ?? vectors[0]!).values.length}.`,
      )
    const table = await this.#table(values.length)
    const rows = [...new Map(vectors.map(vector => [vector.id, vector])).values()]
    const given = rows.map(row => ({ id: row.id, embedding: textOf(row.values), metadata: row.metadata }))
    await this.#sql.query(
      statement(
        `upsert-${table}`,
        `insert into ${table} (space, id, embedding, metadata, at)
         select $1, v.id, v.embedding::vector, v.metadata, (v.metadata->>'timestamp')::timestamptz
         from jsonb_to_recordset($2::jsonb) as v(id text, embedding text, metadata jsonb)
         on conflict (space, id) do update set embedding = excluded.embedding, metadata = excluded.metadata, at = excluded.at`,
      ),
      [space, JSON.stringify(given)],
    )
  }

  async remove(space: string, ids: readonly string[]): Promise<void> {
    await this.#everywhere(table =>
      this.#sql.query(statement(`remove-${table}`, `delete from ${table} where space = $1 and id = any($2::text[])`), [
        space,
        ids,
      ]),
    )
  }

  async query(space: string, { values, top, filter = {} }: VectorQuery): Promise<VectorMatch[]> {
    if (!(await this.#known()).includes(values.length)) return []
    const table = await this.#table(values.length)
    const list = (wanted: readonly string[] | undefined) => wanted ?? null
    return this.#sql.transaction(async tx => {
      await tx.query(EXACT_ORDER)
      await tx.query(
        statement(`hnsw-width-${Math.max(40, top)}`, `set local hnsw.ef_search = ${Math.min(1000, Math.max(40, top))}`),
      )
      const rows = await tx.query<{ id: string; score: number }>(
        statement(
          `query-${table}`,
          `select id, 1 - (embedding <=> $2::vector) as score from ${table}
           where space = $1 and ($3::text[] is null or metadata->>'type' = any($3))
             and ($4::text[] is null or metadata->>'module' = any($4))
             and ($5::text[] is null or metadata->>'outcome' = any($5))
             and ($6::timestamptz is null or at >= $6)
           order by embedding <=> $2::vector limit $7`,
        ),
        [
          space,
          textOf(values),
          list(filter.types),
          list(filter.modules),
          list(filter.outcomes),
          filter.since ?? null,
          top,
        ],
      )
      return rows.toSorted((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1))
    })
  }

  async warm(): Promise<void> {} // nothing of it is here

  async fetch(space: string, ids: readonly string[]): Promise<StoredVector[]> {
    const found = await this.#everywhere(table =>
      this.#sql.query<{ id: string; embedding: string; metadata: VectorMetadata }>(
        statement(
          `fetch-${table}`,
          `select id, embedding::text as embedding, metadata from ${table} where space = $1 and id = any($2::text[])`,
        ),
        [space, ids],
      ),
    )
    return found.map(({ id, embedding, metadata }) => ({
      id,
      values: Float32Array.from(JSON.parse(embedding) as number[]),
      metadata,
    }))
  }

  async list(space: string, after = '') {
    const found = await this.#everywhere(table =>
      this.#sql.query<{ id: string }>(
        statement(`list-${table}`, `select id from ${table} where space = $1 and id > $2 order by id limit $3`),
        [space, after, PAGE],
      ),
    )
    const ids = found.map(({ id }) => id).toSorted()
    return { ids: ids.slice(0, PAGE), next: ids.length < PAGE ? undefined : ids[PAGE - 1] }
  }

  async drop(space: string): Promise<void> {
    await this.#everywhere(table =>
      this.#sql.query(statement(`drop-${table}`, `delete from ${table} where space = $1`), [space]),
    )
  }

  async #everywhere<Row>(work: (table: string) => Promise<Row[]>): Promise<Row[]> {
    const rows: Row[] = []
    for (const dimensions of await this.#known()) rows.push(...(await work(tableOf(dimensions))))
    return rows
  }

  async #lengthOf(space: string, wanted: number): Promise<number> {
    for (const dimensions of await this.#known()) {
      if (dimensions === wanted) continue
      const table = tableOf(dimensions)
      const [row] = await this.#sql.query(
        statement(`any-${table}`, `select 1 from ${table} where space = $1 limit 1`),
        [space],
      )
      if (row) return dimensions
    }
    return wanted
  }

  async #known(): Promise<number[]> {
    return (await this.#sql.query<{ dimensions: number }>(KNOWN_TABLES)).map(({ dimensions }) => dimensions)
  }

  #table(dimensions: number): Promise<string> {
    if (dimensions > MOST_DIMENSIONS)
      throw new TraeError(
        'CONFIG',
        `pgvector indexes vectors of up to ${MOST_DIMENSIONS} components, and the embedder makes ${dimensions}. Set OPENAI_EMBEDDING_DIMENSIONS.`,
      )
    const known = this.#tables.get(dimensions)
    if (known) return known
    const making = this.#make(dimensions)
    this.#tables.set(dimensions, making)
    making.catch(() => this.#tables.delete(dimensions))
    return making
  }

  async #make(dimensions: number): Promise<string> {
    const table = tableOf(dimensions)
    await this.#sql.transaction(async tx => {
      await tx.query(ONE_AT_A_TIME)
      await tx.query(
        statement(
          `make-${table}`,
          `create table if not exists ${table} (
             space text not null, id text not null, embedding vector(${dimensions}) not null,
             metadata jsonb not null, at timestamptz not null, primary key (space, id))`,
        ),
      )
      await tx.query(
        statement(
          `index-${table}`,
          `create index if not exists ${table}_nearest on ${table} using hnsw (embedding vector_cosine_ops)`,
        ),
      )
    })
    return table
  }
}

const tableOf = (dimensions: number) => `memory_pgvectors_${dimensions}`
const textOf = (values: Float32Array) => `[${values.join(',')}]`

/** The scan of the index goes on, nearest first, until enough rows fit. */
const EXACT_ORDER = statement('hnsw-goes-on', `set local hnsw.iterative_scan = strict_order`)
const ONE_AT_A_TIME = statement('lock-to-make-vectors', `select pg_advisory_xact_lock(1918985730)`)
const KNOWN_TABLES = statement(
  'known-vector-tables',
  `select substring(tablename from '^memory_pgvectors_(\\d+)$')::int as dimensions from pg_tables
   where schemaname = current_schema() and tablename ~ '^memory_pgvectors_\\d+$' order by 1`,
)

/**
 * The version of pgvector, switched on where it lies ready; undefined where it is missing, too old, or where this user may not
 * switch it on.
 */
export async function findPgvector(sql: Pick<Sql, 'query'>): Promise<string | undefined> {
  const [found] = await sql.query<{ installed: string | null; ready: string }>(FIND_EXTENSION)
  if (!found) return undefined
  if (found.installed === null)
    try {
      await sql.query(CREATE_EXTENSION)
    } catch {
      return undefined // a superuser's right on some servers: the exact search does without
    }
  const version = found.installed ?? found.ready
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > 0 || minor >= 8 ? version : undefined
}
const FIND_EXTENSION = statement(
  'find-pgvector',
  `select installed_version as installed, default_version as ready from pg_available_extensions where name = 'vector'`,
)
const CREATE_EXTENSION = statement('create-pgvector', `create extension if not exists vector`)
