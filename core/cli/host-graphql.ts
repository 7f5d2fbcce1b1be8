import { type ErrorCode, TraeError } from '../errors.ts'
import { type HostSession, reach } from './host-session.ts'

interface Answer {
  readonly data?: unknown
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[]
}

/** Asks the host once. Throws a TraeError with the code that it gave. */
export async function ask<Data>(
  session: HostSession,
  query: string,
  variables: Record<string, unknown> = {},
): Promise<Data> {
  const response = await post(session, query, variables, 'application/json')
  return dataOf<Data>((await response.json()) as Answer)
}

/** Subscribes over server-sent events; ends with the loop, or when `signal` says so. Throws as `ask` does. */
export async function* subscribe<Data>(
  session: HostSession,
  query: string,
  variables: Record<string, unknown>,
  signal: AbortSignal,
): AsyncGenerator<Data> {
  const response = await post(session, query, variables, 'text/event-stream', signal)
  if (!response.headers.get('content-type')?.startsWith('text/event-stream')) {
    dataOf((await response.json()) as Answer)
    throw new TraeError('INTERNAL', `${session.url}/graphql did not open a stream.`)
  }
  let rest = ''
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    const messages = (rest + chunk).split(/\r?\n\r?\n/)
    rest = messages.pop()!
    for (const message of messages) {
      const event = /^event: ?(.*)$/m.exec(message)?.[1]
      const data = Array.from(message.matchAll(/^data: ?(.*)$/gm), ([, text]) => text).join('\n')
      if (event === 'complete') return
      if (event === 'next' && data !== '') yield dataOf<Data>(JSON.parse(data) as Answer)
    }
  }
}

async function post(
  { url, headers: who }: HostSession,
  query: string,
  variables: unknown,
  accept: string,
  signal?: AbortSignal,
): Promise<Response> {
  const headers = { 'content-type': 'application/json', accept, ...who }
  const response = await reach(url, '/graphql', {
    method: 'POST',
    headers,
    body: JSON.stringify({ query, variables }),
    ...(signal ? { signal } : {}),
  })
  if (response.headers.get('content-type')?.includes('json') || response.ok) return response
  throw new TraeError('UNAVAILABLE', `${url}/graphql answered ${response.status}.`)
}

function dataOf<Data>({ data, errors, ...problem }: Answer & { code?: string; detail?: string }): Data {
  if (errors?.[0])
    throw new TraeError(
      (errors[0].extensions?.code as ErrorCode) ?? 'INTERNAL',
      errors.map(({ message }) => message).join('\n'),
    )
  if (data === undefined || data === null)
    throw new TraeError((problem.code as ErrorCode) ?? 'INTERNAL', problem.detail ?? 'The host answered nothing.')
  return data as Data
}
