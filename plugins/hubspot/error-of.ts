import { type FetchResponse, PluginError, type PluginErrorCode, vendorError } from 'trae-os/sdk'

/** What HubSpot says went wrong; a member may be missing, and a proxy on the way answers something else altogether. */
interface Said {
  readonly category?: unknown
  readonly message?: unknown
  readonly correlationId?: unknown
  readonly policyName?: unknown
  readonly errors?: unknown
}

/** Statuses that are its own: developers.hubspot.com/docs/api-reference/error-handling. */
const CODES: Readonly<Record<number, PluginErrorCode>> = {
  423: 'RATE_LIMITED', // locked by too many writes at once: nothing was done, two seconds later it may be
  477: 'UNAVAILABLE', // the account moves to another data centre, for up to a day
}
const CATEGORIES: Readonly<Record<string, PluginErrorCode>> = {
  VALIDATION_ERROR: 'VALIDATION',
  OBJECT_NOT_FOUND: 'NOT_FOUND',
  CONFLICT: 'CONFLICT',
  OBJECT_ALREADY_EXISTS: 'CONFLICT',
  RATE_LIMITS: 'RATE_LIMITED',
  MISSING_SCOPES: 'FORBIDDEN',
}
const LOCKED_SECONDS = 2
const LONGEST_MESSAGE = 700

/** The error for an answer that is none of 200 to 299. */
export function errorOf(answer: FetchResponse): Promise<PluginError> {
  return vendorError<Said>(answer, 'HubSpot', said => ({
    words: wordsOf(said),
    mark: markOf(said),
    code: CODES[answer.status],
    hint: hint(answer),
    retryAfter: secondsOf(answer, said),
  }))
}

/** The error that stands in the answer of a batch which went wrong in part (207). */
export function errorOfBatch(errors: readonly unknown[]): PluginError {
  const said = (errors[0] ?? {}) as Said
  const code = (typeof said.category === 'string' ? CATEGORIES[said.category] : undefined) ?? 'PLUGIN'
  const mark = markOf(said)
  const why = wordsOf(said).slice(0, LONGEST_MESSAGE) || 'it did not do what was asked, and does not say why'
  return new PluginError(code, `HubSpot: ${why}${mark === undefined ? '' : ` (${mark})`}`)
}

/** Its own words, those about single properties included. */
function wordsOf({ message, errors }: Said): string {
  const details = Array.isArray(errors) ? errors.map(error => (error as Said | null)?.message) : []
  return [...new Set([message, ...details])].filter(one => typeof one === 'string' && one !== '').join(' ')
}

/** The number by which its support finds the request. */
const markOf = ({ correlationId }: Said): string | undefined =>
  typeof correlationId === 'string' ? `correlation ${correlationId.slice(0, 60)}` : undefined

/**
 * How long to wait, in seconds, where `Retry-After` does not say it: the window of the limit that was hit. The limit of a day is asked
 * again after an hour, because nobody says when its day ends.
 */
function secondsOf({ headers, status }: FetchResponse, { policyName }: Said): number | undefined {
  if (status === 423) return LOCKED_SECONDS
  if (status !== 429) return undefined
  const policy = typeof policyName === 'string' ? policyName : ''
  if (/DAILY/i.test(policy) || headers.get('x-hubspot-ratelimit-daily-remaining') === '0') return 3600
  const window = Number(headers.get('x-hubspot-ratelimit-interval-milliseconds') ?? NaN)
  if (window > 0) return Math.ceil(window / 1000)
  return /^SECONDLY/i.test(policy) ? 1 : 10
}

function hint({ headers, status }: FetchResponse): string | undefined {
  if (status === 403) return 'Look whether the account was connected with all scopes.'
  if (status === 429 && headers.get('x-hubspot-ratelimit-daily-remaining') === '0')
    return 'No request is left for today.'
  return undefined
}
