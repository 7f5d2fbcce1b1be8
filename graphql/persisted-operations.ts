import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import type { Core } from '../core/context.ts'
import { TraeError } from '../core/errors.ts'

/** What comes in a request, over HTTP or a socket, in place of the text or beside it. */
export interface Asked {
  readonly query?: unknown
  readonly documentId?: unknown
  readonly extensions?: unknown
}

/** The text of the operation that is asked for. Throws `BAD_USER_INPUT`, `NOT_FOUND`, `FORBIDDEN`. */
export type TextOf = (asked: Asked, byPageOfHost: boolean) => string

/**
 * Operations that are known by the SHA-256 of their text (`TRAE_OPERATIONS_FILE`): a client sends
 * `documentId: "sha256:<hex>"`, or what Apollo sends (`extensions.persistedQuery.sha256Hash`). With
 * `TRAE_OPERATIONS_ONLY` no others are executed, but for those of the admin UI. Throws `CONFIG` for a file that is wrong.
 */
export function persistedOperations(core: Pick<Core, 'config'>): TextOf {
  const { file, only } = core.config.operations
  const known = file === undefined ? undefined : readOperations(file)
  return ({ query, documentId, extensions }, byPageOfHost) => {
    const hash = known && (hashOf(documentId) ?? hashOf(apolloHash(extensions)))
    if (hash !== undefined) {
      const text = known!.get(hash)
      if (text === undefined || (query !== undefined && query !== null && query !== text))
        throw new TraeError('NOT_FOUND', `There is no operation ${hash} on this host. Add it to TRAE_OPERATIONS_FILE.`)
      return text
    }
    if (typeof query !== 'string')
      throw new TraeError('BAD_USER_INPUT', 'Send one JSON object with the text of the operation in "query".')
    if (only && !byPageOfHost && !known!.has(sha256(query)))
      throw new TraeError('FORBIDDEN', 'This host executes only the operations of its TRAE_OPERATIONS_FILE.')
    return query
  }
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

const hashOf = (id: unknown) =>
  typeof id === 'string' && /^(sha256:)?[0-9a-f]{64}$/i.test(id) ? id.replace('sha256:', '').toLowerCase() : undefined

const apolloHash = (extensions: unknown) =>
  (extensions as { persistedQuery?: { sha256Hash?: unknown } | null } | null | undefined)?.persistedQuery?.sha256Hash

const operationsFile = z.union([
  z
    .looseObject({ operations: z.array(z.looseObject({ id: z.string(), body: z.string() })) })
    .transform(({ operations }) => operations.map(({ id, body }) => [id, body] as const)),
  z.record(z.string(), z.string()).transform(texts => Object.entries(texts)),
])

/** `{"<sha256>": "<text>"}`, or Apollo's manifest of persisted queries. */
function readOperations(path: string): ReadonlyMap<string, string> {
  try {
    const texts = operationsFile.parse(JSON.parse(readFileSync(path, 'utf8')))
    const wrong = texts.find(([id, text]) => hashOf(id) !== sha256(text))
    if (wrong) throw new Error(`${wrong[0]} is not the SHA-256 of its text`)
    return new Map(texts.map(([id, text]) => [hashOf(id)!, text]))
  } catch (cause) {
    const why = cause instanceof z.ZodError ? 'it must be {"<sha256>": "<text>"}' : (cause as Error).message
    throw new TraeError('CONFIG', `TRAE_OPERATIONS_FILE: ${path} cannot be used: ${why}.`, { cause })
  }
}
