import type { ErrorObject } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { closed } from './closed-schemas.ts'

/** A request as it came over the wire. `url` is path and query. */
export interface SeenRequest {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

/** Which operation of the description a request asks for, and what it carries. */
export interface Asked {
  /** Empty for what the description does not know; method and path where it names none. */
  readonly operationId: string
  readonly path: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  /** Of a JSON body or a form. */
  readonly body: unknown
  /** What does not fit the description, one sentence each. */
  readonly problems: readonly string[]
  /** What does not fit it in this answer. */
  answerProblems(status: number, body: unknown): readonly string[]
  /** What the description gives as an example of success, where it does. */
  readonly example: { readonly status: number; readonly json?: unknown } | undefined
}

interface Parameter {
  readonly name: string
  readonly in: string
  readonly required?: boolean
  readonly schema: { readonly type?: string }
}
interface Operation {
  readonly operationId?: string
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly required?: boolean; readonly content: Readonly<Record<string, unknown>> }
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, MediaType>> }>>
  readonly security?: readonly Readonly<Record<string, unknown>>[]
}
interface MediaType {
  readonly example?: unknown
  readonly examples?: Readonly<Record<string, { readonly value?: unknown }>>
}
/** An OpenAPI description, parsed. */
export interface ApiDescription {
  readonly servers?: readonly { readonly url: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components?: {
    readonly securitySchemes?: Readonly<Record<string, { type: string; scheme?: string; in?: string; name?: string }>>
  }
}

const FORM = 'application/x-www-form-urlencoded'

/**
 * Holds requests against an OpenAPI description (3.0 or 3.1): path, method, parameters, credentials, body. A member or parameter
 * that the description does not know is a problem, as is one that is missing or of another kind. The schemas are checked by ajv.
 */
export function apiOf(document: ApiDescription): (request: SeenRequest) => Asked {
  const requests = compiler(closed(document) as object)
  const texts = compiler(closed(document) as object, true)
  const answers = compiler(document)

  return request => {
    const url = new URL(request.url, 'https://vendor.invalid')
    const found = route(document, request.method.toLowerCase(), url.pathname)
    if (!found) return unknown(request, url)
    const { operation, template, path } = found
    const place = ['paths', template, request.method.toLowerCase()]
    const type = String(request.headers['content-type'] ?? '')
      .split(';')[0]!
      .trim()
    const { body, problems: bodyProblems } = readBody(operation, request.text, type)
    const schema = [...place, 'requestBody', 'content', type, 'schema']
    const check = type === FORM ? texts : requests
    const wrong = body === undefined || bodyProblems.length > 0 ? bodyProblems : check(schema, body)
    const place_ = `${request.method} ${template}`
    return {
      operationId: operation.operationId ?? place_,
      path,
      query: url.searchParams,
      body,
      problems: [
        ...credentialProblems(document, operation, request, url),
        ...parameterProblems(texts, place, operation, { path, query: url.searchParams, headers: request.headers }),
        ...wrong.map(problem => `body ${problem}`),
      ].map(problem => `${place_}: ${problem}`),
      example: exampleOf(operation),
      answerProblems: (status, answer) => {
        const key = String(status) in operation.responses ? String(status) : 'default'
        if (operation.responses[key]?.content?.['application/json'] === undefined) return []
        const at = [...place, 'responses', key, 'content', 'application/json', 'schema']
        return answers(at, answer).map(problem => `${place_}: the answer ${status} ${problem}`)
      },
    }
  }
}

function exampleOf({ responses }: Operation): Asked['example'] {
  const key = Object.keys(responses).find(status => /^2\d\d$/.test(status))
  if (key === undefined) return undefined
  const media = responses[key]!.content?.['application/json']
  if (!media) return { status: Number(key) }
  const json = media.example ?? Object.values(media.examples ?? {})[0]?.value
  return json === undefined ? undefined : { status: Number(key), json }
}

type Check = (pointer: readonly string[], data: unknown) => string[]

/** Checks data against the schema at a place of the document. `coerce`: data that came as text. */
function compiler(document: object, coerce = false): Check {
  const ajv = new Ajv2020({ strict: false, allErrors: true, coerceTypes: coerce ? 'array' : false })
  addFormats.default(ajv)
  ajv.addSchema(document, 'api')
  return (pointer, data) => {
    const escaped = pointer.map(part => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1')))
    const validate = ajv.getSchema(`api#/${escaped.join('/')}`)
    if (!validate) return [`is not described at ${pointer.join(' ')}`]
    return validate(coerce ? structuredClone(data) : data) ? [] : (validate.errors ?? []).map(sentence)
  }
}

function sentence({ instancePath, message, params }: ErrorObject): string {
  const extra = 'additionalProperty' in params ? ` (${String(params['additionalProperty'])})` : ''
  const allowed = 'allowedValues' in params ? ` (${String(params['allowedValues'])})` : ''
  return `${instancePath || '/'} ${message}${extra}${allowed}`
}

/** Of several templates that fit, the one with the most fixed parts. */
function route(document: ApiDescription, method: string, pathname: string) {
  const parts = pathname.split('/')
  const base = new URL(document.servers?.[0]?.url ?? '/', 'https://vendor.invalid').pathname.replace(/\/$/, '')
  const fits = Object.entries(document.paths).flatMap(([template, operations]) => {
    const operation = operations[method]
    const wanted = `${base}${template}`.split('/')
    if (!operation || wanted.length !== parts.length) return []
    const path: Record<string, string> = {}
    for (const [i, part] of wanted.entries()) {
      const [, name, end = ''] = /^\{([^{}]+)\}([^{}]*)$/.exec(part) ?? [] // `{Sid}.json`
      const given = parts[i]!
      if (name === undefined ? part !== given : !given.endsWith(end) || given.length === end.length) return []
      if (name !== undefined) path[name] = decodeURIComponent(given.slice(0, given.length - end.length))
    }
    return [{ operation, template, path, fixed: wanted.length - Object.keys(path).length }]
  })
  return fits.sort((a, b) => b.fixed - a.fixed)[0]
}

function readBody(operation: Operation, text: string, type: string): { body: unknown; problems: string[] } {
  const wanted = operation.requestBody
  if (text === '') return { body: undefined, problems: wanted?.required ? ['is missing'] : [] }
  if (!wanted) return { body: undefined, problems: ['is there, and the description knows none'] }
  if (!Object.hasOwn(wanted.content, type))
    return {
      body: undefined,
      problems: [`is ${type || 'of no type'}, not ${Object.keys(wanted.content).join(' or ')}`],
    }
  if (type === FORM) return { body: Object.fromEntries(new URLSearchParams(text)), problems: [] }
  try {
    return { body: JSON.parse(text) as unknown, problems: [] }
  } catch {
    return { body: undefined, problems: ['is no JSON'] }
  }
}

function parameterProblems(
  check: Check,
  place: readonly string[],
  { parameters = [] }: Operation,
  given: { path: Record<string, string>; query: URLSearchParams; headers: SeenRequest['headers'] },
): string[] {
  const known = new Set(parameters.filter(one => one.in === 'query').map(one => one.name))
  const strangers = [...new Set(given.query.keys())].filter(name => !known.has(name))
  return [
    ...strangers.map(name => `the description knows no parameter ${name}`),
    ...parameters.flatMap((parameter, index) => {
      const value = valueOf(parameter, given)
      if (value === undefined) return parameter.required ? [`the parameter ${parameter.name} is missing`] : []
      return check([...place, 'parameters', String(index), 'schema'], value).map(
        problem => `the parameter ${parameter.name} ${problem}`,
      )
    }),
  ]
}

function valueOf(parameter: Parameter, given: Parameters<typeof parameterProblems>[3]): unknown {
  if (parameter.in === 'path') return given.path[parameter.name]
  if (parameter.in === 'header') return given.headers[parameter.name.toLowerCase()]
  const values = given.query.getAll(parameter.name)
  if (values.length === 0) return undefined
  return parameter.schema.type === 'array' || values.length > 1 ? values : values[0]
}

/** One of the ways that the operation names must be there; which credential it is, the vendor says. */
function credentialProblems(document: ApiDescription, operation: Operation, request: SeenRequest, url: URL): string[] {
  const { security } = operation
  if (!security || security.some(way => Object.keys(way).length === 0)) return []
  const has = (name: string) => {
    const scheme = document.components?.securitySchemes?.[name]
    if (scheme?.type === 'apiKey')
      return scheme.in === 'query' ? url.searchParams.has(scheme.name!) : scheme.name!.toLowerCase() in request.headers
    const wanted = scheme?.scheme === 'basic' ? /^Basic \S+$/ : /^Bearer \S+$/
    return wanted.test(String(request.headers['authorization'] ?? ''))
  }
  if (security.some(way => Object.keys(way).every(has))) return []
  return [`carries no credential; wanted is ${security.map(way => Object.keys(way).join(' and ')).join(' or ')}`]
}

const unknown = (request: SeenRequest, url: URL): Asked => ({
  operationId: '',
  path: {},
  query: url.searchParams,
  body: undefined,
  problems: [`${request.method} ${url.pathname}: the description knows no such operation`],
  answerProblems: () => [],
  example: undefined,
})
