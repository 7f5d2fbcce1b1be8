import { type IncomingMessage, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import express, { type ErrorRequestHandler, type RequestHandler, type Response } from 'express'
import helmet from 'helmet'
import { type Access, openAccess } from '../access/access.ts'
import { defaultWorkspace } from '../access/first-boot.ts'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { withinRequest } from '../request-scope.ts'
import { newId, type WorkspaceId } from '../ids.ts'
import { approvalRouter } from './approval-routes.ts'
import { auditExport } from './audit-export.ts'
import { authEndpoints, authRoutes } from './auth-routes.ts'
import { BrainSocket, type BrainSocketOptions } from './brain-socket.ts'
import { calendarRouter } from './calendar-routes.ts'
import { cors } from './cors.ts'
import { endpointRouter } from './endpoint.ts'
import { healthRoutes } from './health.ts'
import { landingRouter } from './landing.ts'
import { createHttpServer, listen, urlOf } from './listen.ts'
import { openApiRoute } from './openapi.ts'
import { nothingHere } from './nothing-here.ts'
import { ownPagesRouter } from './own-pages.ts'
import { countOne, limitRequests } from './limit-requests.ts'
import { asTraeError, problemHandler, STATUS } from './problem.ts'
import { meetingRouter } from './meeting-routes.ts'
import { metricsRoutes, observeRequests, openMetricsPort } from './metrics-routes.ts'
import { pluginWebhookRoutes } from './plugin-webhooks.ts'
import { playbookWebhookRoutes } from './playbook-webhooks.ts'
import { pluginRoutes } from './plugin-packages.ts'
import { proposalRouter } from './proposal-routes.ts'
import { callEndpoints } from './rest-calls.ts'
import { restEndpoints } from './rest.ts'
import { staticUi } from './static-ui.ts'
import { unsubscribeRouter } from './unsubscribe-routes.ts'
import { webhookRoutes } from './webhooks.ts'

/** A protocol on a path of its own, handed in from above: nothing here knows GraphQL. */
export interface Door {
  readonly path: string
  readonly handle: RequestHandler
  /** Answers a request that may not reach `handle`, in the words of this protocol. */
  readonly refuse: (response: Response, thrown: unknown) => void
  /** Takes over a web socket on this path; throws what is to be answered instead. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>
  /** Ends what is open. */
  close(): Promise<void>
}

export interface ServerOptions {
  /** Whose landing pages are shown; the default workspace without it. */
  readonly workspaceId?: WorkspaceId
  readonly doors?: readonly ((core: Core, access: Access) => Promise<Door> | Door)[]
  /** Where the built admin UI is; dist/admin-ui without it. */
  readonly adminUi?: string
  readonly brainSocket?: BrainSocketOptions
  /** Milliseconds that requests under way are given when the server closes: 20 s. */
  readonly grace?: number
}

export interface RunningServer {
  /** With the port that was really taken. */
  readonly url: string
  readonly access: Access
  /** Not ready any more, no new connections, sockets told to go, requests under way finished. */
  close(): Promise<void>
}

/** Everything that is reached over HTTP, on one port. The database is migrated and booted before. Throws `CONFIG` for a port that cannot be had. */
export async function startServer(core: Core, options: ServerOptions = {}): Promise<RunningServer> {
  const access = await openAccess(core)
  const workspaceId = options.workspaceId ?? (await defaultWorkspace(core))
  const doors = await Promise.all((options.doors ?? []).map(door => door(core, access)))
  const brain = new BrainSocket(core, access, options.brainSocket)
  let draining = false

  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.set('query parser', 'simple')
  app.use(requestId)
  app.use(
    observeRequests(
      core,
      doors.map(({ path }) => path),
    ),
  )
  app.use(cors(core))
  app.use(healthRoutes(core, () => draining))
  const limited = limitRequests(core)
  for (const door of doors) {
    const refuse: ErrorRequestHandler = (thrown, _request, response, _next) => door.refuse(response, thrown)
    app.use(door.path, limited, door.handle, refuse) // before helmet: GraphiQL has a policy of its own
  }
  app.use(securityHeaders(core))
  app.use(staticUi(options.adminUi)) // files that everybody may have are not counted: opening the admin UI takes many
  app.use(limited)
  app.use(landingRouter(core, { workspaceId }))
  app.use(ownPagesRouter(core))
  app.use(approvalRouter(core))
  app.use(proposalRouter(core))
  app.use(unsubscribeRouter(core))
  app.use(calendarRouter(core))
  app.use(meetingRouter(core))
  app.use(noStore)
  const signIn = authEndpoints(core, access)
  app.use(authRoutes(core, access, signIn))
  app.use(webhookRoutes(core))
  app.use(playbookWebhookRoutes(core))
  app.use(pluginWebhookRoutes(core))
  app.use(metricsRoutes(core, access))
  const endpoints = [...restEndpoints, ...callEndpoints]
  app.use(endpointRouter(core, access, endpoints))
  app.use(openApiRoute([...signIn, ...endpoints]))
  app.use(auditExport(core, access))
  app.use(pluginRoutes(core, access))
  app.use(nothingHere)
  app.use(problemHandler(core))

  const server = createHttpServer(core, app)
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy())
    const path = request.url?.split('?')[0]
    const door = path === '/ws/brain' ? brain : doors.find(({ path: own }) => own === path)
    const taken =
      door && !draining
        ? countOne(core, request).then(() => door.upgrade(request, socket, head))
        : Promise.reject(new TraeError('NOT_FOUND', 'There is no web socket here.'))
    taken.catch(error => refuseUpgrade(core, socket, error))
  })
  await listen(server, core.config)
  const closeMetrics = await openMetricsPort(core)

  return {
    url: urlOf(server, core.config),
    access,
    async close() {
      draining = true
      await closeMetrics?.()
      brain.close()
      await Promise.all(doors.map(door => door.close()))
      const closed = new Promise<void>(resolve => server.close(() => resolve()))
      server.closeIdleConnections()
      const patience = setTimeout(() => server.closeAllConnections(), options.grace ?? 20_000)
      await closed
      clearTimeout(patience)
    },
  }
}

