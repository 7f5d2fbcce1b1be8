import { PGlite } from '@electric-sql/pglite'
import { vector } from '@electric-sql/pglite-pgvector'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { pgliteSql } from '../../core/adapters/pglite-sql.ts'
import { Vacuum } from '../../core/adapters/vacuum.ts'
import { ExactVectorStore } from '../../core/adapters/vector-store/exact-vector-store.ts'
import { findPgvector, PgvectorStore } from '../../core/adapters/vector-store/pgvector-store.ts'
import { PineconeStore } from '../../core/adapters/vector-store/pinecone-store.ts'
import type { StoredVector, VectorStore } from '../../core/adapters/vector-store/vector-store.ts'
import { ByteBudget } from '../../core/byte-budget.ts'
import { openTestDatabase } from '../support/database.ts'
import { FakePinecone } from '../vendors/pinecone/pinecone.ts'

interface World {
  readonly store: VectorStore
  /** The same store as another process has it. */
  readonly other: VectorStore
  readonly problems?: readonly string[]
  close(): Promise<void>
}

const KEY = 'pcsk_test_of_the_memory'
const noPause = () => Promise.resolve()

const WORLDS: Readonly<Record<string, () => Promise<World>>> = {
  'exact search on the embedded database': () => exact('pglite'),
  'exact search on Postgres': () => exact('postgres'),
  pgvector: async () => {
    const pglite = await PGlite.create({ extensions: { vector } })
    const sql = pgliteSql(pglite, new Vacuum(pglite))
    const version = await findPgvector(sql)
    if (!version) throw new Error('pgvector is not there')
    return {
      store: new PgvectorStore(sql, version),
      other: new PgvectorStore(sql, version),
      close: () => pglite.close(),
    }
  },
  Pinecone: async () => {
    const pinecone = new FakePinecone(20, KEY)
    const indexHost = await pinecone.open()
    const open = () => new PineconeStore({ apiKey: KEY, indexHost, pause: noPause })
    return { store: open(), other: open(), problems: pinecone.problems, close: () => pinecone.close() }
  },
}

async function exact(kind: 'pglite' | 'postgres'): Promise<World> {
  const database = await openTestDatabase(kind, [])
  return {
    store: new ExactVectorStore(database.sql, new ByteBudget(1e8)),
    other: new ExactVectorStore(database.sql, new ByteBudget(1e8)),
    close: () => database.close(),
  }
}

/** A direction of 20 components, not a multiple of what the search takes at once. */
const pointing = (...values: number[]) => Float32Array.from({ length: 20 }, (_, i) => values[i] ?? 0)
const entry = (id: string, values: Float32Array, metadata: Partial<StoredVector['metadata']> = {}): StoredVector => ({
  id,
  values,
  metadata: { type: 'note', timestamp: '2026-11-01T00:00:00.000Z', ...metadata },
})

