import { createHash, timingSafeEqual } from 'node:crypto'
import { createServer } from 'node:http'
import { type RequestHandler, type Response, Router } from 'express'
import type { Access } from '../access/access.ts'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { listen } from './listen.ts'
import { demandViewer } from './request-viewer.ts'
import { route } from './route.ts'

/**
 * `/metrics` for Prometheus, on the port of everything else: for whoever sends `TRAE_METRICS_TOKEN` as a bearer token, or may
 * `metrics:read`. With `TRAE_METRICS_PORT` it is also on a port of its own, for everybody who reaches that.
 */
export function metricsRoutes(core: Core, access: Access): Router {
  const router = Router()
  route(router, '/metrics', {
    GET: [
      async (request, response) => {
        const { token } = core.config.metrics
        const [, given] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? []
        if (!(token !== undefined && given !== undefined && same(token, given)))
          await demandViewer(core, access, request, 'metrics:read')
        await answer(core, response)
      },
    ],
  })
  return router
}

/** On a port of its own; undefined where none is configured. Throws `CONFIG` for one that cannot be had. */
export async function openMetricsPort(core: Core): Promise<(() => Promise<void>) | undefined> {
  const { port } = core.config.metrics
  if (port === undefined) return undefined
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url?.split('?')[0] !== '/metrics') return void response.writeHead(404).end()
    core.metrics.registry.metrics().then(
      text => response.writeHead(200, { 'content-type': core.metrics.registry.contentType }).end(text),
      error => {
        core.log.error({ err: error }, 'metrics cannot be read')
        response.writeHead(500).end()
      },
    )
  })
  await listen(server, { ...core.config, port })
  return () => new Promise(resolve => server.close(() => resolve()))
}

/** Observes every request under the template of its route. */
export function observeRequests(core: Pick<Core, 'metrics'>, doors: readonly string[]): RequestHandler {
  return (request, response, next) => {
    const begun = performance.now()
    response.once('finish', () => {
      const path: unknown = request.route?.path
      const door = doors.find(one => request.originalUrl.split('?')[0] === one)
      const name = door ?? (typeof path === 'string' ? path : 'other')
      core.metrics.request(request.method, name, response.statusCode, (performance.now() - begun) / 1000)
    })
    next()
  }
}

async function answer(core: Pick<Core, 'metrics'>, response: Response): Promise<void> {
  const { registry } = core.metrics
  try {
    response.setHeader('content-type', registry.contentType)
    response.end(await registry.metrics())
  } catch (cause) {
    throw new TraeError('UNAVAILABLE', 'The metrics cannot be read now.', { cause })
  }
}

const digest = (text: string) => createHash('sha256').update(text).digest()
const same = (a: string, b: string) => timingSafeEqual(digest(a), digest(b))
