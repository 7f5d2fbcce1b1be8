import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Asked } from '../../../core/testing/open-api.ts'
import { readApi } from '../read-api.ts'

export const ACCOUNT = { accountSid: `AC${'0'.repeat(32)}`, authToken: 'token-of-the-account' }
export const SMS_FROM = '+551130304040'
export const WHATSAPP_FROM = '+14155238886'

interface Reply {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}
/** `after`: it does what was asked, and then the answer is lost. */
export type Instead = Reply | { readonly after: 'lost' }

interface Message {
  readonly sid: string
  readonly to: string
  readonly from: string | null
  readonly messaging_service_sid: string | null
  readonly body: string
  readonly callback: string | undefined
  status: string
  readonly at: number
}

const api = readApi('twilio')
const BASIC = `Basic ${Buffer.from(`${ACCOUNT.accountSid}:${ACCOUNT.authToken}`).toString('base64')}`

/** Twilio as far as our plugin needs it; it holds every request, and every answer of its own, against Twilio's description. */
export class Twilio {
  readonly problems: string[] = []
  readonly asked: { operation: string; body: Record<string, string>; query: URLSearchParams }[] = []
  readonly messages: Message[] = []
  readonly contents: { sid: string; friendly_name: string; language: string; variables: object; types: object }[] = []
  readonly approvals = new Map<string, string>()
  readonly number = { sid: `PN${'1'.repeat(32)}`, phone_number: SMS_FROM, sms_url: '' }
  readonly instead: Instead[] = []
  /** Messages of one page of a list. */
  pageSize = 50
  #count = 0

