import { GraphQLError } from 'graphql'
import type { Core } from '../core/context.ts'
import { type ErrorCode, TraeError } from '../core/errors.ts'

/** Shows as 200 to who accepts `application/json` or a stream, as the GraphQL-over-HTTP specification has it. */
const GENTLY = { status: 400, spec: true }

/** The codes of `extensions.code`, with the HTTP status of an answer that has no data. */
const CODES: Partial<Record<ErrorCode, { readonly code: string; readonly status: number; readonly spec?: boolean }>> = {
  BAD_USER_INPUT: { code: 'BAD_USER_INPUT', ...GENTLY },
  VALIDATION: { code: 'BAD_USER_INPUT', ...GENTLY },
  PLAYBOOK: { code: 'BAD_USER_INPUT', ...GENTLY },
  CONFLICT: { code: 'BAD_USER_INPUT', ...GENTLY },
  STALE_VERSION: { code: 'BAD_USER_INPUT', ...GENTLY },
  NOT_FOUND: { code: 'NOT_FOUND', ...GENTLY },
  UNAUTHENTICATED: { code: 'UNAUTHENTICATED', status: 401 },
  FORBIDDEN: { code: 'FORBIDDEN', status: 403 },
  RATE_LIMITED: { code: 'RATE_LIMITED', status: 429 },
  BEHIND: { code: 'SUBSCRIBER_BEHIND', status: 429 },
  METHOD_NOT_ALLOWED: { code: 'BAD_USER_INPUT', status: 405 },
  NOT_ACCEPTABLE: { code: 'BAD_USER_INPUT', status: 406 },
  PAYLOAD_TOO_LARGE: { code: 'BAD_USER_INPUT', status: 413 },
  UNSUPPORTED_MEDIA_TYPE: { code: 'BAD_USER_INPUT', status: 415 },
}

/** Status and `errors[]` entry for what could not even be handed to GraphQL. */
export function plainError(
  error: TraeError,
  requestId: string,
): { status: number; message: string; extensions: Record<string, unknown> } {
  const known = CODES[error.code]
  return known
    ? { status: known.status, message: error.message, extensions: { code: known.code } }
    : { status: 500, message: MASK, extensions: { code: 'INTERNAL_SERVER_ERROR', requestId } }
}

const MASK = 'The request could not be completed.'
const shown = new WeakSet<object>()

/**
 * An error as the client may see it, always with `extensions.code`. What we expect keeps its message; a bug or an outage
 * is logged and leaves as INTERNAL_SERVER_ERROR with the request id only.
 */
export function showError(core: Pick<Core, 'log'>, error: unknown, requestId: string): GraphQLError {
  if (error instanceof GraphQLError && shown.has(error)) return error
  if (error instanceof GraphQLError && error.extensions['code'] !== undefined) return withKnownCode(error)
  const cause = error instanceof GraphQLError ? rootOf(error) : error
  const place =
    error instanceof GraphQLError
      ? { nodes: error.nodes, source: error.source, positions: error.positions, path: error.path }
      : {}
  const result = describe(core, cause, place, requestId)
  shown.add(result)
  return result
}

function describe(core: Pick<Core, 'log'>, cause: unknown, place: object, requestId: string): GraphQLError {
  const known = cause instanceof TraeError ? CODES[cause.code] : undefined
  if (known)
    return new GraphQLError((cause as TraeError).message, {
      ...place,
      extensions: {
        code: known.code,
        http: {
          status: known.status,
          spec: known.spec ?? false,
          headers: headersOf(cause as TraeError, known.status),
        },
      },
    })
  // made by graphql-js itself: a variable that does not fit, an operation that is not there
  if (cause instanceof GraphQLError)
    return new GraphQLError(withoutValue(cause.message), {
      ...place,
      extensions: { code: 'BAD_USER_INPUT', http: GENTLY },
    })
  core.log.error({ err: cause, requestId }, 'a GraphQL operation failed')
  return new GraphQLError(MASK, { ...place, extensions: { code: 'INTERNAL_SERVER_ERROR', requestId } })
}

function headersOf({ retryAfter }: TraeError, status: number): Readonly<Record<string, string>> {
  if (status === 401) return { 'www-authenticate': 'Bearer realm="TRAE OS"' }
  return status === 429 && retryAfter !== undefined ? { 'retry-after': String(retryAfter) } : {}
}

/** graphql-js repeats the value of a variable that does not fit; it may be a secret, and its place says enough. */
function withoutValue(message: string): string {
  const [, variable, value, why] = /^(Variable "\$\w+") got invalid value ([^]*); ([^;]*)$/.exec(message) ?? []
  if (variable === undefined) return message
  const place = / at "([^"]*)"$/.exec(value!)?.[1]
  const reason = why!
    .replace(/(cannot represent [\w -]*value): .*$/s, '$1.')
    .replace(/^Value ".*" does/s, 'The value does')
  return `${variable} does not fit${place ? ` at "${place}"` : ''}: ${reason}`
}

const STOCK = ['GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED', 'QUERY_TOO_COMPLEX', 'INTERNAL_SERVER_ERROR']
const KNOWN = new Set<unknown>([...STOCK, ...Object.values(CODES).map(({ code }) => code)])

/** yoga has some codes of its own for requests that make no sense. */
function withKnownCode(error: GraphQLError): GraphQLError {
  if (KNOWN.has(error.extensions['code'])) return error
  const { nodes, source, positions, path, extensions } = error
  return new GraphQLError(error.message, {
    nodes,
    source,
    positions,
    path,
    extensions: { ...extensions, code: 'BAD_USER_INPUT' },
  })
}

function rootOf(error: GraphQLError): unknown {
  let cause: unknown = error
  while (cause instanceof GraphQLError && cause.originalError) cause = cause.originalError
  return cause
}
