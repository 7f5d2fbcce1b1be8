import { type Request, type RequestHandler, type Response, Router } from 'express'
import type { z } from 'zod'
import { checked, jsonBody } from './json-body.ts'
import { route } from './route.ts'

/**
 * An endpoint that somebody reaches before they are signed in, declared once: what it takes, what it answers, and the function
 * behind it. `publicRouter` serves it and `openApi` describes it, both from these very schemas.
 */
export interface PublicEndpoint {
  readonly method: 'GET' | 'POST'
  readonly path: `/${string}`
  readonly tag: 'sign-in'
  readonly summary: string
  readonly description?: string | undefined
  readonly body?: z.ZodType | undefined
  /** 204 where there is nothing to say. */
  readonly status: 200 | 202 | 204
  /** Undefined for 204. */
  readonly answer?: z.ZodType | undefined
  handle(body: unknown, request: Request, response: Response): Promise<unknown>
}

/** Declares an endpoint; the types of `handle` come from the schemas. */
export function publicEndpoint<Answer extends z.ZodType, Body extends z.ZodType = z.ZodUndefined>(
  declared: Omit<PublicEndpoint, 'body' | 'answer' | 'handle' | 'tag'> & {
    readonly body?: Body
    readonly answer?: Answer
    handle(
      body: z.output<Body>,
      request: Request,
      response: Response,
    ): z.ZodType extends Answer ? Promise<void> : Promise<z.input<Answer>>
  },
): PublicEndpoint {
  return { tag: 'sign-in', ...declared } as unknown as PublicEndpoint
}

export function publicRouter(endpoints: readonly PublicEndpoint[]): Router {
  const router = Router()
  for (const { method, path, body, status, handle } of endpoints) {
    const answer: RequestHandler = async (request, response) => {
      const answered = await handle(body && checked(body, request.body), request, response)
      response.status(status)
      if (status === 204) response.end()
      else response.json(answered)
    }
    route(router, path, { [method]: method === 'GET' ? [answer] : [jsonBody, answer] })
  }
  return router
}
