import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Request, Response } from 'express'
import { type DocumentNode, type ExecutionResult, getOperationAST } from 'graphql'
import { createYoga, isAsyncIterable } from 'graphql-yoga'
import type { Access } from '../core/access/access.ts'
import type { Core } from '../core/context.ts'
import { TraeError } from '../core/errors.ts'
import { addressOf } from '../core/http/client-address.ts'
import { jsonBody } from '../core/http/json-body.ts'
import { showStanding } from '../core/http/limit-requests.ts'
import { asTraeError, requestIdOf } from '../core/http/problem.ts'
import { hasCsrfHeader, viewerOfRequest } from '../core/http/request-viewer.ts'
import type { Door } from '../core/http/server.ts'
import { createContext, type Origin } from './context.ts'
import { plainError, showError } from './errors.ts'
import { sendEvent, sendEvents } from './event-stream.ts'
import { graphiql } from './graphiql.ts'
import { guards } from './guards.ts'
import { schema } from './schema.ts'
import type { Results } from './share-events.ts'
import { persistedOperations } from './persisted-operations.ts'
import { openSockets } from './sockets.ts'

/**
 * GraphQL on `/graphql`: POST of JSON for operations, the same with `accept: text/event-stream` for subscriptions
 * (graphql-sse), web sockets for graphql-ws. Everything else is refused before yoga sees it.
 */
export function openGraphql(core: Core, access: Access): Door {
  const closing = new AbortController()
  const yoga = createYoga<Origin>({
    schema,
    graphqlEndpoint: '/graphql',
    context: origin => createContext({ core, access, closing: closing.signal }, origin),
    plugins: [guards(core)],
    maskedErrors: { maskError: error => showError(core, error, '') },
    cors: false,
    graphiql: false,
    landingPage: false,
    multipart: false,
    batching: false,
    logging: false, // what is worth saying goes through our own log
  })
  const textOf = persistedOperations(core)
  const sockets = openSockets(core, access, yoga, textOf)

  const handle = async (request: Request, response: Response) => {
    try {
      if (request.method !== 'POST') return await refuseMethod(core, request, response)
      if (!request.accepts([...ANSWERS]))
        throw new TraeError('NOT_ACCEPTABLE', `The answer can be ${ANSWERS.join(', ')}; "accept" wants none of them.`)
      await parseBody(request, response)
      const { body } = request
      if (typeof body !== 'object' || body === null || Array.isArray(body))
        throw new TraeError('BAD_USER_INPUT', 'Send one JSON object with the text of the operation in "query".')
      body.query = textOf(body, isByPage(request))
      delete body.documentId // yoga knows no such parameter
      const origin: Origin = {
        viewer: await viewerOfRequest(core, access, request),
        requestId: requestIdOf(response),
        language: request.headers['accept-language'],
        address: addressOf(core, request),
        showDeprecated: uses =>
          uses.length === 0 || response.headersSent || response.setHeader('deprecation-fields', uses.join(', ')),
        showBudget: taken => response.headersSent || showStanding(response, taken),
      }
      response.setHeader('cache-control', 'no-store')
      response.setHeader('x-content-type-options', 'nosniff')
      if (!(await streamed(request, response, origin))) await yoga(request, response, origin)
    } catch (thrown) {
      refuse(core, response, thrown)
    }
  }

  /** Subscriptions over SSE go past yoga: the same bytes to all who share an event. */
  const streamed = async (request: Request, response: Response, origin: Origin): Promise<boolean> => {
    if (!request.headers.accept?.includes('text/event-stream')) return false
    const { query, operationName, variables } = request.body
    const enveloped = yoga.getEnveloped({ ...origin, params: request.body } as never)
    let document: DocumentNode
    try {
      document = enveloped.parse(query)
    } catch {
      return false // yoga says it
    }
    if (getOperationAST(document, operationName)?.operation !== 'subscription') return false
    if (enveloped.validate(enveloped.schema, document).length > 0) return false
    if (variables !== undefined && variables !== null && typeof variables !== 'object') return false
    const results = await enveloped.subscribe({
      schema: enveloped.schema,
      document,
      operationName,
      variableValues: variables,
      contextValue: await enveloped.contextFactory(),
    })
    if (isAsyncIterable(results)) await sendEvents(response, results as unknown as Results)
    else sendEvent(response, results as ExecutionResult)
    return true
  }

  return {
    path: '/graphql',
    handle,
    refuse: (response, thrown) => refuse(core, response, thrown),
    upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => sockets.upgrade(request, socket, head),
    async close() {
      closing.abort()
      await sockets.close()
      await yoga.dispose()
    },
  }
}

const ANSWERS = ['application/graphql-response+json', 'application/json', 'text/event-stream'] as const

/** By the session cookie alone, which a page of this host has. */
const isByPage = (request: Request) =>
  request.headers.authorization === undefined && request.headers['x-api-key'] === undefined && hasCsrfHeader(request)

const parseBody = (request: Request, response: Response) =>
  new Promise<void>((resolve, reject) => {
    jsonBody(request, response, error => (error ? reject(error) : resolve()))
  })

async function refuseMethod(core: Pick<Core, 'config'>, request: Request, response: Response): Promise<void> {
  if (request.method === 'GET' && request.accepts(['json', 'html']) === 'html') {
    const page = await graphiql(core)
    if (page !== undefined) return void response.type('html').send(page)
  }
  response.setHeader('allow', 'POST')
  if (request.method === 'OPTIONS') return void response.status(204).end()
  throw new TraeError('METHOD_NOT_ALLOWED', `GraphQL is answered to POST of JSON only, not to ${request.method}.`)
}

function refuse(core: Pick<Core, 'log'>, response: Response, thrown: unknown): void {
  const error = asTraeError(thrown)
  const requestId = requestIdOf(response)
  const { status, message, extensions } = plainError(error, requestId)
  if (status >= 500) core.log.error({ err: thrown, requestId }, 'a GraphQL request failed')
  if (response.headersSent) return void response.destroy()
  if (status === 401) response.setHeader('www-authenticate', 'Bearer realm="TRAE OS"')
  response.status(status).json({ errors: [{ message, extensions }] })
}
