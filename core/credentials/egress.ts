import { lookup as resolveName } from 'node:dns/promises'
import { type Agent, type RequestOptions, request as httpsRequest } from 'node:https'
import { TraeError } from '../errors.ts'
import { headersOf, networkError, readBody } from './egress-answer.ts'
import {
  checkRequest,
  type EgressLimits,
  type EgressRequest,
  type Hop,
  hostOf,
  LIMITS,
  nextHop,
  portOf,
} from './egress-request.ts'
import { isPublicAddress } from './public-address.ts'
import type { SocketOwner, SocketPool } from './socket-pool.ts'

/** What came back. `url` is where the answer is from, after redirects; `bytes` of the decoded body. */
export interface EgressAnswer {
  readonly url: string
  readonly status: number
  readonly statusText: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly bytes: number
}

/** What the operator of this host allows beyond the rules; a plugin has no say in it. */
export interface EgressSettings {
  /** `name:port` of hosts that may resolve to private addresses. */
  readonly privateHosts?: ReadonlySet<string> | undefined
  /** Certificates (PEM) to trust for these private hosts only. */
  readonly privateCa?: string | undefined
  /** How names are resolved; the host's own resolver without it. */
  readonly resolve?: ((host: string) => Promise<readonly { address: string; family: number }[]>) | undefined
  readonly limits?: Partial<EgressLimits> | undefined
  /** Keeps connections for the next request. */
  readonly sockets?: SocketPool | undefined
  /**
   * Plays the far side in the tests of a plugin: what is allowed is handed to it, and no connection is made. Nothing that an
   * operator can set.
   */
  readonly farSide?: ((request: FarSideRequest) => Promise<Omit<EgressAnswer, 'url' | 'bytes'>>) | undefined
}

/** A request as it would have gone out: with the credential's secret, and after every check. */
export interface FarSideRequest {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
}

export interface EgressPolicy extends EgressSettings {
  /** Whose sockets it may use; without it, or without a pool, it has one of its own that is closed after the answer. */
  readonly owner?: SocketOwner | undefined
  /** What manifest and grant allow; `host` in lower case, without a trailing dot. */
  readonly allows: (host: string, port: number) => boolean
  readonly signal?: AbortSignal | undefined
  /** How the answer's body becomes text; `latin1` keeps each byte as a character. UTF-8 without it. */
  readonly encoding?: 'latin1' | undefined
  /** Told of each request that is about to go out, those of redirects included. */
  readonly onSend?: ((method: string) => void) | undefined
}

/**
 * Sends a plugin's request into the world: https only, to a host that `allows` names, at an address that was checked and to
 * which the connection is then made. Redirects are followed by hand, each hop checked like the first. Any status is an answer.
 * Throws `VALIDATION` for a request that may not be made by anybody, `PERMISSION` for a host that is not allowed,
 * `UNAVAILABLE` when the far side cannot be reached or takes too long, `PAYLOAD_TOO_LARGE`, `CANCELLED`. Messages never hold
 * addresses, header values, bodies or queries.
 */
export async function egress(request: EgressRequest, policy: EgressPolicy): Promise<EgressAnswer> {
  const limits = { ...LIMITS, ...policy.limits }
  const deadline = new AbortController()
  const timer = setTimeout(() => deadline.abort(), limits.totalMs)
  const signal = policy.signal ? AbortSignal.any([policy.signal, deadline.signal]) : deadline.signal
  try {
    let hop = checkRequest(request, limits)
    for (let hops = 0; ; hops++) {
      const answer = await send(hop, policy, limits, signal)
      const next = nextHop(hop, answer.status, answer.headers['location'])
      if (!next) return answer
      if (hops === limits.redirects)
        throw new TraeError(
          'UNAVAILABLE',
          `${request.method} ${hop.url.host}: more than ${limits.redirects} redirects.`,
          { retryable: false },
        )
      hop = next
    }
  } catch (error) {
    if (policy.signal?.aborted)
      throw new TraeError('CANCELLED', 'The request was cancelled with the step that made it.')
    if (deadline.signal.aborted)
      throw new TraeError(
        'UNAVAILABLE',
        `${hostShown(request.url)} did not answer within ${limits.totalMs / 1000} s.`,
        { details: { reason: 'timeout' } },
      )
    throw error
  } finally {
    clearTimeout(timer)
  }
}

const MOST_HINTS = 10

/** Resolves once, checks every address, connects to those and no others. */
async function send(hop: Hop, policy: EgressPolicy, limits: EgressLimits, signal: AbortSignal): Promise<EgressAnswer> {
  const host = hostOf(hop.url)
  const port = portOf(hop.url)
  const shown = port === 443 ? host : `${host}:${port}`
  if (!policy.allows(host, port))
    throw new TraeError(
      'PERMISSION',
      `fetch: ${shown} is not among the hosts that this plugin asks for and was granted.`,
    )
  if (policy.farSide) {
    policy.onSend?.(hop.method)
    return answerOfFarSide(hop, policy.farSide, limits)
  }
  const isPrivate = policy.privateHosts?.has(`${host}:${port}`) ?? false
  const addresses = await untilAborted(resolveHost(host, shown, policy), signal)
  if (!isPrivate && !addresses.every(({ address }) => isPublicAddress(address)))
    throw new TraeError(
      'PERMISSION',
      `fetch: ${shown} does not lead to the open internet. Whoever runs this host can allow it: TRAE_PRIVATE_HOSTS=${host}:${port}.`,
    )

  policy.onSend?.(hop.method)
  const ca = isPrivate ? policy.privateCa : undefined
  const way = { host, port, shown, addresses, ca }
  const kept = policy.sockets && policy.owner && policy.sockets.optionsFor(policy.owner, way)
  try {
    return await exchange(hop, way, kept ?? { agent: false }, limits, signal, policy.encoding)
  } catch (error) {
    // The far side has closed the socket at the very moment: what changes nothing there is sent once more
    if (error !== STALE) throw error
    return exchange(hop, way, { agent: false }, limits, signal, policy.encoding)
  }
}

