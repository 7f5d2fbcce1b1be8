import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Asked } from '../../../core/testing/open-api.ts'
import { readApi } from '../read-api.ts'
import type { VendorWorld } from '../vendor-world.ts'

export const ACCOUNT = { apiKey: 'SG.key-of-the-account', from: 'vendas@acme.com.br', fromName: 'Acme Vendas' }
export const EUROPE_ACCOUNT = { ...ACCOUNT, apiKey: 'SG.key-of-europe' }
export const HOSTS = ['api.sendgrid.com', 'api.eu.sendgrid.com']

interface Reply {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}
/** `after`: it does what was asked, and then the answer is lost. `to`: of an e-mail to that address only. */
type Instead = (Reply | { readonly after: 'lost' }) & { readonly to?: string }

export interface Mail {
  readonly personalizations: readonly {
    readonly to: readonly { readonly email: string }[]
    readonly custom_args?: Readonly<Record<string, string>>
  }[]
  readonly from: { readonly email: string; readonly name?: string }
  readonly subject: string
  readonly content: readonly { readonly type: string; readonly value: string }[]
  readonly headers?: Readonly<Record<string, string>>
  readonly attachments?: readonly { readonly content: string; readonly type: string; readonly filename: string }[]
  readonly tracking_settings: Readonly<Record<string, { readonly enable: boolean; readonly text?: string }>>
}
interface Webhook extends Record<string, unknown> {
  readonly id: string
  readonly url: string
  key?: { readonly privateKey: KeyObject; readonly publicKey: KeyObject }
}

const api = readApi('sendgrid')
/** From the page of errors of v3/mail/send. */
const RESERVED =
  /^(x-sg-id|x-sg-eid|received|dkim-signature|content-type|content-transfer-encoding|to|from|subject|reply-to|cc|bcc)$/i

/** SendGrid as far as our plugin needs it; it holds every request, and every answer of its own, against SendGrid's description. */
export class SendGrid {
  readonly problems: string[] = []
  readonly asked: { operation: string; host: string }[] = []
  readonly mails: Mail[] = []
  readonly webhooks: Webhook[] = []
  readonly instead: Instead[] = []
  #count = 0

  answer = (request: IncomingMessage & { text: string }, response: ServerResponse): void => {
    const asked = api({ method: request.method!, url: request.url!, headers: request.headers, text: request.text })
    this.problems.push(...asked.problems)
    const reply = asked.problems.length > 0 ? refusal(400, asked.problems.join('; ')) : this.#reply(asked, request)
    if (reply === 'lost') return void response.destroy()
    if (reply.status < 300 && reply.body !== undefined)
      this.problems.push(...asked.answerProblems(reply.status, reply.body))
    response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers })
    response.end(reply.body === undefined ? '' : JSON.stringify(reply.body))
  }

  #reply(asked: Asked, request: IncomingMessage): Reply | 'lost' {
    const host = String(request.headers.host ?? '').split(':')[0]!
    this.asked.push({ operation: asked.operationId, host })
    const { apiKey } = host === HOSTS[1] ? EUROPE_ACCOUNT : ACCOUNT
    if (request.headers.authorization !== `Bearer ${apiKey}`)
      return refusal(401, 'The provided authorization grant is invalid, expired, or revoked')
    const [next] = this.instead
    const isMeant = next?.to === undefined || JSON.stringify(asked.body).includes(`"email":"${next.to}"`)
    const instead = isMeant ? this.instead.shift() : undefined
    if (instead && !('after' in instead)) return instead
    const done = this.#do(asked)
    return instead ? 'lost' : done
  }

  #do({ operationId, path, body }: Asked): Reply {
    const webhook = this.webhooks.find(({ id }) => id === path['id'])
    switch (operationId) {
      case 'ListScope':
        return { status: 200, body: { scopes: ['mail.send', 'user.webhooks.event.settings.update'] } }
      case 'SendMail':
        return this.#send(body as Mail)
      case 'ListEventWebhook':
        return {
          status: 200,
          body: { max_allowed: 5, webhooks: this.webhooks.map(one => ({ ...one, key: undefined })) },
        }
      case 'CreateEventWebhook': {
        const made = { ...(body as { url: string }), id: `webhook-${++this.#count}` }
        if (this.webhooks.some(({ url }) => url === made.url)) return refusal(400, 'This URL is configured already.')
        this.webhooks.push(made)
        return { status: 201, body: { ...made } }
      }
      case 'UpdateSignedEventWebhook': {
        if (!webhook) return refusal(404, 'not found')
        webhook.key ??= generateKeyPairSync('ec', { namedCurve: 'P-256' })
        const publicKey = webhook.key.publicKey.export({ format: 'der', type: 'spki' }).toString('base64')
        return { status: 200, body: { id: webhook.id, public_key: publicKey } }
      }
      case 'DeleteEventWebhook':
        if (!webhook) return refusal(404, 'not found')
        this.webhooks.splice(this.webhooks.indexOf(webhook), 1)
        return { status: 204 }
      default:
        throw new Error(`this SendGrid does not play ${operationId}`)
    }
  }

  #send(mail: Mail): Reply {
    if (mail.from.email !== ACCOUNT.from)
      return refusal(403, 'The from address does not match a verified Sender Identity.', 'from')
    if (Object.keys(mail.headers ?? {}).some(name => RESERVED.test(name)))
      return refusal(400, 'Header can not be one of the reserved keys.', 'headers')
    if (mail.attachments?.some(({ type }) => /[;\r\n]/.test(type)))
      return refusal(400, "The attachment type cannot contain ';', or CRLF characters.", 'attachments.0.type')
    if (mail.content.some(({ type }, index) => type !== ['text/plain', 'text/html'][index]))
      return refusal(400, 'The text/plain content must come first, followed by the text/html content.', 'content')
    this.mails.push(mail)
    return { status: 202, headers: { 'x-message-id': `sg-${++this.#count}` } }
  }
}

/** As SendGrid words what it refuses. */
export const refusal = (status: number, message: string, field: string | null = null): Reply => ({
  status,
  body: { errors: [{ message, field }] },
})

/** Of a letter that was sent, as SendGrid's page on events has it. */
export const eventOf = (mail: Mail, event: string, more: Readonly<Record<string, unknown>> = {}) => ({
  email: mail.personalizations[0]!.to[0]!.email,
  timestamp: 1_893_456_000,
  'smtp-id': mail.headers?.['Message-ID'],
  event,
  category: [],
  sg_event_id: `${event}-${mail.personalizations[0]!.custom_args?.['trae_letter']}`,
  sg_message_id: 'sg-1.recvd-canary-6f9d4d4c9-2x.0',
  ...mail.personalizations[0]!.custom_args,
  ...more,
})

/** Posts events as SendGrid does: the body ends in a line break, and is signed with its timestamp. */
export async function postAsSendGrid(
  world: VendorWorld,
  events: readonly unknown[],
  key: KeyObject,
  change: (body: string) => string = body => body,
): Promise<number> {
  const { path } = await world.trigger('letter-returned')
  const body = `${JSON.stringify(events)}\r\n`
  const timestamp = String(Math.floor(world.core.clock.now().getTime() / 1000))
  const response = await fetch(world.host.url + path!, {
    method: 'POST',
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'x-twilio-email-event-webhook-timestamp': timestamp,
      'x-twilio-email-event-webhook-signature': sign('sha256', Buffer.from(timestamp + body), key).toString('base64'),
    },
    body: change(body),
  })
  return response.status
}
