import type { Index, Pinecone } from '@pinecone-database/pinecone'
import { TraeError } from '../../errors.ts'
import type {
  StoredVector,
  VectorFilter,
  VectorMatch,
  VectorMetadata,
  VectorQuery,
  VectorStore,
} from './vector-store.ts'

/** What Pinecone takes at once: 1,000 vectors and 2 MB for writing, 1,000 ids for taking away, 100 in an address. */
const UPSERT_AT_ONCE = 100
const REMOVE_AT_ONCE = 1000
const FETCH_AT_ONCE = 50
const TRIES = 4

export interface PineconeSettings {
  readonly apiKey: string
  /** Address of the index: the console shows it, as https://name-abc123.svc.region.pinecone.io. */
  readonly indexHost: string
  /** Waits between tries, milliseconds; tests make it short. */
  readonly pause?: (milliseconds: number) => Promise<unknown>
}

/**
 * Vectors in an index of Pinecone, a namespace for each space: `trae-brain:<workspace>`. Pinecone shows what was written some
 * seconds later. What it refuses for now (429, 5xx) is asked again, four times in all; what it does not take is said in its words.
 */
export class PineconeStore implements VectorStore {
  readonly kind = 'pinecone'
  readonly engine = 'Pinecone'
  readonly #settings: PineconeSettings
  #index: Promise<Index> | undefined

  constructor(settings: PineconeSettings) {
    this.#settings = settings
  }

  async upsert(space: string, vectors: readonly StoredVector[]): Promise<void> {
    for (const some of chunks(vectors, UPSERT_AT_ONCE)) {
      const records = some.map(({ id, values, metadata }) => ({
        id,
        values: [...values],
        metadata: { ...defined(metadata), at: Date.parse(metadata.timestamp) },
      }))
      await this.#ask('upsert', index => index.namespace(nameOf(space)).upsert({ records }))
    }
  }

  async remove(space: string, ids: readonly string[]): Promise<void> {
    for (const some of chunks(ids, REMOVE_AT_ONCE))
      await this.#ask('delete', index => index.namespace(nameOf(space)).deleteMany({ ids: [...some] }), NOT_THERE)
  }

  async query(space: string, { values, top, filter }: VectorQuery): Promise<VectorMatch[]> {
    const conditions = filterOf(filter)
    const answer = await this.#ask('query', index =>
      index
        .namespace(nameOf(space))
        .query({ vector: [...values], topK: top, ...(conditions && { filter: conditions }) }),
    )
    return answer!.matches
      .map(({ id, score = 0 }) => ({ id, score }))
      .toSorted((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1))
  }

  async warm(): Promise<void> {} // nothing of it is here

  async fetch(space: string, ids: readonly string[]): Promise<StoredVector[]> {
    const found: StoredVector[] = []
    for (const some of chunks(ids, FETCH_AT_ONCE)) {
      const answer = await this.#ask('fetch', index => index.namespace(nameOf(space)).fetch({ ids: [...some] }))
      for (const { id, values, metadata } of Object.values(answer!.records)) {
        const { at: _at, ...kept } = metadata as unknown as VectorMetadata & { readonly at: number }
        found.push({ id, values: Float32Array.from(values ?? []), metadata: kept })
      }
    }
    return found
  }

  async list(space: string, after?: string) {
    const answer = await this.#ask('list', index =>
      index.namespace(nameOf(space)).listPaginated({ limit: 100, ...(after && { paginationToken: after }) }),
    )
    return {
      ids: (answer!.vectors ?? []).flatMap(({ id }) => (id === undefined ? [] : [id])),
      next: answer!.pagination?.next || undefined,
    }
  }

  async drop(space: string): Promise<void> {
    await this.#ask('delete', index => index.namespace(nameOf(space)).deleteAll(), NOT_THERE)
  }

  /** The package is read when it is first needed. */
  #open(): Promise<Index> {
    return (this.#index ??= import('@pinecone-database/pinecone').then(({ Pinecone: Client }) => {
      const { apiKey, indexHost } = this.#settings
      const client: Pinecone = new Client({ apiKey, maxRetries: 0, fetchApi: fetchInTime })
      return client.index({ host: indexHost })
    }))
  }

  async #ask<T>(what: string, work: (index: Index) => Promise<T>, fine?: number): Promise<T | undefined> {
    const index = await this.#open()
    for (let attempt = 1; ; attempt++) {
      try {
        return await work(index)
      } catch (error) {
        const status = statusOf(error as Error)
        if (status !== undefined && status === fine) return undefined
        const again = status === undefined || status === 429 || status >= 500
        if (!again || attempt === TRIES) throw this.#explain(what, status, error, again)
        await (this.#settings.pause ?? pause)(250 * 2 ** attempt * (0.5 + Math.random() / 2))
      }
    }
  }

  /** Never with the key: only the words of Pinecone's own answer, which are cut. */
  #explain(what: string, status: number | undefined, error: unknown, again: boolean): TraeError {
    const { host } = new URL(this.#settings.indexHost)
    if (status === 401)
      return new TraeError('CONFIG', `Pinecone does not take the key for ${host} (${status}). Check PINECONE_API_KEY.`)
    const said = (error as Error).message.replaceAll(this.#settings.apiKey, '…').slice(0, 300)
    return again
      ? new TraeError('UNAVAILABLE', `Pinecone at ${host} cannot be reached (${what}): ${status ?? said}.`, {
          retryable: true,
        })
      : new TraeError('CONFIG', `Pinecone at ${host} refuses to ${what} (${status}): ${said}`)
  }
}

/** Its client waits for ever. */
const fetchInTime: typeof fetch = (url, init) => fetch(url, { ...init, signal: AbortSignal.timeout(20_000) })
const NOT_THERE = 404
const nameOf = (space: string) => `trae-brain:${space}`

function filterOf({ types, modules, outcomes, since }: VectorFilter = {}): Record<string, unknown> | undefined {
  const conditions = [
    ...(types ? [{ type: { $in: [...types] } }] : []),
    ...(modules ? [{ module: { $in: [...modules] } }] : []),
    ...(outcomes ? [{ outcome: { $in: [...outcomes] } }] : []),
    ...(since ? [{ at: { $gte: since.getTime() } }] : []),
  ]
  return conditions.length === 0 ? undefined : conditions.length === 1 ? conditions[0] : { $and: conditions }
}

/** The client names its errors by the status; undefined where there was no answer. */
function statusOf({ name, message }: Error): number | undefined {
  if (name === 'PineconeUnmappedHttpError') return Number(/Status: (\d{3})/.exec(message)?.[1] ?? 500)
  return STATUS[name]
}
const STATUS: Readonly<Record<string, number>> = {
  PineconeBadRequestError: 400, // 403 as well
  PineconeAuthorizationError: 401,
  PineconePaymentRequiredError: 402,
  PineconeNotFoundError: 404,
  PineconeConflictError: 409,
  PineconeUnprocessableEntityError: 422,
  PineconeMaxRetriesExceededError: 503,
  PineconeArgumentError: 400,
}

function defined(metadata: VectorMetadata): Record<string, string> {
  return Object.fromEntries(
    Object.entries(metadata).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )
}

function chunks<T>(items: readonly T[], size: number): (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size))
}

const pause = (milliseconds: number) => new Promise(resolve => setTimeout(resolve, milliseconds))
