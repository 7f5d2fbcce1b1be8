import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type ExecutionArgs, getOperationAST, GraphQLError } from 'graphql'
import { GRAPHQL_TRANSPORT_WS_PROTOCOL, MessageType, stringifyMessage } from 'graphql-ws'
import { type Extra, useServer } from 'graphql-ws/use/ws'
import { isAsyncIterable, type YogaServerInstance } from 'graphql-yoga'
import { WebSocketServer } from 'ws'
import type { Access } from '../core/access/access.ts'
import { stillSignedIn } from '../core/access/authenticate.ts'
import type { Viewer } from '../core/access/viewer.ts'
import type { Core } from '../core/context.ts'
import { TraeError } from '../core/errors.ts'
import { unstorable } from '../core/http/json-body.ts'
import { countOne, countStream } from '../core/http/limit-requests.ts'
import { viewerOfKeyText, viewerOfToken, viewerOfUpgrade } from '../core/http/request-viewer.ts'
import { withinRequest } from '../core/request-scope.ts'
import type { Context, Origin } from './context.ts'
import { showError } from './errors.ts'
import type { TextOf } from './persisted-operations.ts'
import { type Results, withoutHttp } from './share-events.ts'
import { sendOverSocket } from './socket-stream.ts'

/** Operations at once on one socket. */
const OPERATIONS = 100
/** Characters of the mark by which a client knows its subscription again. */
const MARK_LENGTH = 64
/** What a timer holds, 24 days: of a key that lasts longer each operation is asked. */
const LONGEST_TIMER = 2 ** 31 - 1

/**
 * graphql-transport-ws. Who connects signs in with `connection_init {authorization: "Bearer …"}` or `{"x-api-key": "…"}`,
 * by the header `x-api-key`, or by the session cookie from a page of this host. The socket is closed with 4401 when the access token ends: refresh it, come back.
 *
 * The protocol does not say when a subscription stands. Whoever sends `extensions: {standing: "a mark"}` with it gets a ping
 * with the payload `{standing: "a mark"}` then: what is read from that moment on has no gap to what the stream brings.
 */