  answer = (request: IncomingMessage & { text: string }, response: ServerResponse): void => {
    const asked = api({ method: request.method!, url: request.url!, headers: request.headers, text: request.text })
    this.problems.push(...asked.problems)
    const reply =
      asked.problems.length > 0 ? refusal(400, 21200, asked.problems.join('; ')) : this.#reply(asked, request)
    if (reply === 'lost') return void response.destroy()
    if (reply.status < 300) this.problems.push(...asked.answerProblems(reply.status, reply.body))
    response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers })
    response.end(JSON.stringify(reply.body))
  }

  #reply(asked: Asked, request: IncomingMessage): Reply | 'lost' {
    const body = (asked.body ?? {}) as Record<string, string>
    this.asked.push({ operation: asked.operationId, body, query: asked.query })
    if (request.headers.authorization !== BASIC) return refusal(401, 20003, 'Authenticate')
    const instead = this.instead.shift()
    if (instead && !('after' in instead)) return instead
    const done = this.#do(asked, body)
    return instead ? 'lost' : done
  }

  #do({ operationId, path, query }: Asked, body: Record<string, string>): Reply {
    switch (operationId) {
      case 'CreateMessage':
        return this.#send(body)
      case 'FetchMessage': {
        const found = this.messages.find(({ sid }) => sid === path['Sid'])
        return found ? { status: 200, body: shown(found) } : missing(path['Sid']!)
      }
      case 'ListMessage': {
        const fits = this.messages
          .filter(one => one.to === query.get('To') && (!query.has('From') || one.from === query.get('From')))
          .toReversed()
        const page = Number(query.get('Page') ?? 0)
        const [from, to] = [page * this.pageSize, (page + 1) * this.pageSize]
        const next = new URLSearchParams(
          [...query].filter(([name]) => name !== 'Page').concat([['Page', `${page + 1}`]]),
        )
        const uri = `/2010-04-01/Accounts/${ACCOUNT.accountSid}/Messages.json?${next.toString()}`
        const messages = fits.slice(from, to).map(shown)
        return {
          status: 200,
          body: { messages, next_page_uri: fits.length > to ? uri : null, page, page_size: this.pageSize },
        }
      }
      case 'ListIncomingPhoneNumber': {
        const fits = [this.number].filter(one => (query.get('PhoneNumber') ?? one.phone_number) === one.phone_number)
        return { status: 200, body: { incoming_phone_numbers: fits.map(numberOf), next_page_uri: null } }
      }
      case 'UpdateIncomingPhoneNumber':
        Object.assign(this.number, { sms_url: body['SmsUrl'] })
        return { status: 200, body: numberOf(this.number) }
      case 'FetchPhoneNumber': {
        const valid = path['PhoneNumber'] === '+5511987654321'
        const line =
          query.get('Fields') === 'line_type_intelligence' ? { type: 'mobile', carrier_name: 'Vivo' } : undefined
        const number = { phone_number: path['PhoneNumber'], country_code: 'BR', national_format: '(11) 98765-4321' }
        const nobody = { phone_number: path['PhoneNumber'], country_code: null, national_format: null }
        return {
          status: 200,
          body: { valid, ...(valid ? number : nobody), ...(line && { line_type_intelligence: line }) },
        }
      }
      case 'ListContent': {
        const page = Number(query.get('Page') ?? 0)
        const rest = this.contents.length > (page + 1) * 2
        const url = `https://content.twilio.com/v1/Content?PageSize=${query.get('PageSize')}&Page=${page + 1}`
        const contents = this.contents.slice(page * 2, page * 2 + 2)
        return {
          status: 200,
          body: { contents, meta: { key: 'contents', page, next_page_url: rest ? this.here(url) : null } },
        }
      }
      case 'CreateContent': {
        const content = { ...asBody<(typeof this.contents)[number]>(body), sid: this.#sid('HX') }
        this.contents.push(content)
        return { status: 201, body: content }
      }
      case 'FetchApprovalFetch': {
        const status = this.approvals.get(path['Sid']!) ?? 'unsubmitted'
        return { status: 200, body: { sid: path['Sid'], whatsapp: { type: 'whatsapp', status } } }
      }
      case 'CreateApprovalCreate':
        this.approvals.set(path['ContentSid']!, 'received')
        return { status: 201, body: { ...body, status: 'received' } }
      default:
        throw new Error(`this Twilio does not play ${operationId}`)
    }
  }

  /** Absolute addresses name a host: which port is free is known to the test only. */
  here = (url: string): string => url

  #send(form: Record<string, string>): Reply {
    const {
      To: to = '',
      From: from = null,
      MessagingServiceSid: service = null,
      Body: text,
      ContentSid: content,
    } = form
    if (from === null && service === null) return refusal(400, 21603, "A 'From' phone number is required.")
    if (to.endsWith('0000')) return refusal(400, 21610, 'Attempt to send to unsubscribed recipient')
    if (text === undefined && content === undefined) return refusal(400, 21602, 'Message body is required.')
    const message: Message = {
      sid: this.#sid('SM'),
      to,
      from,
      messaging_service_sid: service,
      body: text ?? `template ${content} ${form['ContentVariables'] ?? ''}`,
      callback: form['StatusCallback'],
      status: 'queued',
      at: Date.now(),
    }
    this.messages.push(message)
    return { status: 201, body: shown(message) }
  }

  #sid(prefix: string): string {
    return `${prefix}${(++this.#count).toString(16).padStart(32, '0')}`
  }
}

const numberOf = <Number extends { sms_url: string }>(number: Number) => ({
  ...number,
  sms_url: number.sms_url || null,
})
const asBody = <Body>(body: unknown) => body as Body

/** As Twilio words what it refuses. */
export const refusal = (status: number, code: number, message: string): Reply => ({
  status,
  body: { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status },
})
const missing = (sid: string) => refusal(404, 20404, `The requested resource /Messages/${sid}.json was not found`)

const shown = ({ sid, to, from, messaging_service_sid, body, status, at }: Message) => ({
  sid,
  account_sid: ACCOUNT.accountSid,
  to,
  from,
  messaging_service_sid,
  body,
  status,
  direction: 'outbound-api',
  error_code: null,
  error_message: null,
  date_created: new Date(at).toUTCString().replace('GMT', '+0000'),
  num_segments: '1',
})
