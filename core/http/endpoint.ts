import { type Request, type RequestHandler, type Response, Router } from 'express'
import { z } from 'zod'
import type { Access } from '../access/access.ts'
import type { Viewer } from '../access/viewer.ts'
import { memberCore } from '../access/member-core.ts'
import type { Permission } from '../access/permissions.ts'
import type { Core } from '../context.ts'
import { type AnswerOnce, answerOnce, idempotencyKeyOf, requestHash } from './idempotency.ts'
import { checked, jsonBody } from './json-body.ts'
import { demandViewer } from './request-viewer.ts'
import { route } from './route.ts'

/**
 * An endpoint of the REST API, declared once: who may ask, what it takes, what it answers, and the function behind it.
 * `endpointRouter` serves it and `openApi` describes it, both from these very schemas.
 */
export interface Endpoint {
  readonly method: 'GET' | 'POST'
  /** As OpenAPI writes it: `/modules/{module}/status`. */
  readonly path: `/${string}`
  /** One of the groups of the documentation. */
  readonly tag: (typeof TAGS)[number]
  readonly summary: string
  readonly description?: string | undefined
  readonly permission: Permission
  /** Schemas of what is asked; in snake case. Without one nothing is taken there. */
  readonly params?: z.ZodObject | undefined
  readonly query?: z.ZodObject | undefined
  readonly body?: z.ZodType | undefined
  /** 202: durably stored, and worked on later. */
  readonly status: 200 | 202
  readonly answer: z.ZodType
  handle(asked: Asked<unknown, unknown, unknown>): Promise<unknown>
}

export const TAGS = ['brain', 'modules', 'tasks', 'leads', 'decisions', 'memory', 'analytics', 'calls'] as const

/** A request that was found good. */
export interface Asked<Params, Query, Body> {
  /** Behind the wall of the workspace of `viewer`. */
  readonly core: Core
  readonly viewer: Viewer
  readonly params: Params
  readonly query: Query
  readonly body: Body
  /**
   * Of a POST with an Idempotency-Key: unique to that key of that user with that request. Hand it on as the dedupe key of
   * what is stored: a process that dies between that and its answer is asked the same once more.
   */
  readonly once: string | undefined
  /** Of the header `accept-language`; undefined where it names none, as what programs send by themselves (`*`). */
  readonly language: string | undefined
}

/** Declares an endpoint; the types of `handle` come from the schemas. */
export function endpoint<
  Answer extends z.ZodType,
  Params extends z.ZodObject = z.ZodObject<Record<string, never>>,
  Query extends z.ZodObject = z.ZodObject<Record<string, never>>,
  Body extends z.ZodType = z.ZodUndefined,
>(
  declared: Omit<Endpoint, 'params' | 'query' | 'body' | 'answer' | 'handle'> & {
    readonly params?: Params
    readonly query?: Query
    readonly body?: Body
    readonly answer: Answer
    handle(asked: Asked<z.output<Params>, z.output<Query>, z.output<Body>>): Promise<z.input<Answer>>
  },
): Endpoint {
  return declared as unknown as Endpoint
}

/** Serves endpoints: who asks is looked at before a body is read, and a POST is done once for each Idempotency-Key. */
export function endpointRouter(core: Core, access: Access, endpoints: readonly Endpoint[]): Router {
  const router = Router()
  for (const [path, those] of Map.groupBy(endpoints, ({ path }) => path)) {
    const methods = Object.fromEntries(those.map(one => [one.method, handlersOf(core, access, one)]))
    route(router, path.replaceAll(/\{(\w+)\}/g, ':$1'), methods)
  }
  return router
}

const NOTHING = z.strictObject({})
const NO_BODY = NOTHING.optional()

function handlersOf(host: Core, access: Access, endpoint: Endpoint): RequestHandler[] {
  const admit: RequestHandler = async (request, response, next) => {
    response.locals['viewer'] = await demandViewer(host, access, request, endpoint.permission)
    next()
  }
  const answer: RequestHandler = async (request, response) => {
    const viewer: Viewer = response.locals['viewer']
    const core = memberCore(host, viewer.workspaceId)
    const asked = {
      core,
      viewer,
      params: checked(endpoint.params ?? z.object({}), request.params),
      query: checked(endpoint.query ?? NOTHING, request.query),
      body: checked(endpoint.body ?? NO_BODY, request.body),
      language: languageOf(request.headers['accept-language']),
    }
    const work: AnswerOnce = async once => ({
      status: endpoint.status,
      answer: (await endpoint.handle({ ...asked, once })) ?? null,
    })
    const key = endpoint.method === 'POST' ? idempotencyKeyOf(request.headers) : undefined
    const answered = key === undefined ? await work(undefined) : await once(core, viewer, request, key, work)
    if (endpoint.method !== 'GET') await core.cache.settled()
    send(response, answered)
  }
  return endpoint.method === 'GET' ? [admit, answer] : [admit, jsonBody, answer]
}

const languageOf = (header: string | undefined) => (header?.trim() === '*' ? undefined : header)

const once = (
  core: Pick<Core, 'sql' | 'clock' | 'log' | 'config'>,
  viewer: Viewer,
  request: Request,
  key: string,
  work: AnswerOnce,
) => {
  const hash = requestHash([request.method, request.path, request.query, request.body ?? null])
  return answerOnce(core, viewer, { key, hash }, work)
}

function send(response: Response, { status, answer, repeated }: Awaited<ReturnType<typeof answerOnce>>): void {
  if (repeated) response.setHeader('idempotency-replayed', 'true')
  response.status(status).json(answer)
}
