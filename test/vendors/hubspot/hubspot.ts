import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Asked } from '../../../core/testing/open-api.ts'
import { readApi } from '../read-api.ts'
import { Records, type SearchBody } from './records.ts'
import { SignIns } from './sign-ins.ts'

interface Reply {
  readonly status: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export type Instead = { readonly on?: string } & (Reply | { readonly after: Reply | 'lost' | 'signed out' })

const api = readApi('hubspot')
const LIMITS = {
  'x-hubspot-ratelimit-max': '100',
  'x-hubspot-ratelimit-remaining': '98',
  'x-hubspot-ratelimit-interval-milliseconds': '10000',
}

/**
 * HubSpot as far as our plugin needs it: it keeps contacts, deals and associations, and holds every request (and every answer
 * of its own) against HubSpot's description. What does not fit is refused and kept in `problems`, which a test looks at when
 * it is over.
 */
export class HubSpot {
  readonly signIns = new SignIns()
  readonly problems: string[] = []
  /** Operations that were asked for, sign-ins aside. */
  readonly asked: { operation: string; query: URLSearchParams; body: unknown }[] = []
  readonly associations: string[] = []
  readonly properties = [
    property('email', 'E-mail'),
    property('plano_atual', 'Plano atual'),
    property('hs_object_id', 'Record ID', { readOnlyValue: true }),
    property('hs_internal', 'Internal', { hidden: true }),
  ]
  readonly dealProperties: ReturnType<typeof property>[] = []
  readonly pipelines = [
    pipeline('default', 'Sales Pipeline', [
      ['appointmentscheduled', 'Appointment Scheduled'],
      ['qualifiedtobuy', 'Qualified To Buy'],
      ['presentationscheduled', 'Presentation Scheduled'],
      ['decisionmakerboughtin', 'Decision Maker Bought-In'],
      ['contractsent', 'Contract Sent'],
      ['closedwon', 'Closed Won'],
      ['closedlost', 'Closed Lost'],
    ]),
    pipeline('solar', 'Energia solar', [
      ['101', 'Visita'],
      ['102', 'Fechado'],
    ]),
  ]
  readonly owners = [{ id: '77', email: 'owner@example.com' }]
  contacts: Records
  deals: Records
  /** Its clock, in milliseconds since 1970. */
  now = Date.now()
  /**
   * Answers in place of its own, each given once: to the next request, or with `on` to the next of that operation. `after`: it
   * does what was asked, and then the answer is another or lost, or everybody is signed out.
   */
  readonly instead: Instead[] = []

  constructor() {
    this.contacts = new Records('contacts', () => this.now)
    this.deals = new Records('deals', () => this.now)
    this.deals.options['pipeline'] = () => this.pipelines.map(({ id }) => id)
    this.deals.options['dealstage'] = ({ pipeline: of = 'default' }) =>
      this.pipelines.filter(({ id }) => id === of).flatMap(({ stages }) => stages.map(({ id }) => id))
  }

  answer = (request: IncomingMessage & { text: string }, response: ServerResponse): void => {
    const asked = api({ method: request.method!, url: request.url!, headers: request.headers, text: request.text })
    this.problems.push(...asked.problems)
    const reply =
      asked.problems.length > 0
        ? refusal(400, 'VALIDATION_ERROR', asked.problems.join('; '))
        : this.#reply(asked, request)
    if (reply === 'lost') return void response.destroy()
    // What a proxy on the way says is no answer of HubSpot's
    if (typeof reply.body !== 'string') this.problems.push(...asked.answerProblems(reply.status, reply.body))
    const isSearch = asked.operationId === 'objects_doSearch'
    response.writeHead(reply.status, {
      'content-type': 'application/json',
      ...(isSearch ? {} : LIMITS),
      ...reply.headers,
    })
    response.end(
      reply.body === undefined ? '' : typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body),
    )
  }

