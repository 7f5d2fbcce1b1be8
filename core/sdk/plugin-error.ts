/**
 * What a plugin may say went wrong. `VALIDATION`, `NOT_FOUND`, `CONFLICT` and `FORBIDDEN` end the step, the rest may be
 * tried again as the step's `retry` says.
 */
export type PluginErrorCode =
  | 'VALIDATION' // the input makes no sense for this action
  | 'NOT_FOUND'
  | 'CONFLICT' // the thing exists already, or is taken
  | 'UNAUTHENTICATED' // the vendor does not know the credential any more
  | 'FORBIDDEN' // the vendor knows it, and says no
  | 'RATE_LIMITED'
  | 'UNAVAILABLE' // the far side is down, or has nothing to give now
  | 'PLUGIN' // anything else

/**
 * The error to throw from an action. The message is read by the person who runs the playbook: name the thing, what was
 * found, what to do. `retryAfter` is in seconds, as the far side said it.
 */
export class PluginError extends Error {
  readonly code: PluginErrorCode
  readonly retryable: boolean
  readonly retryAfter: number | undefined

  constructor(code: PluginErrorCode, message: string, options: { retryable?: boolean; retryAfter?: number } = {}) {
    super(message)
    this.name = 'PluginError'
    this.code = code
    this.retryable = options.retryable ?? (code === 'RATE_LIMITED' || code === 'UNAVAILABLE')
    this.retryAfter = options.retryAfter
  }
}

/** Is this the error with that code? For what `ctx` throws as well: codes cross the wall, classes do not. */
export function hasCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && (error as { code?: unknown }).code === code
}
