import type { Embedder } from '../adapters/embedder/embedder.ts'
import type { VectorStore, VectorStoreKind } from '../adapters/vector-store/vector-store.ts'
import type { ByteBudget } from '../byte-budget.ts'
import { TraeError } from '../errors.ts'
import { type Sql, statement } from '../sql.ts'
import type { MemoryIndex } from './memory-index.ts'

/** What the memory of this process works with. Which store has the vectors stands in the database: it can be moved. */
export interface Memory {
  readonly embedder: Embedder
  /** Those that this host is set up for. */
  readonly stores: Readonly<Partial<Record<VectorStoreKind, VectorStore>>>
  /** Where this database kept vectors before it had pgvector; undefined without pgvector. */
  readonly before?: VectorStore | undefined
  readonly index: MemoryIndex
  /** What `index` and the exact search keep in the memory of this process. */
  readonly budget: ByteBudget
}

/** The one row that says where vectors are. */
export interface StoreState {
  readonly kind: VectorStoreKind
  readonly vectors_of: string | null
  readonly moving_to: VectorStoreKind | null
  readonly moved_to: string | null
  readonly moved: number
  /** Moved away from, or a move to it was called off: its vectors are still to be taken away. */
  readonly leaving: VectorStoreKind | null
  readonly failure: string | null
  readonly failed_at: Date | null
}

export async function storeState({ sql }: { readonly sql: Pick<Sql, 'query'> }): Promise<StoreState> {
  const [row] = await sql.query<StoreState>(READ_STATE)
  return row!
}
const READ_STATE = statement('read-memory-store', `select * from memory_store where only_one`)

/** Throws `CONFIG` where this host is not set up for the store. */
export function openStore({ stores }: Memory, kind: VectorStoreKind): VectorStore {
  const store = stores[kind]
  if (store) return store
  throw new TraeError(
    'CONFIG',
    kind === 'pinecone'
      ? 'The vectors of the memory are in Pinecone, and this host does not know it: set PINECONE_API_KEY and PINECONE_INDEX_HOST.'
      : 'The vectors of the memory are in the database, and this host does not keep them there.',
  )
}
