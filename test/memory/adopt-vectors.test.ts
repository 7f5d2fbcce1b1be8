import { PGlite } from '@electric-sql/pglite'
import { vector } from '@electric-sql/pglite-pgvector'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { pgliteSql } from '../../core/adapters/pglite-sql.ts'
import { Vacuum } from '../../core/adapters/vacuum.ts'
import { findPgvector, PgvectorStore } from '../../core/adapters/vector-store/pgvector-store.ts'
import { forgetEntry } from '../../core/memory/forget.ts'
import { keepVectors } from '../../core/memory/keep-vectors.ts'
import { searchMemory } from '../../core/memory/search-memory.ts'
import { storeEntry } from '../../core/memory/store-entry.ts'
import { openTestCore, type TestCore } from '../support/core.ts'
import { openTestMemory } from '../support/memory.ts'

let core: TestCore
let pglite: PGlite
let database: PgvectorStore
beforeAll(async () => {
  core = await openTestCore('postgres')
  pglite = await PGlite.create({ extensions: { vector } })
  const sql = pgliteSql(pglite, new Vacuum(pglite))
  database = new PgvectorStore(sql, (await findPgvector(sql))!)
})
afterAll(async () => {
  await core.close()
  await pglite.close()
})

it('vectors of before pgvector was there are taken over, but for those of what was forgotten', async () => {
  const { workspaceId } = core
  const put = (content: string) => storeEntry(core, workspaceId, { type: 'note', content }, `test:${content}`)
  const kept = await put('Padarias compram farinha em março')
  const gone = await put('Açougues compram facas')
  const exact = openTestMemory(core.sql)
  await keepVectors({ ...core, memory: exact }, 'old')()
  const before = exact.stores.database
  expect((await before.list(workspaceId)).ids).toHaveLength(2)

  // forgotten, and taken away where a process that had pgvector already looked for it
  await forgetEntry(core, workspaceId, gone.key)
  await core.sql.query({ name: 'test-removals-done', text: 'delete from memory_removals' })
  const memory = { ...openTestMemory(core.sql), stores: { database }, before }
  await keepVectors({ ...core, memory }, 'new')()
  expect((await before.list(workspaceId)).ids).toEqual([])
  expect((await database.list(workspaceId)).ids).toEqual([kept.key])
  const { found } = await searchMemory({ ...core, memory }, workspaceId, 'padaria')
  expect(found).toMatchObject([{ by: 'both', entry: { key: kept.key } }])
})

it('the newer one of two is kept', async () => {
  const { workspaceId } = core
  const entry = await storeEntry(core, workspaceId, { type: 'context', module: 'vendas', content: 'antes' }, 'test:a')
  const exact = openTestMemory(core.sql)
  await keepVectors({ ...core, memory: exact }, 'old')()
  const [newer] = await exact.embedder.embed(['depois'])
  const metadata = { type: 'context', timestamp: '2026-11-01T00:00:00.000Z' }
  await database.upsert(workspaceId, [{ id: entry.key, values: newer!, metadata }])
  await keepVectors({ ...core, memory: { ...exact, stores: { database }, before: exact.stores.database } }, 'new')()
  expect((await exact.stores.database.list(workspaceId)).ids).toEqual([])
  const [match] = await database.query(workspaceId, { values: newer!, top: 1 })
  expect(match).toMatchObject({ id: entry.key, score: expect.closeTo(1, 3) })
})
