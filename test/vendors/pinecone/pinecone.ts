import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Asked } from '../../../core/testing/open-api.ts'
import { readApi } from '../read-api.ts'

type Metadata = Readonly<Record<string, unknown>>
interface Kept {
  readonly id: string
  readonly values: readonly number[]
  readonly metadata?: Metadata
}
interface Upsert {
  readonly vectors: readonly Kept[]
  readonly namespace?: string
}
interface Query {
  readonly namespace?: string
  readonly topK: number
  readonly vector: readonly number[]
  readonly filter?: Metadata
}
interface Delete {
  readonly namespace?: string
  readonly ids?: readonly string[]
  readonly deleteAll?: boolean
}
type Reply = readonly [status: number, body: unknown]

const api = readApi('pinecone')

/**
 * An index of Pinecone as far as the memory needs it: namespaces, filters, pages, and reads that are late. Every request is
 * held against Pinecone's description; what does not fit is refused and kept in `problems`.
 */
export class FakePinecone {
  readonly problems: string[] = []
  readonly asked: string[] = []
  /** Statuses to answer with before anything else, each once. */
  readonly instead: number[] = []
  /** While true, writes are taken and not yet seen. */
  late = false
  readonly #server: Server
  readonly #dimension: number
  readonly #key: string
  readonly #namespaces = new Map<string, Map<string, Kept>>()
  readonly #waiting: (() => void)[] = []

  constructor(dimension: number, key: string) {
    this.#dimension = dimension
    this.#key = key
    this.#server = createServer((request, response) => void this.#answer(request, response))
  }

  async open(): Promise<string> {
    await new Promise<void>(resolve => this.#server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise(resolve => this.#server.close(resolve))
  }

  /** What was written is seen from now on. */
  settle(): void {
    this.late = false
    for (const apply of this.#waiting.splice(0)) apply()
  }

  namespaces(): string[] {
    return [...this.#namespaces.keys()]
  }

  idsIn(namespace: string): string[] {
    return [...(this.#namespaces.get(namespace)?.keys() ?? [])].sort()
  }

  /** Of all namespaces. */
  ids(): string[] {
    return [...this.#namespaces.values()].flatMap(kept => [...kept.keys()])
  }

  metadataOf(namespace: string, id: string): Metadata | undefined {
    return this.#namespaces.get(namespace)?.get(id)?.metadata
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = api({
      method: request.method!,
      url: request.url!,
      headers: request.headers,
      text: await text(request),
    })
    this.asked.push(asked.operationId)
    const instead = this.instead.shift()
    const [status, body] = instead
      ? [instead, error(instead, 'instead')]
      : request.headers['api-key'] !== this.#key
        ? [401, 'Unauthorized']
        : asked.problems.length > 0
          ? [400, error(3, asked.problems.join('; '))]
          : this.#do(asked)
    this.problems.push(...asked.problems)
    if (!instead && status < 400) this.problems.push(...asked.answerProblems(status, body))
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }

  #do({ operationId, query, body }: Asked): Reply {
    switch (operationId) {
      case 'upsertVectors':
        return this.#upsert(body as Upsert)
      case 'queryVectors':
        return this.#query(body as Query)
      case 'deleteVectors':
        return this.#delete(body as Delete)
      case 'fetchVectors': {
        const kept = this.#namespaces.get(query.get('namespace') ?? '')
        const found = query.getAll('ids').flatMap(id => kept?.get(id) ?? [])
        return [
          200,
          { vectors: Object.fromEntries(found.map(one => [one.id, one])), namespace: query.get('namespace') },
        ]
      }
      case 'listVectors': {
        const ids = this.idsIn(query.get('namespace') ?? '')
        const from = Number(query.get('paginationToken') ?? 0)
        const to = from + Number(query.get('limit') ?? 100)
        const vectors = ids.slice(from, to).map(id => ({ id }))
        return [200, { vectors, ...(to < ids.length ? { pagination: { next: String(to) } } : {}) }]
      }
      default:
        this.problems.push(`this Pinecone does not play ${operationId}`)
        return [501, error(12, operationId)]
    }
  }

  #upsert({ vectors, namespace = '' }: Upsert): Reply {
    const wrong = vectors.find(({ values }) => values.length !== this.#dimension)
    if (wrong)
      return [
        400,
        error(
          3,
          `Vector dimension ${wrong.values.length} does not match the dimension of the index ${this.#dimension}`,
        ),
      ]
    const badId = vectors.find(({ id }) => !/^[\x20-\x7e]{1,512}$/.test(id))
    if (badId) return [400, error(3, 'Vector ID must be ASCII')]
    const nested = vectors.find(({ metadata = {} }) =>
      Object.values(metadata).some(value => value === null || (typeof value === 'object' && !Array.isArray(value))),
    )
    if (nested) return [400, error(3, 'Metadata value must be a string, number, boolean or list of strings')]
    this.#write(() => {
      const kept = this.#namespaces.get(namespace) ?? new Map<string, Kept>()
      this.#namespaces.set(namespace, kept)
      for (const vector of vectors) kept.set(vector.id, vector)
    })
    return [200, { upsertedCount: vectors.length }]
  }

  #query({ namespace = '', topK, vector, filter }: Query): Reply {
    if (vector.length !== this.#dimension) return [400, error(3, 'Vector dimension does not match')]
    const kept = [...(this.#namespaces.get(namespace)?.values() ?? [])]
    const matches = kept
      .filter(({ metadata }) => fits(metadata ?? {}, filter))
      .map(({ id, values }) => ({ id, score: cosine(values, vector) }))
      .sort((a, b) => b.score - a.score)
      .slice(0, topK)
    return [200, { matches, namespace, usage: { readUnits: 1 } }]
  }

  #delete({ namespace = '', ids, deleteAll }: Delete): Reply {
    if (!this.#namespaces.has(namespace)) return [404, error(5, 'Namespace not found')]
    this.#write(() => {
      if (deleteAll) this.#namespaces.delete(namespace)
      else for (const id of ids ?? []) this.#namespaces.get(namespace)?.delete(id)
    })
    return [200, {}]
  }

  #write(apply: () => void): void {
    if (this.late) this.#waiting.push(apply)
    else apply()
  }
}

const error = (code: number, message: string) => ({ code, message, details: [] })

/** Pinecone's filters, those of them that we send; any other is a mistake of ours. */
function fits(metadata: Metadata, filter: Metadata = {}): boolean {
  return Object.entries(filter).every(([key, condition]) => {
    if (key === '$and') return (condition as Metadata[]).every(one => fits(metadata, one))
    return Object.entries(condition as Metadata).every(([operator, wanted]) => {
      const value = metadata[key]
      if (operator === '$in') return (wanted as unknown[]).includes(value)
      if (operator === '$gte' && typeof wanted === 'number') return typeof value === 'number' && value >= wanted
      throw new Error(`this Pinecone does not play ${operator}`)
    })
  })
}

function cosine(a: readonly number[], b: readonly number[]): number {
  const dot = (x: readonly number[], y: readonly number[]) => x.reduce((sum, value, i) => sum + value * y[i]!, 0)
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))
}
