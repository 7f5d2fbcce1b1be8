/**
 * The shared memory at size: searching 100,000 entries by vector (exact, and under an index), by words, and both as a user does.
 *
 *   node bench/memory.ts [--entries 100000] [--index-entries 20000]
 *
 * The index is pgvector's, in the embedded database: a native Postgres with pgvector is quicker. Figures are medians of 50: what
 * passed, and the CPU of this process.
 */
import { parseArgs } from 'node:util'
import { PGlite } from '@electric-sql/pglite'
import { vector } from '@electric-sql/pglite-pgvector'
import { LexicalEmbedder } from '../core/adapters/embedder/lexical-embedder.ts'
import { pgliteSql } from '../core/adapters/pglite-sql.ts'
import { Vacuum } from '../core/adapters/vacuum.ts'
import { findPgvector, PgvectorStore } from '../core/adapters/vector-store/pgvector-store.ts'
import type { VectorStore } from '../core/adapters/vector-store/vector-store.ts'
import { createClock } from '../core/clock.ts'
import { newId, type WorkspaceId } from '../core/ids.ts'
import { createLog } from '../core/log.ts'
import { searchMemory } from '../core/memory/search-memory.ts'
import { openTestDatabase } from '../test/support/database.ts'
import { openTestMemory } from '../test/support/memory.ts'

const { values } = parseArgs({
  options: { entries: { type: 'string', default: '100000' }, 'index-entries': { type: 'string', default: '20000' } },
})
const entries = Number(values.entries)
const indexed = Number(values['index-entries'])
const embedder = new LexicalEmbedder()
const AT_ONCE = 1000

/** Sentences out of 20,000 invented words, common ones more often, always the same. */
let seed = 42
const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647
const SYLLABLES =
  'ba ca da fa ga la ma na pa ra sa ta va be ce de fe le me ne pe re se te ve bo co do lo mo no po ro so to'.split(' ')
const syllable = () => SYLLABLES[Math.floor(random() * SYLLABLES.length)]!
const words = Array.from(
  { length: 20_000 },
  () => syllable() + syllable() + syllable() + (random() < 0.5 ? syllable() : ''),
)
const sentence = (length: number) =>
  Array.from({ length }, () => words[Math.floor(words.length * random() ** 3)]!).join(' ')

const median = (times: number[]) => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)]!
interface Figure {
  readonly wall: number
  /** Of this process, Postgres not counted: what else the machine does changes it little. */
  readonly cpu: number
}
async function measured(work: (query: string) => Promise<unknown>): Promise<Figure> {
  await work(sentence(6))
  const times: Figure[] = []
  for (let i = 0; i < 50; i++) times.push(await timed(() => work(sentence(6))))
  return { wall: median(times.map(({ wall }) => wall)), cpu: median(times.map(({ cpu }) => cpu)) }
}
async function timed(work: () => Promise<unknown>): Promise<Figure> {
  const [before, began] = [process.cpuUsage(), performance.now()]
  await work()
  const wall = performance.now() - began
  const { user, system } = process.cpuUsage(before)
  return { wall, cpu: (user + system) / 1000 }
}
const line = (what: string, { wall, cpu }: Figure, goal?: number) =>
  console.log(
    `${what.padEnd(58)} ${wall.toFixed(1).padStart(9)} ms ${cpu.toFixed(1).padStart(9)} ms CPU${goal === undefined ? '' : `   goal ${goal} ms`}`,
  )

const database = await openTestDatabase('postgres', [])
try {
  const workspaceId = newId<WorkspaceId>()
  const { sql } = database
  await sql.query(
    {
      name: '',
      text: `insert into workspaces (id, slug, name, time_zone, locale, created_at) values ($1, 'bench', 'Bench', 'UTC', 'en', now())`,
    },
    [workspaceId],
  )
  const memory = openTestMemory(sql, 1_000_000_000)
  const store = memory.stores.database
  const began = [process.cpuUsage(), performance.now()] as const
  for (let done = 0; done < entries; done += AT_ONCE) {
    const texts = Array.from({ length: Math.min(AT_ONCE, entries - done) }, (_, i) => ({
      key: `note_${done + i}`,
      content: sentence(30),
    }))
    await sql.query(
      {
        name: 'bench-fill-memory',
        text: `with space as (insert into memory_spaces (workspace_id, revision) values ($1, 1)
                 on conflict (workspace_id) do update set revision = memory_spaces.revision + 1 returning revision)
               insert into memory_entries (id, workspace_id, key, type, content, data, importance, origin, happened_at, created_at, updated_at, revision, stale)
               select gen_random_uuid(), $1, e.key, 'note', e.content, '{}', 0.5, 'bench', now(), now(), now(), revision, false
               from space, jsonb_to_recordset($2::jsonb) as e(key text, content text)`,
      },
      [workspaceId, JSON.stringify(texts)],
    )
    await fill(store, workspaceId, texts)
  }
  const { user, system } = process.cpuUsage(began[0])
  line(`storing ${entries} entries and their vectors, each`, {
    wall: (performance.now() - began[1]) / entries,
    cpu: (user + system) / 1000 / entries,
  })
  await sql.query({ name: '', text: 'analyze' })

  const core = { sql, clock: createClock(), log: createLog('error'), memory }
  const cold = await timed(() => searchMemory(core, workspaceId, sentence(6)))
  line(`the first search of a process over ${entries}, which reads all`, cold)
  console.log(`what searches hold then: ${(memory.budget.bytes / 1e6).toFixed(0)} MB`)
  line(
    `nearest 50 of ${entries}, exact, 512 components`,
    await measured(async query => store.query(workspaceId, { values: (await embedder.embed([query]))[0]!, top: 50 })),
    20,
  )
  line(
    `words of ${entries}`,
    await measured(async query => (await memory.index.of(workspaceId)).search(query, 50, () => true)),
    20,
  )
  line(
    `both, with rows and highlights, of ${entries}`,
    await measured(query => searchMemory(core, workspaceId, query)),
    20,
  )
} finally {
  await database.close()
}

const pglite = await PGlite.create({ extensions: { vector } })
try {
  const sql = pgliteSql(pglite, new Vacuum(pglite))
  const store = new PgvectorStore(sql, (await findPgvector(sql))!)
  for (let done = 0; done < indexed; done += AT_ONCE)
    await fill(
      store,
      'bench',
      Array.from({ length: AT_ONCE }, (_, i) => ({ key: `note_${done + i}`, content: sentence(30) })),
    )
  await pglite.query('analyze') // as Postgres does by itself, else the index is not used
  line(
    `nearest 10 of ${indexed}, ${store.engine} in the embedded database`,
    await measured(async query => store.query('bench', { values: (await embedder.embed([query]))[0]!, top: 10 })),
    5,
  )
} finally {
  await pglite.close()
}

async function fill(
  store: VectorStore,
  space: string,
  texts: readonly { key: string; content: string }[],
): Promise<void> {
  const vectors = await embedder.embed(texts.map(({ content }) => content))
  const metadata = { type: 'note', timestamp: '2026-11-01T00:00:00.000Z' }
  await store.upsert(
    space,
    texts.map(({ key }, i) => ({ id: key, values: vectors[i]!, metadata })),
  )
}
