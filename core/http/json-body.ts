import { json, raw, type RequestHandler } from 'express'
import type { z } from 'zod'
import { TraeError } from '../errors.ts'
import { invalidInput } from './problem.ts'

/** Bytes of a body, everywhere. */
export const BODY_LIMIT = 1_000_000

const parse = json({ limit: BODY_LIMIT, inflate: false, strict: false, type: () => true })
const read = raw({ limit: BODY_LIMIT, inflate: false, type: () => true })

/** Parses a JSON body into `request.body` (undefined where there is none). Any other media type is refused, as is text that no database can store. */
export const jsonBody: RequestHandler = (request, response, next) => {
  if (!hasBody(request.headers)) return next()
  if (!isJson(request.headers['content-type'])) throw notJson(request.headers['content-type'])
  parse(request, response, error => {
    if (error) return next(error)
    const fault = unstorable(request.body)
    next(fault && new TraeError('BAD_USER_INPUT', fault))
  })
}

/** The bytes as they came, in `request.body`: signatures are made over these. */
export const rawBody: RequestHandler = (request, response, next) => {
  if (hasBody(request.headers) && !isJson(request.headers['content-type']))
    throw notJson(request.headers['content-type'])
  read(request, response, next)
}

/** As `rawBody`, of any media type. */
export const anyBody: RequestHandler = read

/** The body as a schema has it. Throws `VALIDATION` with every finding. */
export function checked<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value)
  if (!result.success) throw invalidInput(result.error)
  return result.data
}

const DEEPEST = 64

/** Why a value cannot be stored as text or jsonb, undefined where it can: NUL and unpaired surrogates have no place there. */
export function unstorable(value: unknown, depth = 0): string | undefined {
  if (typeof value === 'string') {
    if (value.includes('\0')) return 'A text holds the character U+0000, which cannot be stored.'
    if (!value.isWellFormed()) return 'A text holds half of a surrogate pair, which cannot be stored.'
    return undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  if (depth > DEEPEST) return `The JSON is nested deeper than ${DEEPEST} levels.`
  for (const [key, inner] of Object.entries(value)) {
    const fault = unstorable(key) ?? unstorable(inner, depth + 1)
    if (fault) return fault
  }
  return undefined
}

const hasBody = (headers: { 'content-length'?: string | undefined; 'transfer-encoding'?: string | undefined }) =>
  headers['transfer-encoding'] !== undefined ||
  (headers['content-length'] !== undefined && headers['content-length'] !== '0')

export const isJson = (type: string | undefined) => /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(type ?? '')

const notJson = (found: string | undefined) =>
  new TraeError('UNSUPPORTED_MEDIA_TYPE', `The body must be application/json; found ${found ?? 'no content-type'}.`)
