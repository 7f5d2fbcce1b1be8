import type { Request } from 'express'
import type { Core } from '../context.ts'
import { proveWebhook, type SentRequest } from '../credentials/webhook-proof.ts'
import { TraeError } from '../errors.ts'
import { unstorable } from './json-body.ts'

/**
 * Verifies that a message is signed, as Standard Webhooks has it, with one of these secrets (`whsec_…`). Answers its
 * `webhook-id` and which secret it was. Throws `UNAUTHENTICATED` saying what is wrong.
 */
export function verifySignature(
  core: Pick<Core, 'clock'>,
  request: Request,
  secrets: readonly string[],
): { readonly id: string; readonly index: number } {
  const sent = sentRequest(request, '')
  const id = sent.headers['webhook-id']
  if (id === undefined || !/^[\x21-\x7e]{1,200}$/.test(id))
    throw new TraeError(
      'UNAUTHENTICATED',
      'The webhook is not accepted: webhook-id is missing or longer than 200 visible characters.',
    )
  let refusal: unknown
  for (const [index, secret] of secrets.entries()) {
    try {
      proveWebhook({ scheme: 'standard-webhooks' }, sent, secret, core.clock.now())
      return { id, index }
    } catch (error) {
      refusal = error
    }
  }
  throw refusal
}

/** What a proof is about; `base` is the address that its sender knows this host at. */
export function sentRequest(request: Request, base: string): SentRequest {
  const headers = Object.entries(request.headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value[0] : value,
  ])
  return {
    method: request.method,
    url: `${base}${request.originalUrl}`,
    headers: Object.fromEntries(headers) as SentRequest['headers'],
    body: bodyOf(request),
  }
}

/** The bytes as they came; `rawBody` has read them. */
export function bodyOf(request: Request): Buffer {
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
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
