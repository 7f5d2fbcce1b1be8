import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/** What becomes of a request: it goes on, is not let through, or is done and its answer is lost. */
export type Fate = 'pass' | 'refuse' | 'lose'

/** Stands between a command and its host: `decide` is told of each request to GraphQL that contains `text`, counted from 1. */
export async function standBetween(
  target: string,
  text: string,
  decide: (count: number) => Promise<Fate> | Fate,
): Promise<string> {
  let count = 0
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray())
    const fate = body.includes(text) ? await decide(++count) : 'pass'
    if (fate === 'refuse') return void request.socket.destroy()
    const { 'content-type': type = 'application/json', authorization } = request.headers
    const answer = await fetch(`${target}${request.url}`, {
      method: request.method ?? 'GET',
      headers: { 'content-type': type, ...(authorization ? { authorization } : {}) },
      body,
    })
    const bytes = Buffer.from(await answer.arrayBuffer())
    if (fate === 'lose') return void request.socket.destroy()
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain' }).end(bytes)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
