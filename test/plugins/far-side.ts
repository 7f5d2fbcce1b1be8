import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { EgressSettings } from '../../core/credentials/egress.ts'
import { selfSigned } from './certificate.ts'

/** A real TLS server on this machine under the names given, and the settings by which a host may reach it. */
export async function openFarSide(
  names: readonly string[],
  answer: (request: IncomingMessage & { text: string }, response: ServerResponse) => void,
) {
  const { key, cert } = selfSigned(...names)
  const connections: unknown[] = []
  const server = createServer({ key, cert }, (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => answer(Object.assign(request, { text: Buffer.concat(chunks).toString() }), response))
  })
  server.on('connection', () => connections.push('connection'))
  server.on('tlsClientError', () => {})
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const settings: EgressSettings = {
    privateHosts: new Set(names.map(name => `${name}:${port}`)),
    privateCa: cert,
    resolve: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]),
  }
  return {
    port,
    settings,
    /** One entry per TCP connection that was made. */
    connections,
    async close() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}
export type FarSide = Awaited<ReturnType<typeof openFarSide>>
