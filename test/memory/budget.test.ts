import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ByteBudget } from '../../core/byte-budget.ts'
import { newId, type WorkspaceId } from '../../core/ids.ts'
import { keepVectors } from '../../core/memory/keep-vectors.ts'
import { searchMemory } from '../../core/memory/search-memory.ts'
import { warmMemory } from '../../core/memory/warm-memory.ts'
import { statement } from '../../core/sql.ts'
import { openTestCore, type TestCore } from '../support/core.ts'
import { openTestMemory } from '../support/memory.ts'

describe('what caches may hold together', () => {
  /** The names that are held after some were used. */
  const after = (most: number, ...uses: readonly (readonly [string, string, number])[]) => {
    const held = new Set<string>()
    const budget = new ByteBudget(most)
    for (const [name, cache, bytes] of uses) {
      held.add(`${name} ${cache}`)
      budget.use(name, cache, { bytes, drop: () => held.delete(`${name} ${cache}`) })
    }
    return { held: [...held].sort(), bytes: budget.bytes }
  }

  it('is bounded: what was used longest ago goes first, from every cache', () => {
    expect(after(100, ['a', 'words', 40], ['a', 'vectors', 20], ['b', 'words', 30])).toEqual({
      held: ['a vectors', 'a words', 'b words'],
      bytes: 90,
    })
    expect(after(100, ['a', 'words', 40], ['a', 'vectors', 20], ['b', 'words', 50])).toEqual({
      held: ['b words'],
      bytes: 50,
    })
    expect(after(100, ['a', 'words', 40], ['b', 'words', 50], ['a', 'words', 41], ['c', 'words', 20]).held).toEqual([
      'a words',
      'c words',
    ])
  })

  it('is what it was said last, and what was used last is kept however large', () => {
    expect(after(100, ['a', 'words', 40], ['a', 'words', 60])).toEqual({ held: ['a words'], bytes: 60 })
    expect(after(100, ['a', 'words', 300], ['a', 'vectors', 300])).toEqual({
      held: ['a vectors', 'a words'],
      bytes: 600,
    })
  })
})

describe('a memory that is searched', () => {
  let core: TestCore
  beforeAll(async () => {
    core = await openTestCore('postgres')
  })
  afterAll(() => core.close())

  async function workspaceWith(entries: number): Promise<WorkspaceId> {
    const id = newId<WorkspaceId>()
    await core.sql.query(ADD_WORKSPACE, [id])
    await core.sql.query(ADD_ENTRIES, [id, entries])
    return id
  }
  const search = async (memory: ReturnType<typeof openTestMemory>, id: WorkspaceId) =>
    (await searchMemory({ ...core, memory }, id, 'padaria 17')).found.map(({ entry }) => entry.key)

  it('holds no more of all workspaces than it may, and finds the same', async () => {
    const [one, two] = [await workspaceWith(300), await workspaceWith(300)]
    await keepVectors(core, 'test')()
    const free = openTestMemory(core.sql)
    const found = [await search(free, one), await search(free, two)]
    expect(found[0]![0]).toBe('note_17')
    const both = free.budget.bytes
    const tight = openTestMemory(core.sql, both * 0.75)
    for (let round = 0; round < 2; round++) {
      expect([await search(tight, one), await search(tight, two)]).toEqual(found)
      expect(tight.budget.bytes).toBeLessThan(both * 0.75)
    }
    expect(tight.budget.bytes).toBeGreaterThan(both * 0.3)
  })

  it('is read ahead where it is large, as long as there is room, and not where the host stops', async () => {
    const large = await workspaceWith(5000)
    const ahead = openTestMemory(core.sql)
    await warmMemory({ ...core, memory: ahead }, new AbortController().signal)
    const read = ahead.budget.bytes
    expect(read).toBeGreaterThan(5000 * 100)
    await search(ahead, large)
    expect(ahead.budget.bytes).toBe(read)

    const larger = await workspaceWith(5001)
    const alone = openTestMemory(core.sql)
    await search(alone, larger)
    const full = openTestMemory(core.sql, alone.budget.bytes * 1.5)
    await warmMemory({ ...core, memory: full }, new AbortController().signal)
    expect(full.budget.bytes).toBe(alone.budget.bytes) // the smaller one is left to its first search

    const stopping = openTestMemory(core.sql)
    await warmMemory({ ...core, memory: stopping }, AbortSignal.abort())
    expect(stopping.budget.bytes).toBe(0)
  })
})

const ADD_WORKSPACE = statement(
  'add-workspace-with-memory',
  `insert into workspaces (id, slug, name, time_zone, locale, created_at) values ($1::uuid, $1::text, 'x', 'UTC', 'en', now())`,
)
const ADD_ENTRIES = statement(
  'add-many-memories',
  `with space as (insert into memory_spaces (workspace_id, revision) values ($1, 1) returning revision)
   insert into memory_entries (id, workspace_id, key, type, content, data, importance, origin, happened_at, created_at, updated_at, revision, stale)
   select gen_random_uuid(), $1, 'note_' || n, 'note', 'Padaria número ' || n, '{}', 0.5, 'test:' || n, now(), now(), now(), revision, true
   from space, generate_series(1, $2::int) n`,
)
