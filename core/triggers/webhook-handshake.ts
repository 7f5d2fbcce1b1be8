import { timingSafeEqual } from 'node:crypto'
import type { SentRequest, WebhookProof } from '../credentials/webhook-proof.ts'
import { TraeError } from '../errors.ts'

/** What the vendor is answered: JSON, or text of another type. */
export type WebhookAnswer =
  { readonly json: Readonly<Record<string, unknown>> } | { readonly type: string; readonly text: string }

/**
 * A GET, with which some vendors ask whether an address is ours before they post there. Meta's carries the token of the address
 * (developers.facebook.com/docs/graph-api/webhooks/getting-started) and wants its challenge back, Mailchimp any answer.
 * Throws `UNAUTHENTICATED` for another token, `METHOD_NOT_ALLOWED` where the vendor only posts.
 */
export function answerVisit({ scheme }: WebhookProof, { url }: SentRequest, secret: string | undefined): WebhookAnswer {
  if (scheme === 'mailchimp') return { type: 'text/plain', text: '' }
  if (scheme !== 'meta') throw new TraeError('METHOD_NOT_ALLOWED', 'Only POST is taken at this address.')
  const asked = new URL(url).searchParams
  const token = Buffer.from(asked.get('hub.verify_token') ?? '')
  const wanted = Buffer.from(secret ?? '')
  if (asked.get('hub.mode') !== 'subscribe' || wanted.length === 0)
    throw new TraeError('UNAUTHENTICATED', 'The visit is not accepted: hub.mode is not subscribe.')
  if (token.length !== wanted.length || !timingSafeEqual(token, wanted))
    throw new TraeError(
      'UNAUTHENTICATED',
      'The visit is not accepted: hub.verify_token is not that of this address. A new one is shown on the page of the plugin.',
    )
  const challenge = asked.get('hub.challenge') ?? ''
  // It comes back in our name, so it is what Meta sends: a number, or at most letters
  if (!/^[\w.-]{1,200}$/.test(challenge))
    throw new TraeError('BAD_USER_INPUT', 'hub.challenge is missing, or is nothing that Meta would send.')
  return { type: 'text/plain', text: challenge }
}

/** Slack's post that asks whether the address is ours, proven like any other: what it wants back. */
export function challengeOf({ scheme }: WebhookProof, { body }: SentRequest): string | undefined {
  if (scheme !== 'slack') return undefined
  try {
    const said = JSON.parse(body.toString('utf8')) as { type?: unknown; challenge?: unknown } | null
    return said?.type === 'url_verification' && typeof said.challenge === 'string' ? said.challenge : undefined
  } catch {
    return undefined // a form: a button, a command
  }
}

/** After the events are stored. Twilio reads instructions out of the answer: none. */
export function answerOf({ scheme }: WebhookProof, stored: number): WebhookAnswer {
  if (scheme === 'twilio') return { type: 'text/xml', text: '<?xml version="1.0" encoding="UTF-8"?><Response/>' }
  return { json: { stored } }
}
