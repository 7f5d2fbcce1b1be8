import { type FetchResponse, type PluginError, vendorError } from 'trae-os/sdk'

/** What Apollo says went wrong. A wrong key is answered with plain text, and so may be what comes from a proxy. */
interface Said {
  readonly error: unknown
  readonly error_code: unknown
  readonly message: unknown
  readonly retry_after_seconds: unknown
}

const A_MOMENT_SECONDS = 120

/** The error for an answer that is none of 200 to 299. */
export function errorOf(answer: FetchResponse, path: string): Promise<PluginError> {
  return vendorError<Said>(answer, 'Apollo', (said, text) => {
    const words = wordsOf(said) || plain(answer, text)
    // It is the account that is not good for this, not what was asked: another provider of the service may be asked
    if (answer.status === 403 && said.error_code === 'API_INACCESSIBLE')
      return {
        words,
        code: 'UNAUTHENTICATED',
        hint: `The key may not ask for ${path}: give it access in Apollo, or make a master key, and connect the account again.`,
      }
    const retryAfter = secondsOf(answer, said)
    // The limit of an hour or a day: it has nothing to give now, and whoever else provides the service may be asked
    if (answer.status === 429 && retryAfter !== undefined && retryAfter > A_MOMENT_SECONDS)
      return { words, code: 'UNAVAILABLE', hint: 'Its limit of requests is used up.', retryAfter }
    return { words, retryAfter }
  })
}

/** How long to wait, in seconds: what it says itself, else the window of the limit that is used up. */
function secondsOf({ headers, status }: FetchResponse, said: Partial<Said>): number | undefined {
  const told = Number(headers.get('retry-after') ?? said.retry_after_seconds ?? Number.NaN)
  if (told >= 0) return told
  if (status !== 429) return undefined
  const usedUp = (window: string) => headers.get(`x-${window}-requests-left`) === '0'
  return usedUp('24-hour') ? 3600 : usedUp('hourly') ? 600 : 60 // nobody says when its day began
}

const wordsOf = ({ error, message }: Partial<Said>): string =>
  [...new Set([error, message])].filter(one => typeof one === 'string' && one !== '').join(' ')

const plain = ({ headers }: FetchResponse, text: string): string =>
  headers.get('content-type')?.startsWith('text/plain') === true ? text.trim() : ''