/** The caller's id for its request where it is sane, else one of ours; both ways in `x-request-id`. */
const requestId: RequestHandler = (request, response, next) => {
  const given = request.headers['x-request-id']
  const id = typeof given === 'string' && /^[\w.:-]{1,128}$/.test(given) ? given : newId()
  response.locals['requestId'] = id
  response.setHeader('x-request-id', id)
  withinRequest(id, next)
}

/** Scripts come from us alone; styles may stand in the page because Mantine and the flow canvas set them there. */
function securityHeaders(core: Pick<Core, 'config'>): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:'],
        fontSrc: ["'self'"],
        connectSrc: ["'self'"],
        objectSrc: ["'none'"],
        baseUri: ["'self'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    strictTransportSecurity: core.config.production || core.config.tls !== undefined,
    xFrameOptions: { action: 'deny' },
  })
}

const noStore: RequestHandler = (_request, response, next) => {
  response.setHeader('cache-control', 'no-store')
  next()
}

function refuseUpgrade(core: Pick<Core, 'log'>, socket: Duplex, thrown: unknown): void {
  const error = asTraeError(thrown)
  const status = STATUS[error.code]
  if (status >= 500) core.log.error({ err: thrown }, 'a web socket could not be opened')
  const body = JSON.stringify({
    type: 'about:blank',
    title: STATUS_CODES[status],
    status,
    detail: status >= 500 ? 'Something went wrong.' : error.message,
    code: error.code,
  })
  const retry = error.retryAfter === undefined ? '' : `Retry-After: ${error.retryAfter}\r\n`
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${retry}Connection: close\r\n\r\n${body}`,
  )
}
