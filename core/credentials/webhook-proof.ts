import { createHash, createHmac, createPublicKey, timingSafeEqual, verify as verifySignature } from 'node:crypto'
import { z } from 'zod'
import { TraeError } from '../errors.ts'

/** A request as it came: the bytes of the body, and the address as the sender wrote it. */
export interface SentRequest {
  readonly method: string
  /** With scheme, host and query. */
  readonly url: string
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Buffer
}

const headerName = z
  .string()
  .max(100)
  .regex(/^[a-z0-9-]+$/, 'is the name of a header in lower case')

/** Schemes that need nothing but a secret. Sources and test vectors: the vendors' documentation. */
const NAMED = [
  'hubspot-v3',
  'meta',
  'mailchimp',
  'sendgrid',
  'twilio',
  'calendly',
  'stripe',
  'slack',
  'standard-webhooks',
] as const

/** How the sender of a webhook proves who it is, over the raw bytes; declared by the manifest, done by the host. */
export const webhookProof = z.discriminatedUnion('scheme', [
  z.strictObject({ scheme: z.enum(NAMED) }),
  z.strictObject({
    scheme: z.literal('hmac'),
    algorithm: z.enum(['sha1', 'sha256', 'sha512']).default('sha256'),
    header: headerName,
    /** Stands before the signature: `sha256=`. */
    prefix: z.string().max(50).default(''),
    encoding: z.enum(['hex', 'base64']).default('hex'),
    /** What is signed: `{body}`, `{timestamp}.{body}`, `{method}{url}{body}`. */
    payload: z
      .string()
      .max(200)
      .regex(/^(?:[^{}]|\{(?:body|timestamp|method|url)\})*$/, 'knows {body}, {timestamp}, {method} and {url}')
      .refine(text => text.includes('{body}'), 'must have {body}, or anybody could change it')
      .default('{body}'),
    timestamp: z
      .strictObject({
        header: headerName,
        unit: z.enum(['s', 'ms']).default('s'),
        toleranceSeconds: z.int().min(1).max(3600).default(300),
      })
      .optional(),
  }),
  /** The secret itself comes back, in a header, the query or a member of the JSON body. */
  z.strictObject({ scheme: z.literal('token'), header: headerName }),
  z.strictObject({ scheme: z.literal('token-in-body'), member: z.string().max(100) }),
  z.strictObject({ scheme: z.literal('basic') }),
])
export type WebhookProof = z.infer<typeof webhookProof>

const TOLERANCE_S = 300

/**
 * Does the request prove that it is from whom it says? `secret` is what both sides know (for `sendgrid` the public key, for
 * `basic` `user:password`). Throws `UNAUTHENTICATED` saying what is wrong, never what would have been right.
 */
export function proveWebhook(proof: WebhookProof, request: SentRequest, secret: string, now: Date): void {
  const prove = proof.scheme === 'hmac' ? byHmac(proof) : PROVERS[proof.scheme](proof)
  prove(new Check(request, secret, now))
}

type Prover = (check: Check) => void
type Hmac = Extract<WebhookProof, { scheme: 'hmac' }>

/** One request and what can be asked of it. */
class Check {
  readonly request: SentRequest
  readonly secret: string
  readonly #now: Date

  constructor(request: SentRequest, secret: string, now: Date) {
    this.request = request
    this.secret = secret
    this.#now = now
  }

  header(name: string): string {
    const value = this.request.headers[name]
    if (value === undefined || value === '') throw refused(`the header ${name} is missing`)
    return value
  }