  #reply(asked: Asked, request: IncomingMessage): Reply | 'lost' {
    if (asked.operationId === 'oauth_token') {
      const [status, body] = this.signIns.token(asked.body as Record<string, string>)
      return { status, body }
    }
    this.asked.push({ operation: asked.operationId, query: asked.query, body: asked.body })
    if (!this.signIns.allows(request.headers.authorization))
      return refusal(401, 'EXPIRED_AUTHENTICATION', 'The OAuth token used to make this call expired.')
    const index = this.instead.findIndex(({ on }) => on === undefined || on === asked.operationId)
    const [instead] = index < 0 ? [] : this.instead.splice(index, 1)
    if (instead && !('after' in instead)) return instead
    const done = this.#do(asked)
    if (instead?.after === 'signed out') this.signIns.forget()
    return instead && instead.after !== 'signed out' ? instead.after : done
  }

  #do({ operationId, path, query, body }: Asked): Reply {
    const type = path['objectType'] ?? ''
    const records = type === 'deals' ? this.deals : this.contacts
    switch (operationId) {
      case 'objects_getPage':
        return { status: 200, body: { results: [...records.all.values()].slice(0, 1).map(one => records.shown(one)) } }
      case 'objects_upsert':
        return this.#upsert(records, body as UpsertBody)
      case 'objects_create':
        return this.#create(records, body as CreateBody)
      case 'objects_getById':
      case 'objects_update': {
        const kept = records.find(path['objectId']!, query.get('idProperty') ?? undefined)
        if (!kept) return missing(type, path['objectId']!)
        if (operationId === 'objects_getById')
          return { status: 200, body: records.shown(kept, query.getAll('properties')) }
        const { properties } = body as { properties: Record<string, string> }
        return wrong(records, properties) ?? { status: 200, body: records.shown(records.update(kept, properties)) }
      }
      case 'objects_doSearch': {
        const search = body as SearchBody
        if ((search.limit ?? 10) > 200 || Number(search.after ?? 0) + (search.limit ?? 10) > 10_000)
          return refusal(400, 'VALIDATION_ERROR', 'paging is limited to 200 at once and 10000 in all')
        return { status: 200, body: records.search(search) }
      }
      case 'v4_createDefault':
        return this.#associate(path)
      case 'properties_getAll':
        return { status: 200, body: { results: type === 'contacts' ? this.properties : this.dealProperties } }
      case 'properties_create':
        return this.#makeProperty(body as { name: string; label: string; hasUniqueValue?: boolean })
      case 'pipelines_getAll':
        return { status: 200, body: { results: this.pipelines } }
      case 'owners_getPage':
        return {
          status: 200,
          body: { results: this.owners.filter(one => one.email === query.get('email')).map(owner) },
        }
      default:
        throw new Error(`this HubSpot does not play ${operationId}`)
    }
  }

  #makeProperty({
    name,
    label,
    hasUniqueValue = false,
  }: {
    name: string
    label: string
    hasUniqueValue?: boolean
  }): Reply {
    if (this.dealProperties.some(one => one.name === name))
      return refusal(409, 'OBJECT_ALREADY_EXISTS', `A property named '${name}' already exists.`)
    const made = property(name, label, { hasUniqueValue })
    this.dealProperties.push(made)
    if (hasUniqueValue) this.deals.unique.add(name)
    return { status: 201, body: made }
  }

  #upsert(records: Records, { inputs }: UpsertBody): Reply {
    const at = new Date(this.now).toISOString()
    const frame = { status: 'COMPLETE', startedAt: at, completedAt: at }
    const results = []
    for (const { id, idProperty, properties } of inputs) {
      if (!(records.type === 'contacts' ? idProperty === 'email' : records.unique.has(idProperty)))
        return refusal(400, 'VALIDATION_ERROR', `Property ${idProperty} is no unique identifier of ${records.type}`)
      const refused = wrong(records, properties)
      if (refused) return refused
      const kept = records.find(id, idProperty)
      const written = kept ? records.update(kept, properties) : records.create({ [idProperty]: id, ...properties })
      const shown = records.shown(written)
      const full = Object.entries(shown.properties).filter(([, value]) => value !== null)
      results.push({ ...shown, properties: Object.fromEntries(full), new: !kept })
    }
    return { status: 200, body: { ...frame, results } }
  }

  #create(records: Records, { properties, associations = [] }: CreateBody): Reply {
    const refused = wrong(records, properties)
    if (refused) return refused
    if (records.type === 'contacts' && records.find(properties['email'] ?? '', 'email'))
      return refusal(
        409,
        'CONFLICT',
        `Contact already exists. Existing ID: ${records.find(properties['email']!, 'email')!.id}`,
      )
    for (const { to } of associations) if (!this.contacts.find(to.id)) return missing('contacts', to.id)
    const kept = records.create(properties)
    for (const { to, types } of associations)
      this.associations.push(`${records.type}/${kept.id} ${types[0]!.associationTypeId} ${to.id}`)
    return { status: 201, body: records.shown(kept) }
  }

  #associate({
    fromObjectType: from,
    fromObjectId,
    toObjectType: to,
    toObjectId,
  }: Readonly<Record<string, string>>): Reply {
    const ends = [
      [from!, fromObjectId!],
      [to!, toObjectId!],
    ] as const
    for (const [type, id] of ends)
      if (!(type === 'deals' ? this.deals : this.contacts).find(id)) return missing(type, id)
    const name = `${from}/${fromObjectId} ${to}/${toObjectId}`
    if (!this.associations.includes(name)) this.associations.push(name)
    const at = new Date(this.now).toISOString()
    const associationSpec = { associationCategory: 'HUBSPOT_DEFINED', associationTypeId: 3 }
    const result = { from: { id: fromObjectId }, to: { id: toObjectId }, associationSpec }
    return { status: 200, body: { status: 'COMPLETE', startedAt: at, completedAt: at, results: [result] } }
  }
}

