import type { IncomingMessage } from 'node:http'
import type { Access } from '../access/access.ts'
import { authenticateKey } from '../access/authenticate-key.ts'
import { authenticate } from '../access/authenticate.ts'
import type { Viewer } from '../access/viewer.ts'
import { demand, type Permission } from '../access/permissions.ts'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import type { AuthFailure } from '../metrics.ts'
import { addressOf } from './client-address.ts'
import { readCookie } from './session-cookies.ts'

type Asking = Pick<IncomingMessage, 'headers' | 'socket'>
type AskedCore = Pick<Core, 'clock' | 'sql' | 'log' | 'config' | 'metrics'>

/**
 * Who sends a request: by `x-api-key`, by `Authorization: Bearer`, else by the session cookie, which counts only beside
 * the header `x-trae-csrf: 1` (no foreign page can send that). Undefined for nobody; throws `UNAUTHENTICATED` for a bad
 * key or token.
 */
export async function viewerOfRequest(core: AskedCore, access: Access, request: Asking): Promise<Viewer | undefined> {
  const byKey = await viewerOfKey(core, request)
  if (byKey) return byKey
  const { authorization } = request.headers
  if (authorization !== undefined) {
    const [, token] = /^Bearer +(\S+)$/i.exec(authorization) ?? []
    if (!token) throw new TraeError('UNAUTHENTICATED', 'The authorization header must be "Bearer <access token>".')
    return viewerOfToken(core, access, token)
  }
  const cookie = readCookie(core, request, 'session')
  return cookie === undefined || !hasCsrfHeader(request) ? undefined : viewerOfToken(core, access, cookie)
}

const keyViewers = new WeakMap<Asking, Promise<Viewer>>()

/** Who comes by the header `x-api-key`, looked up once a request; undefined without the header. Throws as `authenticateKey` does. */
export async function viewerOfKey(core: AskedCore, request: Asking): Promise<Viewer | undefined> {
  const text = request.headers['x-api-key']
  if (text === undefined) return undefined
  if (typeof text !== 'string' || request.headers.authorization !== undefined)
    throw new TraeError('UNAUTHENTICATED', 'Send one x-api-key, or an authorization header, not both.')
  let viewer = keyViewers.get(request)
  if (!viewer) keyViewers.set(request, (viewer = viewerOfKeyText(core, request, text)))
  return viewer
}

/** Who comes by an access token. Throws as `authenticate` does. */
export const viewerOfToken = (core: Pick<Core, 'metrics'>, access: Access, token: string): Promise<Viewer> =>
  failuresCounted(core, 'token', authenticate(access, token))

/** Who comes by an API key. Throws as `authenticateKey` does. */
export const viewerOfKeyText = (core: AskedCore, request: Asking, text: string): Promise<Viewer> =>
  failuresCounted(core, 'api-key', authenticateKey(core, text, addressOf(core, request)))

/** What `proof` comes to; where it does not prove who somebody is, that is counted. */
export async function failuresCounted<Proved>(
  core: Pick<Core, 'metrics'>,
  reason: AuthFailure,
  proof: Promise<Proved>,
): Promise<Proved> {
  try {
    return await proof
  } catch (error) {
    if (error instanceof TraeError && error.code === 'UNAUTHENTICATED') core.metrics.authFailed(reason)
    throw error
  }
}

/** The viewer, who may do this. Throws `UNAUTHENTICATED`, `FORBIDDEN`. */
export async function demandViewer(
  core: AskedCore,
  access: Access,
  request: Asking,
  permission: Permission,
): Promise<Viewer> {
  const viewer = await viewerOfRequest(core, access, request)
  if (!viewer) throw nobody(core, request)
  demand(viewer, permission)
  return viewer
}

/**
 * Who opens a web socket: by `x-api-key`, by the protocols `trae.v1, bearer.<access token>`, else by the cookie, which counts only from a
 * page of this host. Throws `UNAUTHENTICATED`, `FORBIDDEN`.
 */
export async function viewerOfUpgrade(
  core: AskedCore,
  access: Access,
  request: IncomingMessage,
): Promise<Viewer | undefined> {
  const byKey = await viewerOfKey(core, request)
  if (byKey) return byKey
  const offered = request.headers['sec-websocket-protocol']?.split(',').map(name => name.trim())
  const token = offered?.find(name => name.startsWith('bearer.'))?.slice('bearer.'.length)
  if (token !== undefined) return viewerOfToken(core, access, token)
  const cookie = readCookie(core, request, 'session')
  if (cookie === undefined) return undefined
  if (!isOwnOrigin(core, request)) throw new TraeError('FORBIDDEN', 'A page of another host may not use this session.')
  return viewerOfToken(core, access, cookie)
}

export const nobody = (core: Pick<Core, 'config'>, request: Asking) =>
  new TraeError(
    'UNAUTHENTICATED',
    readCookie(core, request, 'session') !== undefined && !hasCsrfHeader(request)
      ? 'A request with the session cookie needs the header x-trae-csrf: 1.'
      : 'Sign in at POST /auth/login and send "Authorization: Bearer <access token>", or send an API key as x-api-key.',
  )

export const hasCsrfHeader = (request: Asking) => request.headers['x-trae-csrf'] === '1'

function isOwnOrigin(core: Pick<Core, 'config'>, request: Asking): boolean {
  const { origin, host } = request.headers
  const own = [
    core.config.publicUrl && new URL(core.config.publicUrl).origin,
    host && `http://${host}`,
    host && `https://${host}`,
  ]
  return origin !== undefined && own.includes(origin)
}
