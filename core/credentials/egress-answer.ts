import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { TraeError } from '../errors.ts'
import type { EgressLimits } from './egress-request.ts'

/** At most one coding, undone while it streams; stops at the first byte too many. */
export async function readBody(
  incoming: IncomingMessage,
  method: string,
  shown: string,
  limits: EgressLimits,
): Promise<Buffer> {
  const coding = (incoming.headers['content-encoding'] ?? 'identity').trim().toLowerCase()
  const empty = method === 'HEAD' || incoming.statusCode === 204 || incoming.statusCode === 304
  const stream = empty ? incoming : decoderOf(coding, incoming, shown)
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > limits.responseBytes)
      throw new TraeError('PAYLOAD_TOO_LARGE', `${shown} answered with more than ${limits.responseBytes} bytes.`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function decoderOf(coding: string, incoming: IncomingMessage, shown: string): Readable {
  if (coding === 'identity' || coding === '') return incoming
  const decoder =
    coding === 'gzip' || coding === 'x-gzip'
      ? createGunzip()
      : coding === 'deflate'
        ? createInflate()
        : coding === 'br'
          ? createBrotliDecompress()
          : undefined
  if (!decoder)
    throw new TraeError('UNAVAILABLE', `${shown} answered in a coding that was not asked for.`, { retryable: false })
  incoming.on('error', error => decoder.destroy(error))
  incoming.on('aborted', () => decoder.destroy(Object.assign(new Error('cut off'), { code: 'ECONNRESET' })))
  return incoming.pipe(decoder)
}

/** As one text each. Cookies are left out: there is no jar, every request stands for itself. */
export function headersOf(incoming: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(incoming.headers)) {
    if (name === 'set-cookie' || value === undefined) continue
    headers[name] = Array.isArray(value) ? value.join(', ') : value
  }
  return headers
}

/** What happened on the way, in words of ours. Retryable unless it is a matter of trust. */
export function networkError(error: Error, shown: string): TraeError {
  if (error instanceof TraeError) return error
  const code = (error as NodeJS.ErrnoException).code ?? ''
  const reason =
    REASONS[code] ??
    (code.startsWith('HPE_') || code.startsWith('Z_') ? 'its answer cannot be read' : 'the connection failed')
  return new TraeError('UNAVAILABLE', `${shown} cannot be reached: ${reason}.`, {
    retryable: !TRUST.test(code),
    ...(NOT_CONNECTED.has(code) || TRUST.test(code) ? { details: { arrived: false } } : {}),
  })
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'it refuses connections',
  ECONNRESET: 'it closed the connection',
  EPIPE: 'it closed the connection',
  ETIMEDOUT: 'it does not answer',
  EHOSTUNREACH: 'there is no way to it',
  ENETUNREACH: 'there is no way to it',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is not trusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is not trusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is not trusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is not trusted',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  HPE_HEADER_OVERFLOW: 'its headers are too large',
}
/** There was no connection that anything could have been sent over. */
const NOT_CONNECTED: ReadonlySet<string> = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH'])
const TRUST = /CERT|SIGNATURE|ALTNAME/
