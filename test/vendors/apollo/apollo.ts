import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Asked } from '../../../core/testing/open-api.ts'
import { readApi } from '../read-api.ts'

export const API_KEY = 'key-of-the-account'

export interface Reply {
  readonly status: number
  /** A text is answered as plain text. */
  readonly body: unknown
  readonly headers?: Readonly<Record<string, string>>
}
type Organization = Readonly<Record<string, unknown>> & { readonly primary_domain: string }
type Person = Readonly<Record<string, unknown>> & { readonly email: string; readonly name: string }

export const ACME: Organization = {
  id: '5e66b6381e05b4008c8331b8',
  name: 'Acme Energia Solar',
  website_url: 'http://www.acme-solar.com.br',
  primary_domain: 'acme-solar.com.br',
  linkedin_url: 'http://www.linkedin.com/company/acme-solar',
  industry: 'renewables & environment',
  estimated_num_employees: 320,
  founded_year: 2011,
  city: 'Campinas',
  state: 'State of Sao Paulo',
  country: 'Brazil',
}
export const ANA: Person = {
  id: '587cf802f65125cad923a266',
  first_name: 'Ana',
  last_name: 'Souza',
  name: 'Ana Souza',
  email: 'ana@acme-solar.com.br',
  title: 'Diretora Comercial',
  seniority: 'director',
  departments: ['master_sales'],
  functions: ['sales'],
  linkedin_url: 'http://www.linkedin.com/in/ana-souza',
  city: 'Campinas',
  state: 'State of Sao Paulo',
  country: 'Brazil',
  organization: ACME,
}

const api = readApi('apollo')

/** Apollo as far as our plugin needs it; it holds every request, and every answer of its own, against Apollo's description. */
export class Apollo {
  readonly problems: string[] = []
  readonly asked: { operation: string; query: Readonly<Record<string, string>> }[] = []
  readonly people: Person[] = [ANA]
  readonly organizations: Organization[] = [ACME]
  /** Of the next requests, one each. */
  readonly instead: Reply[] = []
  /** Of all requests, while it is set. */
  always: Reply | undefined

  answer = (request: IncomingMessage & { text: string }, response: ServerResponse): void => {
    const asked = api({ method: request.method!, url: request.url!, headers: request.headers, text: request.text })
    this.problems.push(...asked.problems)
    this.asked.push({ operation: asked.operationId, query: Object.fromEntries(asked.query) })
    const played = this.instead.shift() ?? this.always
    const reply = played ?? this.#reply(asked, request)
    if (played === undefined && reply.status < 300)
      this.problems.push(...asked.answerProblems(reply.status, reply.body))
    const text = typeof reply.body === 'string'
    response.writeHead(reply.status, { 'content-type': text ? 'text/plain' : 'application/json', ...reply.headers })
    response.end(text ? (reply.body as string) : JSON.stringify(reply.body))
  }

  #reply({ operationId, query, problems }: Asked, request: IncomingMessage): Reply {
    if (request.headers['x-api-key'] !== API_KEY) return { status: 401, body: 'Invalid access credentials.' }
    if (problems.length > 0) return { status: 422, body: { error: problems.join('; ') } }
    switch (operationId) {
      case 'people-enrichment': {
        const [email, name] = [query.get('email'), query.get('name')]
        const fits = (one: Person) => (email === null ? one.name === name : one.email === email.toLowerCase())
        const person = this.people.find(fits)
        return { status: 200, body: { request_id: 1, ...(person && { person }) } }
      }
      case 'organization-enrichment': {
        const organization = this.organizations.find(one => one.primary_domain === query.get('domain'))
        return { status: 200, body: { ...(organization && { organization }) } }
      }
      default:
        throw new Error(`this Apollo does not play ${operationId}`)
    }
  }
}

/** As Apollo words what it refuses. */
export const INACCESSIBLE: Reply = {
  status: 403,
  body: { error: 'api/v1/people/match is not accessible with this api_key', error_code: 'API_INACCESSIBLE' },
}