/** A socket that was kept was closed before the far side had answered. */
const STALE = new Error('stale')

interface Way {
  readonly host: string
  readonly port: number
  readonly shown: string
  readonly addresses: { address: string; family: number }[]
  readonly ca: string | undefined
}

/** One request and its answer. */
function exchange(
  hop: Hop,
  { host, port, shown, addresses, ca }: Way,
  socket: { readonly agent: Agent | false; readonly socketName?: string },
  limits: EgressLimits,
  signal: AbortSignal,
  encoding: EgressPolicy['encoding'] = undefined,
): Promise<EgressAnswer> {
  return new Promise<EgressAnswer>((resolve, reject) => {
    let answered = false
    const fail = (error: Error & { code?: string }) => {
      const closed = error.code === 'ECONNRESET' || error.code === 'EPIPE'
      const again = closed && !answered && outgoing.reusedSocket && (hop.method === 'GET' || hop.method === 'HEAD')
      reject(again ? STALE : networkError(error, shown))
    }
    const options: RequestOptions & { autoSelectFamily: boolean } = {
      method: hop.method,
      host,
      servername: host,
      port,
      path: `${hop.url.pathname}${hop.url.search}`,
      headers: {
        'user-agent': 'trae-os',
        ...hop.headers,
        host: shown,
        'accept-encoding': 'gzip, deflate, br',
        ...lengthOf(hop),
      },
      // Whatever name is asked for: only what was checked is answered
      lookup: (_name, _options, answer) => (answer as (error: null, all: typeof addresses) => void)(null, addresses),
      autoSelectFamily: true,
      ...socket,
      timeout: limits.idleMs,
      maxHeaderSize: limits.headerBytes,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2',
      ...(ca === undefined ? {} : { ca }),
      insecureHTTPParser: false,
    }
    const outgoing = httpsRequest(options)
    // First of all: an error that nobody listens to ends the process
    outgoing.on('error', fail)
    const abort = () => outgoing.destroy(new Error('aborted'))
    signal.addEventListener('abort', abort, { once: true })
    outgoing.on('close', () => {
      signal.removeEventListener('abort', abort)
      if (!answered) fail(Object.assign(new Error('closed'), { code: 'ECONNRESET' })) // and no other event came, or comes
    })
    if (signal.aborted) return abort()
    outgoing.on('timeout', () => outgoing.destroy(Object.assign(new Error('idle'), { code: 'ETIMEDOUT' })))
    // Answers before the answer (103 Early Hints) are not asked for; a flood of them would never end
    let hints = 0
    outgoing.on('information', () => {
      if (++hints > MOST_HINTS) outgoing.destroy(Object.assign(new Error('hints'), { code: 'HPE_HINTS' }))
    })
    outgoing.on('response', incoming => {
      answered = true
      incoming.on('error', fail)
      readBody(incoming, hop.method, shown, limits).then(
        body =>
          resolve({
            url: hop.url.href,
            status: incoming.statusCode ?? 0,
            statusText: (incoming.statusMessage ?? '').slice(0, 100),
            headers: headersOf(incoming),
            body: body.toString(encoding ?? 'utf8'),
            bytes: body.length,
          }),
        (error: Error) => {
          outgoing.destroy()
          fail(error)
        },
      )
    })
    outgoing.end(hop.body)
  })
}

async function answerOfFarSide(
  { method, url, headers, body }: Hop,
  farSide: NonNullable<EgressSettings['farSide']>,
  limits: EgressLimits,
): Promise<EgressAnswer> {
  const answer = await farSide({ method, url: url.href, headers, body: body?.toString() })
  const bytes = Buffer.byteLength(answer.body)
  if (bytes > limits.responseBytes)
    throw new TraeError('PAYLOAD_TOO_LARGE', `${url.host} answered more than ${limits.responseBytes} bytes.`)
  return { ...answer, url: url.href, bytes }
}

async function resolveHost(
  host: string,
  shown: string,
  { resolve }: EgressPolicy,
): Promise<{ address: string; family: number }[]> {
  const found = await (resolve?.(host) ?? resolveName(host, { all: true })).catch((cause: unknown) => {
    throw new TraeError('UNAVAILABLE', `${shown} cannot be reached: its name is not known.`, { cause })
  })
  if (found.length === 0) throw new TraeError('UNAVAILABLE', `${shown} cannot be reached: its name has no address.`)
  return [...found]
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(new Error('aborted'))
    signal.addEventListener('abort', abort, { once: true })
    if (signal.aborted) abort()
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

function lengthOf({ body, method }: Hop): Record<string, string> {
  if (body !== undefined) return { 'content-length': String(Buffer.byteLength(body)) }
  return method === 'POST' || method === 'PUT' || method === 'PATCH' ? { 'content-length': '0' } : {}
}

function hostShown(url: string): string {
  return URL.parse(url)?.host ?? 'The far side'
}
