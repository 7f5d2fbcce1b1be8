import { LexicalEmbedder } from '../../core/adapters/embedder/lexical-embedder.ts'
import { ExactVectorStore } from '../../core/adapters/vector-store/exact-vector-store.ts'
import { ByteBudget } from '../../core/byte-budget.ts'
import type { Memory } from '../../core/memory/memory.ts'
import { MemoryIndex } from '../../core/memory/memory-index.ts'
import type { Sql } from '../../core/sql.ts'

/** A memory that needs nothing but its database; what searches hold is bounded to 100 MB unless something else is said. */
export function openTestMemory(sql: Sql, bytes = 100_000_000) {
  const budget = new ByteBudget(bytes)
  return {
    embedder: new LexicalEmbedder(),
    stores: { database: new ExactVectorStore(sql, budget) },
    index: new MemoryIndex(sql, budget),
    budget,
  } satisfies Memory
}