  /** A timestamp that is near to now, as it was written. */
  fresh(timestamp: string, unit: 's' | 'ms', toleranceSeconds = TOLERANCE_S): string {
    if (!/^\d{1,16}$/.test(timestamp)) throw refused('its timestamp cannot be read')
    const at = Number(timestamp) * (unit === 's' ? 1000 : 1)
    if (Math.abs(this.#now.getTime() - at) > toleranceSeconds * 1000)
      throw refused(`its timestamp is more than ${toleranceSeconds} seconds away from now`)
    return timestamp
  }

  mac(algorithm: string, encoding: 'hex' | 'base64', ...parts: (string | Buffer)[]): string {
    const hmac = createHmac(algorithm, this.secret)
    for (const part of parts) hmac.update(part)
    return hmac.digest(encoding)
  }
}

function fits(given: readonly string[], expected: string): void {
  if (!given.slice(0, 10).some(one => same(one, expected))) throw refused('its signature does not fit')
}

/** `t=…,v1=…`, with several `v1` while a secret is rotated: hex HMAC-SHA256 over `t.body`. */
const listed = (name: string, toleranceSeconds = TOLERANCE_S): Prover => {
  return check => {
    const parts = check
      .header(name)
      .split(',')
      .map(part => part.trim().split('=') as [string, string?])
    const timestamp = check.fresh(parts.find(([key]) => key === 't')?.[1] ?? '', 's', toleranceSeconds)
    const given = parts.flatMap(([key, value = '']) => (key === 'v1' ? [value] : []))
    fits(given, check.mac('sha256', 'hex', `${timestamp}.`, check.request.body))
  }
}

const PROVERS: Readonly<Record<Exclude<WebhookProof['scheme'], 'hmac'>, (proof: WebhookProof) => Prover>> = {
  'hubspot-v3': () => check => {
    const timestamp = check.fresh(check.header('x-hubspot-request-timestamp'), 'ms')
    const { method, url, body } = check.request
    fits(
      [check.header('x-hubspot-signature-v3')],
      check.mac('sha256', 'base64', method, hubspotUrl(url), body, timestamp),
    )
  },
  meta: () => check =>
    fits([check.header('x-hub-signature-256')], `sha256=${check.mac('sha256', 'hex', check.request.body)}`),
  mailchimp: () => listed('x-mailchimp-signature'),
  stripe: () => listed('stripe-signature'),
  calendly: () => listed('calendly-webhook-signature', 180),
  slack: () => check => {
    const timestamp = check.fresh(check.header('x-slack-request-timestamp'), 's')
    fits(
      [check.header('x-slack-signature')],
      `v0=${check.mac('sha256', 'hex', `v0:${timestamp}:`, check.request.body)}`,
    )
  },
  sendgrid: () => check => {
    const timestamp = check.fresh(check.header('x-twilio-email-event-webhook-timestamp'), 's')
    const signature = Buffer.from(check.header('x-twilio-email-event-webhook-signature'), 'base64')
    const key = createPublicKey({ key: Buffer.from(check.secret, 'base64'), format: 'der', type: 'spki' })
    if (!verifySignature('sha256', Buffer.concat([Buffer.from(timestamp), check.request.body]), key, signature))
      throw refused('its signature does not fit')
  },
  twilio: () => check =>
    fits([check.header('x-twilio-signature')], check.mac('sha1', 'base64', twilioPayload(check.request))),
  'standard-webhooks': () => check => {
    const id = check.header('webhook-id')
    const timestamp = check.fresh(check.header('webhook-timestamp'), 's')
    const expected = standardSignature(check.secret, id, timestamp, check.request.body)
    fits(check.header('webhook-signature').split(' '), `v1,${expected}`)
  },
  token: proof => check => fits([check.header((proof as { header: string }).header)], check.secret),
  'token-in-body': proof => check =>
    fits([memberOf(check.request.body.toString('utf8'), (proof as { member: string }).member)], check.secret),
  basic: () => check => fits([check.header('authorization')], `Basic ${Buffer.from(check.secret).toString('base64')}`),
}

const byHmac =
  ({ timestamp, payload, algorithm, encoding, prefix, header }: Hmac): Prover =>
  check => {
    const at = timestamp && check.fresh(check.header(timestamp.header), timestamp.unit, timestamp.toleranceSeconds)
    const { method, url, body } = check.request
    const parts = payload.split(/(\{\w+\})/).map(part => {
      if (part === '{body}') return body
      if (part === '{timestamp}') return at ?? ''
      return part === '{method}' ? method : part === '{url}' ? url : part
    })
    fits([check.header(header)], prefix + check.mac(algorithm, encoding, ...parts))
  }

/** As Standard Webhooks (standardwebhooks.com) has it, without its `v1,`; `secret` is `whsec_<base64>`. */
export function standardSignature(secret: string, id: string, timestamp: string, body: Buffer | string): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  return createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64')
}

/** HubSpot signs the address with these escapes undone, as its official client does. */
function hubspotUrl(url: string): string {
  const undone: Readonly<Record<string, string>> = {
    '%3A': ':',
    '%2F': '/',
    '%3F': '?',
    '%40': '@',
    '%21': '!',
    '%24': '$',
    '%27': "'",
    '%28': '(',
    '%29': ')',
    '%2A': '*',
    '%2C': ',',
    '%3B': ';',
  }
  return url.replace(/%[0-9A-F]{2}/gi, escape => undone[escape.toUpperCase()] ?? escape)
}

/** A form: the address and the sorted parameters. Anything else: the address, whose `bodySHA256` must fit the body. */
function twilioPayload({ url, headers, body }: SentRequest): string {
  const hash = URL.parse(url)?.searchParams.get('bodySHA256')
  if (hash !== null && hash !== undefined) {
    if (!same(hash.toLowerCase(), createHash('sha256').update(body).digest('hex')))
      throw refused('bodySHA256 does not fit its body')
    return url
  }
  if (!(headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded'))
    throw refused('it is no form and has no bodySHA256')
  const form = [...new URLSearchParams(body.toString('utf8'))].sort(
    ([a, x], [b, y]) => Number(a > b) - Number(a < b) || Number(x > y) - Number(x < y),
  )
  return url + [...new Set(form.map(([name, value]) => name + value))].join('')
}

function memberOf(text: string, member: string): string {
  try {
    const value = (JSON.parse(text) as Record<string, unknown>)[member]
    if (typeof value === 'string') return value
  } catch {
    // the same refusal
  }
  throw refused(`its body has no ${member}`)
}

const refused = (why: string) => new TraeError('UNAUTHENTICATED', `The webhook is not accepted: ${why}.`)

/** In constant time. */
function same(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)]
  return a.length === b.length && timingSafeEqual(a, b)
}