describe.each(Object.entries(WORLDS))('vectors in %s', (_name, open) => {
  let world: World
  beforeAll(async () => {
    world = await open()
  })
  afterAll(() => world.close())
  afterEach(() => expect(world.problems ?? []).toEqual([]))
  let spaces = 0
  const newSpace = () => `space-${++spaces}`
  const idsOf = (matches: readonly { id: string }[]) => matches.map(({ id }) => id)

  it('finds the nearest first, and says how near', async () => {
    const { store } = world
    const space = newSpace()
    await store.upsert(space, [
      entry('far', pointing(0, 1)),
      entry('near', pointing(1, 0.1)),
      entry('same', pointing(3)), // lengths do not count
      entry('opposite', pointing(-1)),
    ])
    const found = await store.query(space, { values: pointing(1), top: 10 })
    expect(idsOf(found)).toEqual(['same', 'near', 'far', 'opposite'])
    for (const [i, score] of [1, 0.995, 0, -1].entries()) expect(found[i]!.score).toBeCloseTo(score, 2)
    expect(idsOf(await store.query(space, { values: pointing(1), top: 2 }))).toEqual(['same', 'near'])
  })

  it('agrees with arithmetic over many directions', async () => {
    const { store } = world
    const space = newSpace()
    let seed = 7
    const random = () => ((seed = (seed * 48271) % 2147483647) / 2147483647) * 2 - 1
    const vectors = Array.from({ length: 300 }, (_, i) => entry(`v${i}`, Float32Array.from({ length: 20 }, random)))
    await store.upsert(space, vectors)
    const query = Float32Array.from({ length: 20 }, random)
    const cosine = (a: Float32Array) => {
      const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, i) => sum + value * y[i]!, 0)
      return dot(a, query) / Math.sqrt(dot(a, a) * dot(query, query))
    }
    const scores = new Map(vectors.map(({ id, values }) => [id, cosine(values)]))
    const best = [...scores.values()].toSorted((a, b) => b - a)
    const found = await store.query(space, { values: query, top: 5 })
    expect(found).toHaveLength(5)
    for (const [i, { id, score }] of found.entries()) {
      expect(score).toBeCloseTo(scores.get(id)!, 2)
      expect(score).toBeCloseTo(best[i]!, 2)
    }
  })

  it('keeps spaces apart', async () => {
    const { store } = world
    const [one, two] = [newSpace(), newSpace()]
    await store.upsert(one, [entry('a', pointing(1))])
    await store.upsert(two, [entry('b', pointing(1))])
    expect(idsOf(await store.query(one, { values: pointing(1), top: 10 }))).toEqual(['a'])
    expect(await store.query(newSpace(), { values: pointing(1), top: 10 })).toEqual([])
    await store.drop(one)
    expect(await store.query(one, { values: pointing(1), top: 10 })).toEqual([])
    expect(idsOf(await store.query(two, { values: pointing(1), top: 10 }))).toEqual(['b'])
  })

  it('writes again what is there, and takes away what is gone already', async () => {
    const { store } = world
    const space = newSpace()
    await store.upsert(space, [entry('a', pointing(1)), entry('b', pointing(0, 1))])
    await store.upsert(space, [entry('a', pointing(0, 0, 1)), entry('a', pointing(0, 0, 1))])
    const [nearest] = await store.query(space, { values: pointing(0, 0, 1), top: 1 })
    expect(nearest!.id).toBe('a')
    expect(nearest!.score).toBeCloseTo(1, 2)
    await store.remove(space, ['a', 'never there'])
    await store.remove(space, ['a'])
    await store.remove(newSpace(), ['a'])
    expect(idsOf(await store.query(space, { values: pointing(1), top: 10 }))).toEqual(['b'])
    await store.upsert(space, [entry('a', pointing(1))])
    expect(idsOf(await store.query(space, { values: pointing(1), top: 10 }))).toEqual(['a', 'b'])
  })

  it('filters by type, module, outcome and time, all at once', async () => {
    const { store } = world
    const space = newSpace()
    await store.upsert(space, [
      entry('old', pointing(1), {
        type: 'decision',
        module: 'vendas',
        outcome: 'success',
        timestamp: '2026-01-01T00:00:00.000Z',
      }),
      entry('won', pointing(1, 0.1), { type: 'decision', module: 'vendas', outcome: 'success' }),
      entry('lost', pointing(1, 0.2), { type: 'decision', module: 'vendas', outcome: 'failure' }),
      entry('other', pointing(1, 0.3), { type: 'decision', module: 'gestao', outcome: 'success' }),
      entry('bare', pointing(1, 0.4)),
    ])
    const ask = async (filter: object) => idsOf(await store.query(space, { values: pointing(1), top: 10, filter }))
    expect(await ask({ types: ['note'] })).toEqual(['bare'])
    expect(await ask({ types: ['decision', 'note'], modules: ['vendas'] })).toEqual(['old', 'won', 'lost'])
    expect(await ask({ modules: ['vendas', 'gestao'], outcomes: ['success'], since: new Date('2026-06-01') })).toEqual([
      'won',
      'other',
    ])
    expect(await ask({ outcomes: [] })).toEqual([])
  })

  it('hands back what it was given, for another store', async () => {
    const { store } = world
    const space = newSpace()
    const given = Array.from({ length: 250 }, (_, i) =>
      entry(`id ${String(i).padStart(3, '0')}`, pointing(1, i / 100), { module: 'oferta' }),
    )
    await store.upsert(space, given)
    const listed: string[] = []
    for (let after: string | undefined; ;) {
      const page = await store.list(space, after)
      listed.push(...page.ids)
      if (page.next === undefined) break
      after = page.next
    }
    expect(listed.toSorted()).toEqual(given.map(({ id }) => id))
    const fetched = await store.fetch(space, [...listed, 'never there'])
    expect(fetched).toHaveLength(250)
    const one = fetched.find(({ id }) => id === 'id 050')!
    expect(one.metadata).toEqual(given[50]!.metadata)
    expect(one.values[1]! / one.values[0]!).toBeCloseTo(0.5, 1)
  })

  it('sees what another process has written and taken away', async () => {
    const { store, other } = world
    const space = newSpace()
    await store.upsert(space, [entry('a', pointing(1))])
    expect(idsOf(await other.query(space, { values: pointing(1), top: 10 }))).toEqual(['a'])
    await other.upsert(space, [entry('b', pointing(1, 1))])
    await store.remove(space, ['a'])
    expect(idsOf(await store.query(space, { values: pointing(1), top: 10 }))).toEqual(['b'])
    expect(idsOf(await other.query(space, { values: pointing(1), top: 10 }))).toEqual(['b'])
  })

  it('refuses vectors of another length, and keeps what it has', async () => {
    const { store } = world
    const space = newSpace()
    await store.upsert(space, [entry('a', pointing(1))])
    await expect(store.upsert(space, [entry('b', new Float32Array([1, 0]))])).rejects.toMatchObject({ code: 'CONFIG' })
    expect(idsOf(await store.query(space, { values: pointing(1), top: 10 }))).toEqual(['a'])
  })
})

