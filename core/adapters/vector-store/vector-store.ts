/**
 * Where vectors are kept and compared: the database of this host, or Pinecone. Entries of the memory are the truth and
 * stand in rows; a store only says which of them are near. It may be late (Pinecone is), and it may be asked again:
 * writing and taking away the same vector twice is doing it once. `space` keeps workspaces apart.
 */
export interface VectorStore {
  readonly kind: VectorStoreKind
  /** What does the work, for people: `exact search`, `pgvector 0.8.0`, `Pinecone`. */
  readonly engine: string
  /** Throws `UNAVAILABLE` while the store cannot be reached, `CONFIG` when it will not have vectors of this length. */
  upsert(space: string, vectors: readonly StoredVector[]): Promise<void>
  remove(space: string, ids: readonly string[]): Promise<void>
  /** The nearest by cosine, best first; equal ones by id. */
  query(space: string, query: VectorQuery): Promise<VectorMatch[]>
  /** Reads what queries are answered from, where that is in the memory of this process. */
  warm(space: string): Promise<void>
  /** Those that are there, in any order. Lengths are kept to one part in a hundred, directions are what counts. */
  fetch(space: string, ids: readonly string[]): Promise<StoredVector[]>
  /** Ids in pages; `next` is undefined on the last. */
  list(space: string, after?: string): Promise<{ readonly ids: readonly string[]; readonly next: string | undefined }>
  /** Takes a whole space away. */
  drop(space: string): Promise<void>
}

export const VECTOR_STORE_KINDS = ['database', 'pinecone'] as const
export type VectorStoreKind = (typeof VECTOR_STORE_KINDS)[number]

export interface VectorMetadata {
  readonly type: string
  readonly module?: string | undefined
  readonly outcome?: string | undefined
  /** ISO 8601, in UTC. */
  readonly timestamp: string
}

export interface StoredVector {
  /** 1 to 512 characters of printable ASCII. */
  readonly id: string
  readonly values: Float32Array
  readonly metadata: VectorMetadata
}

/** Every part that is given must hold; of a list, one. */
export interface VectorFilter {
  readonly types?: readonly string[] | undefined
  readonly modules?: readonly string[] | undefined
  readonly outcomes?: readonly string[] | undefined
  /** Not older than this. */
  readonly since?: Date | undefined
}

export interface VectorQuery {
  readonly values: Float32Array
  /** 1 to 1,000. */
  readonly top: number
  readonly filter?: VectorFilter | undefined
}

export interface VectorMatch {
  readonly id: string
  /** Cosine, -1 to 1. */
  readonly score: number
}
