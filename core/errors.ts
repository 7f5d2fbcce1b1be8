/**
 * The one error of the program. Codes cross walls (REST, GraphQL, sandbox, journal); `instanceof` does not.
 * A message names the thing, says what was found and what to do. It never carries a secret.
 */
export const ERROR_CODES = [
  'BAD_USER_INPUT', // the caller sent something that cannot be accepted as it is
  'UNAUTHENTICATED',
  'SECOND_FACTOR', // the password is right, a code is asked for as well
  'FORBIDDEN',
  'NOT_FOUND',
  'CONFLICT', // the thing exists already, or is in a state that does not allow this
  'STALE_VERSION', // somebody else changed it since it was read
  'PAYLOAD_TOO_LARGE',
  'UNSUPPORTED_MEDIA_TYPE',
  'METHOD_NOT_ALLOWED',
  'NOT_ACCEPTABLE',
  'RATE_LIMITED',
  'BEHIND', // a subscriber reads slower than things happen
  'UNAVAILABLE', // draining, overloaded, or a dependency is away: try again
  'CONFIG', // an environment variable or a file of the installation is wrong
  'DATABASE',
  'LEASE_LOST', // another worker owns the run now
  'EXPRESSION', // a CEL expression failed at run time
  'LIMIT', // a loop would go on past its bound, a list is too long
  'PLAYBOOK', // a playbook that cannot be read or checked
  'MANIFEST', // a plugin package that cannot be accepted
  'PERMISSION', // a plugin asked for what was not granted
  'CREDENTIAL', // an account at a vendor is not connected, or the vendor takes it no longer: a person connects it
  'VALIDATION', // input or output of an action does not fit its schema
  'TIMEOUT', // CPU or wall-clock budget of a call is spent
  'MEMORY', // the memory limit of a call is reached
  'NO_MODEL', // this host has no language model, or none that takes it: a skill does without
  'BUDGET', // the tokens that were granted are spent
  'PLUGIN', // plugin code threw
  'SCRIPT', // the code of a `run` step threw
  'CRASHED', // the sandbox process died under the call
  'BUSY', // the sandbox does not take the call now, and has not begun it
  'UNKNOWN_OUTCOME', // an effect was in flight when the process died, and cannot be looked up
  'CANCELLED',
  'INTERNAL',
] as const
export type ErrorCode = (typeof ERROR_CODES)[number]

export class TraeError extends Error {
  readonly code: ErrorCode
  /** Would the same call later have a chance? */
  readonly retryable: boolean
  /** Seconds to wait before a retry, where the far side said so. */
  readonly retryAfter: number | undefined
  /** Facts for machines: safe to show. */
  readonly details: Readonly<Record<string, unknown>> | undefined

  constructor(
    code: ErrorCode,
    message: string,
    options: { retryable?: boolean; retryAfter?: number; cause?: unknown; details?: Record<string, unknown> } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'TraeError'
    this.code = code
    this.retryable = options.retryable ?? RETRYABLE.has(code)
    this.retryAfter = options.retryAfter
    this.details = options.details
  }
}

const RETRYABLE: ReadonlySet<ErrorCode> = new Set([
  'UNAVAILABLE',
  'RATE_LIMITED',
  'BUSY',
  'CRASHED',
  'TIMEOUT',
  'DATABASE',
])

/** The shape of an error where it is stored or sent: no stack, no cause. */
export interface ErrorRecord {
  /** One of `ERROR_CODES`, or a playbook's own from `raise`. */
  readonly code: string
  readonly message: string
  readonly retryable: boolean
  /** The step of a run that it came from, where that stands inside the one that has the error. */
  readonly path?: string
}

export function errorRecord(error: unknown): ErrorRecord {
  if (error instanceof TraeError) return { code: error.code, message: error.message, retryable: error.retryable }
  return { code: 'INTERNAL', message: error instanceof Error ? error.message : String(error), retryable: false }
}