describe('Pinecone', () => {
  let pinecone: FakePinecone
  let indexHost: string
  beforeAll(async () => {
    pinecone = new FakePinecone(20, KEY)
    indexHost = await pinecone.open()
  })
  afterAll(() => pinecone.close())
  const open = (apiKey = KEY) => new PineconeStore({ apiKey, indexHost, pause: noPause })

  it('gets the namespace, the ids and the metadata that the seed names', async () => {
    await open().upsert('workspace-1', [
      entry('decision_2026-11-01T00:00:00.000Z', pointing(1), {
        type: 'decision',
        module: 'vendas',
        outcome: 'pending',
      }),
    ])
    expect(pinecone.metadataOf('trae-brain:workspace-1', 'decision_2026-11-01T00:00:00.000Z')).toEqual({
      type: 'decision',
      module: 'vendas',
      outcome: 'pending',
      timestamp: '2026-11-01T00:00:00.000Z',
      at: Date.parse('2026-11-01T00:00:00.000Z'),
    })
    expect(pinecone.problems).toEqual([])
  })

  it('may be late: what was written is found when it shows', async () => {
    const store = open()
    await store.upsert('late', [entry('a', pointing(1))])
    pinecone.late = true
    await store.upsert('late', [entry('b', pointing(1))])
    expect((await store.query('late', { values: pointing(1), top: 5 })).map(({ id }) => id)).toEqual(['a'])
    pinecone.settle()
    expect((await store.query('late', { values: pointing(1), top: 5 })).map(({ id }) => id)).toEqual(['a', 'b'])
  })

  it('asks again what is refused for now, and gives up saying so', async () => {
    pinecone.instead.push(429, 503)
    await open().upsert('again', [entry('a', pointing(1))])
    expect(pinecone.idsIn('trae-brain:again')).toEqual(['a'])
    pinecone.instead.push(500, 500, 500, 500)
    await expect(open().upsert('again', [entry('b', pointing(1))])).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      retryable: true,
    })
    expect(pinecone.instead).toEqual([])
  })

  it('says that the key is wrong, without the key', async () => {
    const error = await open('pcsk_wrong')
      .query('x', { values: pointing(1), top: 1 })
      .catch((e: Error) => e)
    expect(error).toMatchObject({ code: 'CONFIG' })
    expect((error as Error).message).toContain('PINECONE_API_KEY')
    expect((error as Error).message).not.toContain('pcsk_wrong')
  })

  it('is away: the store says so', async () => {
    const gone = new PineconeStore({ apiKey: KEY, indexHost: 'http://127.0.0.1:9', pause: noPause })
    await expect(gone.query('x', { values: pointing(1), top: 1 })).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  })
})
