import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Asked } from '../../../core/testing/open-api.ts'
import { readApi } from '../read-api.ts'

export const ACCOUNT = { apiKey: '$aact_prod_key-of-the-account', email: 'financeiro@trae.example' }
export const SANDBOX_ACCOUNT = { ...ACCOUNT, apiKey: '$aact_hmlg_key-of-the-sandbox' }

interface Reply {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}
/** `after`: it does what was asked, and then the answer is lost. */
type Instead = Reply | { readonly after: 'lost' }
type Entry = Record<string, unknown> & { id: string }

const api = readApi('asaas')

/** Asaas as far as our plugin needs it; it holds every request, and every answer of its own, against Asaas' description. */
export class Asaas {
  readonly problems: string[] = []
  readonly asked: { operation: string; host: string; body: Record<string, unknown>; query: URLSearchParams }[] = []
  readonly customers: Entry[] = []
  readonly payments: Entry[] = []
  /** With the token that each was given, which Asaas shows to nobody. */
  readonly webhooks: (Entry & { authToken: string })[] = []
  readonly instead: Instead[] = []
  #count = 0

  answer = (request: IncomingMessage & { text: string }, response: ServerResponse): void => {
    const asked = api({ method: request.method!, url: request.url!, headers: request.headers, text: request.text })
    this.problems.push(...asked.problems)
    const reply =
      asked.problems.length > 0
        ? refusal(400, 'invalid_object', asked.problems.join('; '))
        : this.#reply(asked, request)
    if (reply === 'lost') return void response.destroy()
    if (reply.status < 300) this.problems.push(...asked.answerProblems(reply.status, reply.body))
    response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers })
    response.end(reply.body === undefined ? '' : JSON.stringify(reply.body))
  }

  #reply(asked: Asked, request: IncomingMessage): Reply | 'lost' {
    const body = (asked.body ?? {}) as Record<string, unknown>
    const host = String(request.headers.host ?? '').split(':')[0]!
    this.asked.push({ operation: asked.operationId, host, body, query: asked.query })
    const sandbox = host.startsWith('api-sandbox')
    const key = request.headers['access_token']
    if (key !== ACCOUNT.apiKey && key !== SANDBOX_ACCOUNT.apiKey)
      return refusal(401, 'invalid_access_token', 'A chave de API fornecida é inválida')
    if (key !== (sandbox ? SANDBOX_ACCOUNT : ACCOUNT).apiKey)
      return refusal(401, 'invalid_environment', 'A chave de API informada não pertence a este ambiente')
    const instead = this.instead.shift()
    if (instead && !('after' in instead)) return instead
    const done = this.#do(asked, body)
    return instead ? 'lost' : done
  }

  #do({ operationId, path, query }: Asked, body: Record<string, unknown>): Reply {
    const found = (list: readonly Entry[]) => list.find(({ id }) => id === path['id'])
    switch (operationId) {
      case 'create-new-customer':
        return this.#add(this.customers, 'cus', { ...body, deleted: false })
      case 'list-customers':
        return listed(this.customers, query, ['externalReference', 'cpfCnpj', 'email'])
      case 'retrieve-a-single-customer':
        return shown(found(this.customers))
      case 'create-new-payment': {
        if (!this.customers.some(({ id }) => id === body['customer']))
          return refusal(400, 'invalid_customer', 'Customer inválido ou não informado.')
        const invoiceUrl = `https://www.asaas.com/i/${this.#count + 1}`
        return this.#add(this.payments, 'pay', { ...body, status: 'PENDING', deleted: false, invoiceUrl })
      }
      case 'list-payments':
        return listed(this.payments, query, ['externalReference', 'customer'])
      case 'retrieve-a-single-payment':
        return shown(found(this.payments))
      case 'delete-payment': {
        const payment = found(this.payments)
        if (payment) payment['deleted'] = true
        return payment ? { status: 200, body: { deleted: true, id: payment.id } } : { status: 404 }
      }
      case 'get-qr-code-for-pix-payments': {
        const payload = `00020126-${path['id']}`
        return { status: 200, body: { encodedImage: 'aW1hZ2U=', payload, expirationDate: '2027-11-30 23:59:59' } }
      }
      case 'create-new-webhook': {
        const { authToken, ...rest } = body
        const made = this.#add(this.webhooks, 'hook', { ...rest, hasAuthToken: true })
        this.webhooks.at(-1)!.authToken = String(authToken)
        return made
      }
      case 'list-webhooks': {
        const visible = this.webhooks.map(one => ({ ...one, authToken: undefined }))
        return listed(visible, query, [])
      }
      case 'remove-webhook': {
        const at = this.webhooks.findIndex(({ id }) => id === path['id'])
        if (at === -1) return { status: 404 }
        this.webhooks.splice(at, 1)
        return { status: 200, body: { deleted: true, id: path['id'] } }
      }
      default:
        throw new Error(`this Asaas does not play ${operationId}`)
    }
  }

  /** Creation answers 200, not 201. */
  #add(list: Entry[], prefix: string, fields: Record<string, unknown>): Reply {
    const entry = { id: `${prefix}_${String(++this.#count).padStart(12, '0')}`, ...fields }
    list.push(entry)
    return { status: 200, body: { ...entry } }
  }
}

function listed(all: readonly Entry[], query: URLSearchParams, by: readonly string[]): Reply {
  const fits = all.filter(one => by.every(name => !query.has(name) || one[name] === query.get(name)))
  const [offset, limit] = [Number(query.get('offset') ?? 0), Number(query.get('limit') ?? 10)]
  const data = fits.slice(offset, offset + limit)
  const hasMore = fits.length > offset + limit
  return { status: 200, body: { object: 'list', hasMore, totalCount: fits.length, limit, offset, data } }
}

const shown = (entry: Entry | undefined): Reply => (entry ? { status: 200, body: entry } : { status: 404 })

/** As Asaas words what it refuses. */
export const refusal = (status: number, code: string, description: string): Reply => ({
  status,
  body: { errors: [{ code, description }] },
})
