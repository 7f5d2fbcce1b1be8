import { isIP } from 'node:net'
import { TraeError } from '../errors.ts'

/** What a plugin wants sent. `body` is text, sent as UTF-8. */
export interface EgressRequest {
  readonly url: string
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string | undefined
}

export interface EgressLimits {
  readonly totalMs: number
  readonly idleMs: number
  readonly requestBytes: number
  readonly responseBytes: number
  readonly headerBytes: number
  readonly redirects: number
}

export const LIMITS: EgressLimits = {
  totalMs: 10_000,
  idleMs: 5_000,
  requestBytes: 1024 * 1024,
  responseBytes: 2 * 1024 * 1024,
  headerBytes: 64 * 1024,
  redirects: 5,
}

/** One request of possibly several: checked, but not yet whether its host is allowed. */
export interface Hop {
  readonly url: URL
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'])
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/
/** The broker's own: they say where a message ends, who asks and which way it took. */
const RESERVED =
  /^(host|content-length|transfer-encoding|connection|keep-alive|upgrade|te|trailer|expect|via|forwarded|accept-encoding|proxy-.*|x-forwarded-.*|x-real-ip|x-trae-.*|sec-.*)$/
/** What may follow to another origin: nothing that could be a secret. */
const HARMLESS: ReadonlySet<string> = new Set(['accept', 'accept-language', 'content-type', 'user-agent'])

/** The first hop. Throws `VALIDATION` for a request that nobody may make, `PAYLOAD_TOO_LARGE`. */
export function checkRequest({ url, method, headers, body }: EgressRequest, limits: EgressLimits): Hop {
  const verb = method.toUpperCase()
  if (!METHODS.has(verb))
    throw refuse(`the method ${JSON.stringify(method.slice(0, 20))} is not one of ${[...METHODS].join(', ')}`)
  if ((verb === 'GET' || verb === 'HEAD') && body !== undefined) throw refuse(`a ${verb} has no body`)
  if (body !== undefined && Buffer.byteLength(body) > limits.requestBytes)
    throw new TraeError('PAYLOAD_TOO_LARGE', `fetch: the body has more than ${limits.requestBytes} bytes.`)
  const kept: Record<string, string> = Object.create(null) as Record<string, string>
  let size = 0
  for (const [given, value] of Object.entries(headers)) {
    const name = given.toLowerCase()
    if (!TOKEN.test(name) || name.length > 200)
      throw refuse(`${JSON.stringify(given.slice(0, 40))} is not a header name`)
    if (RESERVED.test(name)) throw refuse(`the header ${name} is set by the host`)
    if (!VALUE.test(value)) throw refuse(`the value of the header ${name} has characters that no header may have`)
    size += name.length + value.length
    kept[name] = value
  }
  if (size > limits.headerBytes) throw refuse(`the headers have more than ${limits.headerBytes} bytes`)
  return { url: checkUrl(url), method: verb, headers: kept, body }
}

function checkUrl(text: string, base?: URL): URL {
  // oxlint-disable-next-line no-control-regex -- they are what is looked for
  if (/[\u0000-\u0020\u007f\\]/.test(text)) throw refuse('the URL has spaces, backslashes or control characters')
  const url = URL.parse(text, base?.href)
  if (!url) throw refuse('the URL cannot be read')
  if (url.protocol !== 'https:')
    throw refuse(`the URL starts with ${url.protocol}//, and only https:// leaves this host`)
  if (url.username || url.password) throw refuse('the URL holds a user name or password; use a header')
  const host = hostOf(url)
  if (isIP(host) || host.startsWith('[')) throw refuse('the URL names an address; write the host name')
  if (!host.includes('.') && host !== 'localhost') throw refuse(`${host} is not a full host name`)
  return url
}

/** Lower case, without the root's dot: what is compared. */
export const hostOf = (url: URL) => url.hostname.toLowerCase().replace(/\.$/, '')
export const portOf = (url: URL) => (url.port === '' ? 443 : Number(url.port))

/** The next hop, or undefined for an answer that is final. Not yet checked: `send` does that, as for the first. */
export function nextHop(
  { url, method, headers, body }: Hop,
  status: number,
  location: string | undefined,
): Hop | undefined {
  if (location === undefined || ![301, 302, 303, 307, 308].includes(status)) return undefined
  const target = checkUrl(location, url)
  const toGet = (status === 303 && method !== 'HEAD') || ((status === 301 || status === 302) && method === 'POST')
  const sameOrigin = target.origin === url.origin
  if (!sameOrigin && !toGet && method !== 'GET' && method !== 'HEAD')
    throw new TraeError(
      'UNAVAILABLE',
      `${url.host} sends a ${method} on to another host, ${target.host}; that is not followed. Ask that host directly.`,
      { retryable: false },
    )
  const kept = Object.entries(headers).filter(
    ([name]) => (sameOrigin || HARMLESS.has(name)) && !(toGet && name.startsWith('content-')),
  )
  return {
    url: target,
    method: toGet ? 'GET' : method,
    headers: Object.fromEntries(kept),
    body: toGet ? undefined : body,
  }
}

function refuse(why: string): TraeError {
  return new TraeError('VALIDATION', `fetch: ${why}.`)
}
