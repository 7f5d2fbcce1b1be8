import { readFileSync, statSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'

const LIMITS = { requestTimeout: 30_000, headersTimeout: 15_000, keepAliveTimeout: 65_000 }
/** How often the certificate is looked at: who renews it need not start the program again. */
const CERTIFICATE_LOOK_MS = 60_000

/** HTTP, or HTTPS with TLS 1.3 and nothing older where a certificate is configured. Throws `CONFIG` for one that cannot be used. */
export function createHttpServer(core: Pick<Core, 'config' | 'log'>, app: RequestListener): Server {
  const { tls } = core.config
  if (!tls) return createServer(LIMITS, app)
  let server: TlsServer
  try {
    server = createTlsServer({ ...LIMITS, ...readPair(tls), minVersion: 'TLSv1.3' }, app)
  } catch (cause) {
    throw new TraeError(
      'CONFIG',
      `The certificate ${tls.certificate} cannot be used with the key ${tls.key}: ${(cause as Error).message}. See TRAE_TLS_CERT and TRAE_TLS_KEY.`,
      { cause },
    )
  }
  let known = changed(tls)
  const look = setInterval(() => {
    try {
      const now = changed(tls)
      if (now === known) return
      server.setSecureContext({ ...readPair(tls), minVersion: 'TLSv1.3' })
      known = now
    } catch (error) {
      core.log.warn({ err: error }, 'the renewed certificate cannot be used; the one before stays in force')
    }
  }, CERTIFICATE_LOOK_MS).unref()
  server.once('close', () => clearInterval(look))
  return server
}

type Pair = NonNullable<Core['config']['tls']>
const readPair = ({ certificate, key }: Pair) => ({ cert: readFileSync(certificate), key: readFileSync(key) })
const changed = ({ certificate, key }: Pair) => `${statSync(certificate).mtimeMs} ${statSync(key).mtimeMs}`

/** Throws `CONFIG` for an address or a port that cannot be had. */
export function listen(server: Server, { host, port }: Core['config']): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why: Record<string, string> = {
        EADDRINUSE: `Port ${port} on ${host} is taken by another program. Stop that one, or set TRAE_PORT to another port (0 takes any free one).`,
        EACCES: `Port ${port} on ${host} may not be opened by this user. Set TRAE_PORT to a port above 1023.`,
        EADDRNOTAVAIL: `${host} is no address of this machine. Set TRAE_HOST to one that is, or to 127.0.0.1.`,
        ENOTFOUND: `${host} is not known. Set TRAE_HOST to an address of this machine, or to 127.0.0.1.`,
      }
      reject(
        new TraeError(
          'CONFIG',
          why[cause.code ?? ''] ??
            `Port ${port} on ${host} cannot be opened: ${cause.message}. See TRAE_PORT and TRAE_HOST.`,
          { cause },
        ),
      )
    })
    server.listen(port, host, resolve)
  })
}

/** With the port that was really taken. */
export function urlOf(server: Server, { host, tls }: Core['config']): string {
  const { port } = server.address() as AddressInfo
  const shown = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host
  return `${tls ? 'https' : 'http'}://${shown}:${port}`
}
