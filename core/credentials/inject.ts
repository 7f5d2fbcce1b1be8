import { TraeError } from '../errors.ts'
import type { EgressRequest } from './egress-request.ts'
import { fill, type Place } from './template.ts'

/** `values`: fields and tokens by name. */
type Values = Readonly<Record<string, string>>

/**
 * Puts a credential into a request on its way out. What the plugin wrote in the same place is replaced. Throws
 * `VALIDATION` for a body that has no place for it. Pure.
 */
export function inject(request: EgressRequest, places: readonly Place[], values: Values): EgressRequest {
  return places.reduce((before, place) => injectAt(before, place, values), request)
}

function injectAt(request: EgressRequest, place: Place, values: Values): EgressRequest {
  if ('header' in place) return withHeader(request, place.header, fill(place.format, values))
  if ('basic' in place) return withHeader(request, 'authorization', basic(place.basic, values))
  if ('query' in place) {
    const url = URL.parse(request.url)
    if (!url) return request // egress refuses it in its own words
    url.searchParams.set(place.query, fill(place.format, values))
    return { ...request, url: url.href }
  }
  return { ...request, body: withField(request, place.body, fill(place.format, values)) }
}

/** HTTP Basic (RFC 7617). */
export function basic({ username, password }: { username: string; password: string }, values: Values): string {
  return `Basic ${Buffer.from(basicPair({ username, password }, values)).toString('base64')}`
}
export const basicPair = ({ username, password }: { username: string; password: string }, values: Values) =>
  `${fill(username, values)}:${fill(password, values)}`

function withHeader(request: EgressRequest, name: string, value: string): EgressRequest {
  const others = Object.entries(request.headers).filter(([given]) => given.toLowerCase() !== name.toLowerCase())
  return { ...request, headers: { ...Object.fromEntries(others), [name.toLowerCase()]: value } }
}

/** A field of a form, or of a JSON object, as `content-type` says. */
function withField({ headers, body }: EgressRequest, name: string, value: string): string {
  const type = Object.entries(headers).find(([given]) => given.toLowerCase() === 'content-type')?.[1] ?? ''
  if (type.startsWith('application/x-www-form-urlencoded')) {
    const form = new URLSearchParams(body)
    form.set(name, value)
    return form.toString()
  }
  try {
    const object = JSON.parse(body ?? '{}') as unknown
    if (typeof object === 'object' && object !== null && !Array.isArray(object))
      return JSON.stringify({ ...object, [name]: value })
  } catch {
    // the same refusal as for a list
  }
  throw new TraeError(
    'VALIDATION',
    `fetch: this credential goes into the body as ${JSON.stringify(name)}, so the body must be a JSON object or a form; set content-type to say which.`,
  )
}
