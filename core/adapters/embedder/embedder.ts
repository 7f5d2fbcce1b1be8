/** Makes vectors of texts that say how near texts are in meaning: the same text and model, the same vector. */
export interface Embedder {
  /** Names all that the vectors depend on: those of two names are never compared. */
  readonly model: string
  readonly dimensions: number
  /** What its order is worth beside that of the words, which is worth 1. */
  readonly weight: number
  /** Cosines up to this are chance: what is no nearer is not near. */
  readonly chance: number
  /** A vector a text, in their order. Throws `UNAVAILABLE` while it cannot be reached, `CONFIG` when it will not have us. */
  embed(texts: readonly string[]): Promise<Float32Array[]>
}
