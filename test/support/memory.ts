import { LexicalEmbedder } from '../../core/adapters/embedder/lexical-embedder.ts'
import { ExactVectorStore } from '../../core/adapters/vector-store/exact-vector-store.ts'
import type { Memory } from '../../core/memory/memory.ts'
import { MemoryIndex } from '../../core/memory/memory-index.ts'
import type { Sql } from '../../core/sql.ts'

/** A memory that needs nothing but its database. */
export function openTestMemory(sql: Sql): Memory {
  return {
    embedder: new LexicalEmbedder(),
    stores: { database: new ExactVectorStore(sql) },
    index: new MemoryIndex(sql),
  }
}
