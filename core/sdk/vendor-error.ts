import type { FetchResponse } from './context.ts'
import { PluginError, type PluginErrorCode } from './plugin-error.ts'

/** What the body of an error says, for `vendorError`. */
export interface VendorFault {
  /** The vendor's own words for people. */
  readonly words?: unknown
  /** By what its documentation or its support finds the fault, shown in brackets: `invalid_dueDate`. */
  readonly mark?: string | undefined
  /** Where the body says more than the status does. */
  readonly code?: PluginErrorCode | undefined
  /** A sentence for the person who reads the error: what to do. */
  readonly hint?: string | undefined
  /** Seconds to wait, where `Retry-After` does not say it. */
  readonly retryAfter?: number | undefined
}

/**
 * The error to throw for an answer that is none of 200 to 299: `<vendor>: <words> (<mark>). <hint>`, with the code of the status (RFC 9110
 * and RFC 6585), and with `Retry-After` in seconds where another try may help. `read` is given the JSON object of the body, empty where it is none, as
 * a proxy on the way answers, and the body as it came; words of more than 700 characters are cut, and without any the status is told.
 *
 * ```ts
 * if (!answer.ok) throw await vendorError(answer, 'Asaas', ({ errors }) => ({ words: errors?.[0]?.description }))
 * ```
 */
export async function vendorError<Body extends object>(
  answer: FetchResponse,
  vendor: string,
  read: (said: Partial<Body>, text: string) => VendorFault,
): Promise<PluginError> {
  const text = await answer.text()
  const { words, mark, hint, ...fault } = read(objectOf(text) as Partial<Body>, text)
  const code = fault.code ?? CODES[answer.status] ?? (answer.status >= 500 ? 'UNAVAILABLE' : 'PLUGIN')
  const why = typeof words === 'string' && words !== '' ? words.slice(0, LONGEST_WORDS) : `it answered ${answer.status}`
  const advice =
    hint ?? (code === 'UNAUTHENTICATED' ? 'Connect the account again on the page of the plugin.' : undefined)
  const said = `${vendor}: ${why}${mark ? ` (${mark})` : ''}`
  const message = advice === undefined ? said : `${said}${/[.!?]$/.test(said) ? '' : '.'} ${advice}`
  if (code !== 'RATE_LIMITED' && code !== 'UNAVAILABLE') return new PluginError(code, message)
  // A date in the header is none of the numbers that are waited for
  const seconds = [answer.headers.get('retry-after'), fault.retryAfter].map(one => Number(one ?? Number.NaN))
  const wait = seconds.find(one => one >= 0)
  return new PluginError(code, message, wait === undefined ? {} : { retryAfter: Math.ceil(wait) })
}

const CODES: Readonly<Record<number, PluginErrorCode>> = {
  400: 'VALIDATION',
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  409: 'CONFLICT',
  410: 'NOT_FOUND',
  412: 'CONFLICT',
  422: 'VALIDATION',
  429: 'RATE_LIMITED',
}
const LONGEST_WORDS = 700

function objectOf(text: string): object {
  try {
    const said = JSON.parse(text) as unknown
    return typeof said === 'object' && said !== null ? said : {}
  } catch {
    return {}
  }
}
