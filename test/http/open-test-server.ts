import { openGraphql } from '../../graphql/door.ts'
import { type RunningServer, type ServerOptions, startServer } from '../../core/http/server.ts'
import { openTestCore, type TestCore } from '../support/core.ts'
import type { DatabaseKind } from '../support/database.ts'

export interface TestServer {
  readonly core: TestCore
  readonly server: RunningServer
  readonly url: string
  /** An access token of the owner. */
  token(): Promise<string>
  /** One request; JSON bodies and answers are converted. */
  send(method: string, path: string, options?: SendOptions): Promise<Answer>
  /** One GraphQL operation as the owner, or as nobody with `token: null`. */
  graphql(query: string, variables?: Record<string, unknown>, options?: SendOptions): Promise<Answer>
  close(): Promise<void>
}

export interface SendOptions {
  readonly body?: unknown
  readonly headers?: Record<string, string>
  /** The owner's without it; null sends none. */
  readonly token?: string | null
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  // Tests look into answers of every shape.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly json: any
  readonly text: string
}

/** The whole server over a core of its own. The engine is not started. */
export async function openTestServer(
  kind: DatabaseKind,
  options: ServerOptions = {},
  environment: Record<string, string> = {},
  coreOptions: Parameters<typeof openTestCore>[2] = {},
): Promise<TestServer> {
  const core = await openTestCore(kind, environment, coreOptions)
  const server = await startServer(core, { doors: [openGraphql], grace: 200, ...options })
  let known: Promise<string> | undefined
  const token = () => (known ??= signInOver(server.url, core.owner))
  const send = async (
    method: string,
    path: string,
    { body, headers, token: given }: SendOptions = {},
  ): Promise<Answer> => {
    const bearer = given === undefined ? await token() : given
    const response = await fetch(server.url + path, {
      method,
      redirect: 'manual',
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
        ...headers,
      },
      ...(body === undefined
        ? {}
        : { body: typeof body === 'string' || body instanceof Uint8Array ? (body as string) : JSON.stringify(body) }),
    })
    const text = await response.text()
    const json = /json/.test(response.headers.get('content-type') ?? '') ? JSON.parse(text) : undefined
    return { status: response.status, headers: response.headers, json, text }
  }
  return {
    core,
    server,
    url: server.url,
    token,
    send,
    graphql: (query, variables, options) => send('POST', '/graphql', { body: { query, variables }, ...options }),
    async close() {
      await server.close()
      await core.close()
    },
  }
}

export async function signInOver(url: string, owner: { email: string; password: string }): Promise<string> {
  const response = await fetch(`${url}/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(owner),
  })
  return ((await response.json()) as { access_token: string }).access_token
}
