import type { RequestHandler } from 'express'
import type { Core } from '../context.ts'

const HEADERS = 'authorization, content-type, x-api-key, idempotency-key, x-request-id, accept-language'
const SHOWN = 'x-request-id, idempotency-replayed, retry-after, www-authenticate, deprecation-fields'

/**
 * Pages of the origins that are listed (`TRAE_CORS_ORIGINS`) may ask from a browser, with a token in a header: cookies are
 * never let across. Of any other origin, and with an empty list, nothing is said: browsers refuse.
 */
export function cors(core: Pick<Core, 'config'>): RequestHandler {
  const { corsOrigins } = core.config
  return (request, response, next) => {
    if (corsOrigins.size === 0) return next()
    response.vary('origin')
    const { origin } = request.headers
    if (origin === undefined || !corsOrigins.has(origin)) return next()
    response.setHeader('access-control-allow-origin', origin)
    response.setHeader('access-control-expose-headers', SHOWN)
    if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined) return next()
    response.setHeader('access-control-allow-methods', 'GET, POST')
    response.setHeader('access-control-allow-headers', HEADERS)
    response.setHeader('access-control-max-age', '600')
    response.status(204).end()
  }
}
