import { TraeError } from '../../errors.ts'
import type { OpenAiClient } from '../openai-client.ts'
import type { Embedder } from './embedder.ts'

/** Its models read some 8,000 tokens; a token has two characters at least, in the languages that we know of. */
const MOST_CHARACTERS = 16_000
const TEXTS_AT_ONCE = 64

/** Embeddings of OpenAI, or of any endpoint that speaks as it does. */
export class OpenAiEmbedder implements Embedder {
  readonly model: string
  readonly dimensions: number
  readonly weight = 1
  readonly chance = 0
  readonly #client: OpenAiClient
  readonly #name: string
  readonly #asksLength: boolean

  constructor(client: OpenAiClient, name: string, dimensions: number) {
    this.#client = client
    this.#name = name
    this.dimensions = dimensions
    this.model = `${name}/${dimensions}`
    this.#asksLength = name.startsWith('text-embedding-3') // other models have the length that they have
  }

  async embed(texts: readonly string[]): Promise<Float32Array[]> {
    const vectors: Float32Array[] = []
    for (let i = 0; i < texts.length; i += TEXTS_AT_ONCE)
      vectors.push(...(await this.#some(texts.slice(i, i + TEXTS_AT_ONCE))))
    return vectors
  }

  async #some(texts: readonly string[]): Promise<Float32Array[]> {
    const input = texts.map(text => text.slice(0, MOST_CHARACTERS).trim() || ' ')
    const { data } = await this.#client.ask(client =>
      client.embeddings.create({
        model: this.#name,
        input,
        encoding_format: 'float',
        ...(this.#asksLength ? { dimensions: this.dimensions } : {}),
      }),
    )
    const vectors = data.toSorted((a, b) => a.index - b.index).map(({ embedding }) => Float32Array.from(embedding))
    const wrong = vectors.find(vector => vector.length !== this.dimensions)
    if (wrong || vectors.length !== texts.length)
      throw new TraeError(
        'CONFIG',
        wrong
          ? `${this.#name} makes vectors of ${wrong.length} components, not ${this.dimensions}. Set OPENAI_EMBEDDING_DIMENSIONS=${wrong.length}.`
          : `${this.#name} answered ${vectors.length} vectors for ${texts.length} texts.`,
      )
    return vectors
  }
}
