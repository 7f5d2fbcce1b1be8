import type { ErrorRequestHandler, Response } from 'express'
import { z } from 'zod'
import type { Core } from '../context.ts'
import { type ErrorCode, TraeError } from '../errors.ts'

/** An error over REST: RFC 9457, served as `application/problem+json`. */
export interface Problem {
  /** `about:blank`: the status says what it is; `code` says it to machines. */
  readonly type: 'about:blank'
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: ErrorCode
  readonly requestId: string
  /** What is wrong with the input, one entry a finding; `pointer` is a JSON Pointer into the body. */
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[]
}

export const STATUS: Readonly<Record<ErrorCode, number>> = {
  BAD_USER_INPUT: 400,
  UNAUTHENTICATED: 401,
  SECOND_FACTOR: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  NOT_ACCEPTABLE: 406,
  CONFLICT: 409,
  STALE_VERSION: 409,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  VALIDATION: 422,
  LIMIT: 422,
  EXPRESSION: 422,
  PLAYBOOK: 422,
  MANIFEST: 422,
  PERMISSION: 403,
  CREDENTIAL: 409,
  RATE_LIMITED: 429,
  BEHIND: 429,
  CANCELLED: 499,
  UNAVAILABLE: 503,
  BUSY: 503,
  DATABASE: 503,
  TIMEOUT: 504,
  LEASE_LOST: 409,
  CONFIG: 500,
  MEMORY: 500,
  NO_MODEL: 503,
  BUDGET: 429,
  PLUGIN: 502,
  SCRIPT: 500,
  CRASHED: 500,
  UNKNOWN_OUTCOME: 500,
  INTERNAL: 500,
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Sign in first',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Method not allowed',
  406: 'Not acceptable',
  409: 'Conflict',
  413: 'Too large',
  415: 'Unsupported media type',
  422: 'Invalid input',
  429: 'Too many requests',
  503: 'Unavailable',
}

/** Sends the problem that an error stands for. What the caller can do nothing about is told by its request id only. */
export function sendProblem(response: Response, error: TraeError): void {
  const status = STATUS[error.code]
  const secret = status >= 500 && status !== 503
  const problem: Problem = {
    type: 'about:blank',
    title: TITLES[status] ?? 'Something went wrong',
    status,
    detail:
      secret || error.code === 'DATABASE'
        ? `The request could not be completed. The log knows it as ${requestIdOf(response)}.`
        : error.message,
    code: secret ? 'INTERNAL' : error.code === 'DATABASE' ? 'UNAVAILABLE' : error.code,
    requestId: requestIdOf(response),
    ...(Array.isArray(error.details?.['errors']) ? { errors: error.details['errors'] as Problem['errors'] } : {}),
  }
  if (status === 401) response.setHeader('www-authenticate', 'Bearer realm="TRAE OS"')
  if (error.retryAfter !== undefined || status === 503) response.setHeader('retry-after', String(error.retryAfter ?? 2))
  response.status(status).type('application/problem+json').send(JSON.stringify(problem))
}

export const requestIdOf = (response: Response): string => String(response.locals['requestId'] ?? '')

/** The last handler: whatever was thrown leaves as a problem, and what nobody expected is logged. */
export function problemHandler(core: Pick<Core, 'log'>): ErrorRequestHandler {
  return (thrown, request, response, next) => {
    const error = asTraeError(thrown)
    if (STATUS[error.code] >= 500)
      core.log.error({ err: thrown, requestId: requestIdOf(response), path: request.path }, 'a request failed')
    if (response.headersSent) return next(thrown) // express ends the connection
    sendProblem(response, error)
  }
}

/** What express and its body parser throw, in our words; anything unknown becomes `INTERNAL`. */
export function asTraeError(thrown: unknown): TraeError {
  if (thrown instanceof TraeError) return thrown
  if (thrown instanceof z.ZodError) return invalidInput(thrown)
  const { type, status, message } = (thrown ?? {}) as { type?: string; status?: number; message?: string }
  if (type === 'entity.parse.failed')
    return new TraeError('BAD_USER_INPUT', 'The body is not JSON. Send one JSON object.', { cause: thrown })
  if (type === 'entity.too.large')
    return new TraeError('PAYLOAD_TOO_LARGE', 'The body is larger than 1 MB.', { cause: thrown })
  if (type === 'encoding.unsupported')
    return new TraeError('UNSUPPORTED_MEDIA_TYPE', 'A compressed body is not accepted. Send it as it is.', {
      cause: thrown,
    })
  if (type === 'charset.unsupported')
    return new TraeError('UNSUPPORTED_MEDIA_TYPE', 'The body must be UTF-8.', { cause: thrown })
  if (status !== undefined && status >= 400 && status < 500)
    return new TraeError(
      status === 404 ? 'NOT_FOUND' : 'BAD_USER_INPUT',
      `The request cannot be read: ${message ?? 'it is malformed'}.`,
      { cause: thrown },
    )
  return new TraeError('INTERNAL', 'Something went wrong.', { cause: thrown })
}

/** Every finding of a schema as one error, `VALIDATION` (422). */
export function invalidInput(error: z.ZodError): TraeError {
  const errors = error.issues.flatMap(issue =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map(key => ({ pointer: pointerOf([...issue.path, key]), detail: 'is not a known field' }))
      : [{ pointer: pointerOf(issue.path), detail: issue.message }],
  )
  const named = errors.slice(0, 3).map(({ pointer, detail }) => (pointer ? `${pointer.slice(1)}: ${detail}` : detail))
  return new TraeError(
    'VALIDATION',
    `${named.join('; ')}${errors.length > 3 ? `; and ${errors.length - 3} more` : ''}`,
    { cause: error, details: { errors } },
  )
}

const pointerOf = (path: readonly PropertyKey[]) =>
  path.map(part => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
