import { type FetchResponse, PluginError, type PluginErrorCode } from 'trae-os/sdk'

/** What Apollo says went wrong. A wrong key is answered with plain text, and so may be what comes from a proxy. */
interface Said {
  readonly error?: unknown
  readonly error_code?: unknown
  readonly message?: unknown
  readonly retry_after_seconds?: unknown
}

const CODES: Readonly<Record<number, PluginErrorCode>> = {
  400: 'VALIDATION',
  401: 'UNAUTHENTICATED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  422: 'VALIDATION',
  429: 'RATE_LIMITED',
}
const LONGEST_MESSAGE = 700
const A_MOMENT_SECONDS = 120

/** The error for an answer that is none of 200 to 299. */
export async function errorOf(answer: FetchResponse, path: string): Promise<PluginError> {
  const text = await answer.text()
  const said = read(text)
  const { code, hint } = codeOf(answer, said, path)
  const why = (wordsOf(said) || plain(answer, text) || `it answered ${answer.status}`).slice(0, LONGEST_MESSAGE)
  if (code !== 'RATE_LIMITED' && code !== 'UNAVAILABLE') return new PluginError(code, `Apollo: ${why}${hint}`)
  const retryAfter = secondsOf(answer, said, code)
  if (code === 'RATE_LIMITED' && retryAfter !== undefined && retryAfter > A_MOMENT_SECONDS)
    // The limit of an hour or a day: it has nothing to give now, and whoever else provides the service may be asked
    return new PluginError('UNAVAILABLE', `Apollo: ${why}. Its limit of requests is used up.`, { retryAfter })
  return new PluginError(code, `Apollo: ${why}`, retryAfter === undefined ? {} : { retryAfter })
}

function codeOf({ status }: FetchResponse, said: Said, path: string): { code: PluginErrorCode; hint: string } {
  // It is the account that is not good for this, not what was asked: another provider of the service may be asked
  if (status === 403 && said.error_code === 'API_INACCESSIBLE')
    return {
      code: 'UNAUTHENTICATED',
      hint: `. The key may not ask for ${path}: give it access in Apollo, or make a master key, and connect the account again.`,
    }
  const code = CODES[status] ?? (status >= 500 ? 'UNAVAILABLE' : 'PLUGIN')
  return { code, hint: code === 'UNAUTHENTICATED' ? ' Connect the account again on the page of the plugin.' : '' }
}

/** How long to wait, in seconds: what it says itself, else the window of the limit that is used up. */
function secondsOf({ headers }: FetchResponse, said: Said, code: PluginErrorCode): number | undefined {
  const told = Number(headers.get('retry-after') ?? said.retry_after_seconds ?? NaN)
  if (told >= 0) return Math.ceil(told)
  if (code !== 'RATE_LIMITED') return undefined
  const usedUp = (window: string) => headers.get(`x-${window}-requests-left`) === '0'
  return usedUp('24-hour') ? 3600 : usedUp('hourly') ? 600 : 60 // nobody says when its day began
}

function read(text: string): Said {
  try {
    const said = JSON.parse(text) as unknown
    return typeof said === 'object' && said !== null ? said : {}
  } catch {
    return {}
  }
}

const wordsOf = ({ error, message }: Said): string =>
  [...new Set([error, message])].filter(one => typeof one === 'string' && one !== '').join(' ')

const plain = ({ headers }: FetchResponse, text: string): string =>
  headers.get('content-type')?.startsWith('text/plain') === true ? text.trim() : ''
