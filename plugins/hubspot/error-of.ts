import { type FetchResponse, PluginError, type PluginErrorCode } from 'trae-os/sdk'

/** What HubSpot says went wrong; a member may be missing, and a proxy on the way answers something else altogether. */
interface Said {
  readonly category?: unknown
  readonly message?: unknown
  readonly correlationId?: unknown
  readonly policyName?: unknown
  readonly errors?: unknown
}

/** By status; `codeOf` says what the rest is. */
const CODES: Readonly<Record<number, PluginErrorCode>> = {
  400: 'VALIDATION',
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  409: 'CONFLICT',
  423: 'RATE_LIMITED', // locked by too many writes at once: nothing was done, two seconds later it may be
  429: 'RATE_LIMITED',
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
export async function errorOf(answer: FetchResponse): Promise<PluginError> {
  const said = read(await answer.text())
  const code = CODES[answer.status] ?? (answer.status >= 500 ? 'UNAVAILABLE' : 'PLUGIN')
  const why = sentence(said) || `it answered ${answer.status}`
  const retryAfter = code === 'RATE_LIMITED' || code === 'UNAVAILABLE' ? secondsOf(answer, said, code) : undefined
  return new PluginError(code, `HubSpot: ${why}${hint(code, answer)}`, retryAfter === undefined ? {} : { retryAfter })
}

/** The error that stands in the answer of a batch which went wrong in part (207). */
export function errorOfBatch(errors: readonly unknown[]): PluginError {
  const said = (errors[0] ?? {}) as Said
  const code = (typeof said.category === 'string' ? CATEGORIES[said.category] : undefined) ?? 'PLUGIN'
  return new PluginError(code, `HubSpot: ${sentence(said) || 'it did not do what was asked, and does not say why'}`)
}

function read(text: string): Said {
  try {
    const said = JSON.parse(text) as unknown
    return typeof said === 'object' && said !== null ? said : {}
  } catch {
    return {}
  }
}

/** Its own words, those about single properties included, and the number by which its support finds the request. */
function sentence({ message, errors, correlationId }: Said): string {
  const details = Array.isArray(errors) ? errors.map(error => (error as Said | null)?.message) : []
  const words = [message, ...details].filter((one): one is string => typeof one === 'string' && one !== '')
  const text = [...new Set(words)].join(' ').slice(0, LONGEST_MESSAGE)
  return text && typeof correlationId === 'string' ? `${text} (correlation ${correlationId.slice(0, 60)})` : text
}

/**
 * How long to wait, in seconds: what it says itself; else the window of the limit that was hit. The limit of a day is asked
 * again after an hour, because nobody says when its day ends.
 */
function secondsOf(
  { headers, status }: FetchResponse,
  { policyName }: Said,
  code: PluginErrorCode,
): number | undefined {
  const told = Number(headers.get('retry-after') ?? NaN)
  if (told >= 0) return Math.ceil(told)
  if (status === 423) return LOCKED_SECONDS
  if (code !== 'RATE_LIMITED') return undefined
  const policy = typeof policyName === 'string' ? policyName : ''
  if (/DAILY/i.test(policy) || headers.get('x-hubspot-ratelimit-daily-remaining') === '0') return 3600
  const window = Number(headers.get('x-hubspot-ratelimit-interval-milliseconds') ?? NaN)
  if (window > 0) return Math.ceil(window / 1000)
  return /^SECONDLY/i.test(policy) ? 1 : 10
}

function hint(code: PluginErrorCode, { headers }: FetchResponse): string {
  if (code === 'UNAUTHENTICATED') return '. Connect the account again on the page of the plugin.'
  if (code === 'FORBIDDEN') return '. Look whether the account was connected with all scopes.'
  if (code === 'RATE_LIMITED' && headers.get('x-hubspot-ratelimit-daily-remaining') === '0')
    return '. No request is left for today.'
  return ''
}
