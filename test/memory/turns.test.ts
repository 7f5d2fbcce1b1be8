import { describe, expect, it } from 'vitest'
import { ExactVectorStore } from '../../core/adapters/vector-store/exact-vector-store.ts'
import { ByteBudget } from '../../core/byte-budget.ts'
import type { WorkspaceId } from '../../core/ids.ts'
import { MemoryIndex } from '../../core/memory/memory-index.ts'
import type { Sql } from '../../core/sql.ts'
import { takeTurns } from '../../core/take-turns.ts'

const ENTRIES = 2500

/** A database that has all its answers at once: what gives turns to others then is the reading alone. */
function answering(row: (revision: number) => object): Sql {
  return {
    query: async ({ name }: { name: string }, values: readonly unknown[]) => {
      if (!name.startsWith('read-changed')) return [{ removed: '0' }]
      const [, after, most] = values as [string, number, number]
      return Array.from({ length: Math.min(most, ENTRIES - after) }, (_, i) => row(after + i + 1))
    },
  } as unknown as Sql
}

/** How often others had their turn while something was done. */
async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  let turns = 0
  let on = true
  const count = () => {
    turns++
    if (on) setImmediate(count)
  }
  setImmediate(count)
  await work()
  on = false
  return turns
}

describe('a memory that is read for the first time', () => {
  it('is taken apart into words in turns with whatever else waits', async () => {
    const index = new MemoryIndex(
      answering(revision => ({
        key: `note_${revision}`,
        type: 'note',
        module: null,
        outcome: null,
        content: `Entrada número ${revision} sobre padarias`,
        happened_at: new Date(0),
        revision: String(revision),
      })),
      new ByteBudget(1e8),
    )
    const turns = await turnsDuring(() => index.of('w' as WorkspaceId))
    expect(turns).toBeGreaterThanOrEqual(ENTRIES / 100)
    const found = (await index.of('w' as WorkspaceId)).search('padaria', 5, () => true)
    expect(found).toHaveLength(5) // and all of it is there
    expect((await index.of('w' as WorkspaceId)).size).toBe(ENTRIES)
  })

  it('so are its vectors', async () => {
    const store = new ExactVectorStore(
      answering(revision => ({
        id: String(revision),
        scale: 1,
        components: new Uint8Array(16).fill(revision === 7 ? 3 : 1),
        metadata: { type: 'note', timestamp: '2026-01-01T00:00:00Z' },
        revision: String(revision),
      })),
      new ByteBudget(1e8),
    )
    const query = { values: new Float32Array(16).fill(1), top: 1 }
    const turns = await turnsDuring(() => store.query('s', query))
    expect(turns).toBeGreaterThanOrEqual(ENTRIES / 500)
    expect(await store.query('s', query)).toMatchObject([{ id: '7' }])
  })

  it('takes every item once, in order', async () => {
    const seen: number[] = []
    await takeTurns([1, 2, 3, 4, 5], 2, item => void seen.push(item))
    expect(seen).toEqual([1, 2, 3, 4, 5])
    await takeTurns([], 2, () => expect.fail())
  })
})
