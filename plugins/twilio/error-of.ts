import { type FetchResponse, PluginError, type PluginErrorCode } from 'trae-os/sdk'

/** What Twilio says went wrong; a proxy on the way answers something else altogether. */
interface Said {
  readonly code?: unknown
  readonly message?: unknown
  readonly more_info?: unknown
}

const STATUSES: Readonly<Record<number, PluginErrorCode>> = {
  400: 'VALIDATION',
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  409: 'CONFLICT',
  429: 'RATE_LIMITED', // 20429: not processed, so another try does no harm
}
/** Codes that say more than their status: twilio.com/docs/api/errors. */
const CODES: Readonly<Record<number, PluginErrorCode>> = {
  20003: 'UNAUTHENTICATED',
  20429: 'RATE_LIMITED',
  21610: 'FORBIDDEN', // the person has sent STOP
  30001: 'RATE_LIMITED', // the queue of the number is full
}
const HINTS: Readonly<Record<number, string>> = {
  21610: 'The person has answered STOP and must not be written to.',
  63016:
    'More than 24 hours after the last message of the person, WhatsApp takes only an approved template: give `template`.',
}
const LONGEST_MESSAGE = 700

/** What an error code of a message means for people, where there is more to say than Twilio does. */
export const hintOf = (code: number | null): string | null => (code === null ? null : (HINTS[code] ?? null))

/** The error for an answer that is none of 200 to 299. */
export async function errorOf(answer: FetchResponse): Promise<PluginError> {
  const said = read(await answer.text())
  const number = typeof said.code === 'number' ? said.code : undefined
  const byCode = number === undefined ? undefined : CODES[number]
  const code = byCode ?? STATUSES[answer.status] ?? (answer.status >= 500 ? 'UNAVAILABLE' : 'PLUGIN')
  const words = typeof said.message === 'string' && said.message !== '' ? said.message : `it answered ${answer.status}`
  const why = `${words.slice(0, LONGEST_MESSAGE)}${number === undefined ? '' : ` (code ${number})`}`
  const hint =
    code === 'UNAUTHENTICATED' ? 'Connect the account again on the page of the plugin.' : hintOf(number ?? null)
  const told = Number(answer.headers.get('retry-after') ?? NaN)
  const waits = (code === 'RATE_LIMITED' || code === 'UNAVAILABLE') && told >= 0
  return new PluginError(code, `Twilio: ${why}${hint ? `. ${hint}` : ''}`, waits ? { retryAfter: Math.ceil(told) } : {})
}

function read(text: string): Said {
  try {
    const said = JSON.parse(text) as unknown
    return typeof said === 'object' && said !== null ? said : {}
  } catch {
    return {}
  }
}
