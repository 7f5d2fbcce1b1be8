import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Request } from 'express'
import type { Core } from '../context.ts'
import { TraeError } from '../errors.ts'
import { unstorable } from './json-body.ts'

/** Seconds that a webhook's clock may differ from ours. */
const TOLERANCE = 300

/**
 * Verifies that a message is signed, as Standard Webhooks has it, with one of these secrets. Answers its `webhook-id` and
 * which secret it was. Throws `UNAUTHENTICATED` saying what is wrong.
 */
export function verifySignature(
  core: Pick<Core, 'clock'>,
  request: Request,
  secrets: readonly string[],
): { readonly id: string; readonly index: number } {
  const { id, timestamp, signatures } = readMessage(core, request)
  const body = bodyOf(request)
  const index = secrets.findIndex(secret =>
    signatures.some(given => fits(given, signatureOf(secret, id, timestamp, body))),
  )
  if (index === -1) throw refused('webhook-signature does not fit this body and this secret')
  return { id, index }
}

/** The bytes as they came; `rawBody` has read them. */
export function bodyOf(request: Request): Buffer {
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
}

/** `secret` as `whsec_<base64>`; the signature without its `v1,`. */
export function signatureOf(secret: string, id: string, timestamp: string, body: Buffer | string): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  return createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64')
}

function readMessage(
  core: Pick<Core, 'clock'>,
  request: Request,
): { id: string; timestamp: string; signatures: string[] } {
  const [id, timestamp, signature] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map(
    name => request.headers[name],
  )
  if (typeof id !== 'string' || !/^[\x21-\x7e]{1,200}$/.test(id))
    throw refused('webhook-id is missing or longer than 200 visible characters')
  if (typeof timestamp !== 'string' || !/^\d{1,12}$/.test(timestamp))
    throw refused('webhook-timestamp must be seconds since 1970')
  if (Math.abs(core.clock.now().getTime() / 1000 - Number(timestamp)) > TOLERANCE)
    throw refused('webhook-timestamp is more than 5 minutes away from now')
  const signatures = (typeof signature === 'string' ? signature.split(' ') : []).flatMap(part =>
    part.startsWith('v1,') ? [part.slice(3)] : [],
  )
  if (signatures.length === 0 || signatures.length > 10) throw refused('webhook-signature must hold v1,<base64>')
  return { id, timestamp, signatures }
}

const refused = (why: string) => new TraeError('UNAUTHENTICATED', `The webhook is not accepted: ${why}.`)

/** In constant time. */
function fits(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)]
  return a.length === b.length && timingSafeEqual(a, b)
}

/** The JSON of a body. Throws `BAD_USER_INPUT` for what is none, or cannot be stored. */
export function parseBody(body: Buffer): unknown {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch (cause) {
    throw new TraeError('BAD_USER_INPUT', 'The body is not JSON in UTF-8. Send one JSON object.', { cause })
  }
  const fault = unstorable(value)
  if (fault) throw new TraeError('BAD_USER_INPUT', fault)
  return value
}