interface UpsertBody {
  readonly inputs: readonly { id: string; idProperty: string; properties: Record<string, string> }[]
}
interface CreateBody {
  readonly properties: Record<string, string>
  readonly associations?: readonly { to: { id: string }; types: { associationTypeId: number }[] }[]
}

/** As HubSpot words what it refuses. */
export function refusal(
  status: number,
  category: string,
  message: string,
  more: Readonly<Record<string, unknown>> = {},
): Reply {
  return {
    status,
    body: { status: 'error', message, correlationId: 'a43683b0-5717-4ceb-80b4-104d02915d8c', category, ...more },
  }
}

const missing = (type: string, id: string) =>
  refusal(404, 'OBJECT_NOT_FOUND', `Object not found. objectId are usually numeric. ${type} ${id}`)

function wrong(records: Records, values: Readonly<Record<string, string>>): Reply | undefined {
  const problems = records.problems(values)
  if (problems.length === 0) return undefined
  const message = `Property values were not valid: ${JSON.stringify(problems.map(one => ({ isValid: false, ...one })))}`
  const errors = problems.map(({ message: text, error, name }) => ({
    message: text,
    code: error,
    context: { propertyName: [name] },
  }))
  return refusal(400, 'VALIDATION_ERROR', message, { errors })
}

const owner = (one: { id: string; email: string }) => {
  const at = '2026-01-01T00:00:00Z'
  return { ...one, type: 'PERSON', archived: false, createdAt: at, updatedAt: at }
}

function pipeline(id: string, label: string, stages: readonly (readonly [id: string, label: string])[]) {
  const at = { archived: false, createdAt: '2026-01-01T00:00:00Z', updatedAt: '2026-01-01T00:00:00Z' }
  const ordered = stages.map(([stage, name], displayOrder) => ({ ...at, id: stage, label: name, displayOrder }))
  return { ...at, id, label, displayOrder: id === 'default' ? 0 : 1, stages: ordered }
}

function property(name: string, label: string, { readOnlyValue = false, hidden = false, hasUniqueValue = false } = {}) {
  return {
    name,
    label,
    type: 'string',
    fieldType: 'text',
    description: '',
    groupName: 'contactinformation',
    options: [],
    hidden,
    hasUniqueValue,
    modificationMetadata: { archivable: true, readOnlyDefinition: false, readOnlyValue },
  }
}
