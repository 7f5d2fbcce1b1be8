export interface AuthorizedFetch {
  readonly fetch: typeof fetch
  /** True when there is a session again. One refresh at a time, however many ask for it. */
  readonly refresh: () => Promise<boolean>
}

/**
 * fetch with the session cookie. Cookie requests carry the CSRF header; a request that is refused for want of a session
 * tries one refresh and goes again; when the refresh is refused too, `onSignedOut` is called and the refusal is returned.
 */
export function createAuthorizedFetch(onSignedOut: () => void): AuthorizedFetch {
  let refreshing: Promise<boolean> | undefined

  const refresh = () => {
    refreshing ??= postJson('/auth/refresh', {})
      .then(async response => {
        await response.text() // read to the end, or the connection cannot be used again
        if (response.status >= 400 && response.status < 500 && response.status !== 429) onSignedOut()
        return response.ok
      })
      .catch(() => false) // offline: not signed out, only out of reach
      .finally(() => {
        refreshing = undefined
      })
    return refreshing
  }

  const authorized: typeof fetch = async (input, init) => {
    const attempt = () =>
      fetch(input, { ...init, credentials: 'same-origin', headers: { ...plainHeaders(init), ...ours() } })
    const first = await attempt()
    if (!(await isUnauthenticated(first))) return first
    return (await refresh()) ? attempt() : first
  }
  return { fetch: authorized, refresh }
}

export function postJson(path: string, body: unknown): Promise<Response> {
  return fetch(path, {
    method: 'POST',
    credentials: 'same-origin',
    headers: { 'content-type': 'application/json', accept: 'application/json', ...ours() },
    body: JSON.stringify(body),
  })
}

/** A foreign page cannot send the first; the second is the language chosen here, for the sentences that the host writes. */
const ours = () => ({ 'x-trae-csrf': '1', 'accept-language': document.documentElement.lang })

function plainHeaders(init: RequestInit | undefined): Record<string, string> {
  return Object.fromEntries(new Headers(init?.headers))
}

/** GraphQL may say it with HTTP 401 or, to clients that only accept plain JSON, inside an answer with HTTP 200. */
async function isUnauthenticated(response: Response): Promise<boolean> {
  if (response.status === 401) return true
  if (!response.headers.get('content-type')?.includes('json')) return false
  return (await response.clone().text()).includes('"UNAUTHENTICATED"')
}