export function openSockets(core: Core, access: Access, yoga: YogaServerInstance<Origin, object>, textOf: TextOf) {
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: 1_000_000,
    handleProtocols: offered => (offered.has(GRAPHQL_TRANSPORT_WS_PROTOCOL) ? GRAPHQL_TRANSPORT_WS_PROTOCOL : false),
  })
  const byHeader = new WeakMap<IncomingMessage, Viewer>()

  const serving = useServer<Record<string, unknown>, { viewer: Viewer }>(
    {
      connectionInitWaitTimeout: 3000,
      async onConnect({ connectionParams, extra }) {
        const viewer = await signedIn(core, access, connectionParams, extra.request, byHeader.get(extra.request))
        if (!viewer) return false // closes with 4403
        extra.viewer = viewer
        const left = viewer.expiresAt.getTime() - core.clock.now().getTime()
        const timer = setTimeout(() => extra.socket.close(4401, 'sign in again'), Math.min(left, LONGEST_TIMER))
        timer.unref()
        extra.socket.once('close', () => clearTimeout(timer))
        return true
      },
      async onSubscribe({ subscriptions, extra }, id, payload) {
        const { viewer, socket, request } = extra as Extra & { viewer: Viewer }
        if (Object.keys(subscriptions).length > OPERATIONS)
          return [
            new GraphQLError(`At most ${OPERATIONS} operations at once on one socket.`, {
              extensions: { code: 'RATE_LIMITED' },
            }),
          ]
        const fault = unstorable(payload)
        if (fault) return [new GraphQLError(fault, { extensions: { code: 'BAD_USER_INPUT' } })]
        if (!(await stillSignedIn(core, access, viewer))) {
          socket.close(4401, 'sign in again')
          return [
            new GraphQLError('This session has ended. Sign in again.', { extensions: { code: 'UNAUTHENTICATED' } }),
          ]
        }
        const { schema, execute, subscribe, contextFactory, parse, validate } = yoga.getEnveloped({
          viewer,
          requestId: randomUUID(),
          language: request.headers['accept-language'],
          params: payload,
        } as never)
        let document
        try {
          document = parse(
            textOf(payload, byHeader.get(request) === viewer && request.headers['x-api-key'] === undefined),
          )
        } catch (error) {
          const limited = await refusal(countOne(core, request, viewer))
          if (limited) return limited
          if (error instanceof TraeError) return [showError(core, error, '')]
          return [withCode(error as GraphQLError, 'GRAPHQL_PARSE_FAILED')]
        }
        const isStream = getOperationAST(document, payload.operationName)?.operation === 'subscription'
        const limited = await refusal(isStream ? countStream(core, viewer) : countOne(core, request, viewer))
        if (limited) return limited
        const errors = validate(schema, document) as readonly GraphQLError[]
        if (errors.length > 0) return errors.map(error => withCode(error, 'GRAPHQL_VALIDATION_FAILED'))
        const args: ExecutionArgs = {
          schema,
          document,
          operationName: payload.operationName ?? undefined,
          variableValues: payload.variables ?? undefined,
          contextValue: await contextFactory(),
          rootValue: {
            execute,
            subscribe: async (args: ExecutionArgs) => {
              const results = await subscribe(args)
              return isAsyncIterable(results)
                ? sendOverSocket(socket, request.socket, id, results as unknown as Results)
                : results
            },
          },
        }
        return args
      },
      onOperation({ extra }, _id, { extensions }) {
        const standing = extensions?.['standing']
        if (typeof standing !== 'string' || standing.length > MARK_LENGTH) return
        extra.socket.send(stringifyMessage({ type: MessageType.Ping, payload: { standing } }))
      },
      onError: (_context, _id, _payload, errors) => errors.map(error => withoutHttp(error as GraphQLError)) as never,
      onNext: (_context, _id, _payload, _args, { errors, ...result }) =>
        errors && ({ ...result, errors: errors.map(error => withoutHttp(error)) } as never),
      execute: args =>
        withinRequest((args.contextValue as Context).requestId, () =>
          (args.rootValue as { execute(args: unknown): never }).execute({ ...args, rootValue: undefined }),
        ),
      subscribe: args =>
        (args.rootValue as { subscribe(args: unknown): never }).subscribe({ ...args, rootValue: undefined }),
    },
    server,
  )

  return {
    /** Throws what is to be answered instead of a socket. */
    async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
      const viewer = await viewerOfUpgrade(core, access, request).catch(error => {
        if (error instanceof TraeError && error.code === 'UNAUTHENTICATED') return undefined // a stale cookie; connection_init may know better
        throw error
      })
      if (viewer) byHeader.set(request, viewer)
      server.handleUpgrade(request, socket, head, connection => server.emit('connection', connection, request))
    },
    close: async () => serving.dispose(),
  }
}

const refusal = (counted: Promise<void>) =>
  counted.then(
    () => undefined,
    (error: TraeError) => [new GraphQLError(error.message, { extensions: { code: 'RATE_LIMITED' } })],
  )

async function signedIn(
  core: Core,
  access: Access,
  parameters: Record<string, unknown> | undefined,
  request: IncomingMessage,
  byHeader: Viewer | undefined,
): Promise<Viewer | undefined> {
  const { authorization, 'x-api-key': key } = parameters ?? {}
  if (typeof key === 'string') return viewerOfKeyText(core, request, key).catch(() => undefined)
  if (authorization === undefined) return byHeader
  const [, token] = (typeof authorization === 'string' && /^(?:Bearer +)?(\S+)$/i.exec(authorization)) || []
  return token === undefined ? undefined : viewerOfToken(core, access, token).catch(() => undefined)
}

const withCode = (error: GraphQLError, code: string) =>
  error.extensions?.['code']
    ? error
    : new GraphQLError(error.message, {
        nodes: error.nodes,
        source: error.source,
        positions: error.positions,
        extensions: { code },
      })
