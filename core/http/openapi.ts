import { Router } from 'express'
import { z } from 'zod'
import { PERMISSIONS } from '../access/permissions.ts'
import { ENGINE_VERSION } from '../plugins/engine-version.ts'
import type { Endpoint } from './endpoint.ts'
import type { PublicEndpoint } from './public-endpoint.ts'
import { route } from './route.ts'

type Json = Record<string, unknown>
type Described = Endpoint | PublicEndpoint

/** `/openapi.json`, for anybody: it tells what there is, of no workspace. */
export function openApiRoute(endpoints: readonly Described[]): Router {
  const router = Router()
  const document = openApi(endpoints)
  route(router, '/openapi.json', { GET: [(_request, response) => void response.json(document)] })
  return router
}

/** What OpenAPI 3.1 says of these endpoints, made of the schemas that check what they take and answer. */
export function openApi(endpoints: readonly Described[]): Json {
  const shared: Json = { Problem: schemaOf(problem, 'output', {}) }
  const paths: Record<string, Json> = {}
  for (const one of endpoints) (paths[one.path] ??= {})[one.method.toLowerCase()] = operationOf(one, shared)
  return {
    openapi: '3.1.0',
    info: {
      title: 'TRAE OS',
      version: ENGINE_VERSION,
      description:
        'The REST endpoints of TRAE OS. GraphQL at `POST /graphql` has all of this and everything else. Sign in at `POST /auth/login` with `{"email", "password"}` and send `Authorization: Bearer <access_token>`, or send an API key as `x-api-key`.',
    },
    servers: [{ url: '/' }],
    security: [{ bearer: [] }, { apiKey: [] }],
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key' },
      },
      schemas: shared,
    },
  }
}

function operationOf(one: Described, shared: Json): Json {
  const member = 'permission' in one ? one : undefined
  const onceAKey = member?.method === 'POST'
  const parameters = [
    ...parametersOf(member?.params, 'path', shared),
    ...parametersOf(member?.query, 'query', shared),
    ...(onceAKey ? [IDEMPOTENCY_KEY] : []),
  ]
  return {
    operationId: operationId(one),
    tags: [one.tag],
    summary: one.summary,
    description: [
      one.description,
      member ? `Needs \`${member.permission}\`: ${PERMISSIONS[member.permission]} and above.` : 'For anybody.',
    ]
      .filter(Boolean)
      .join(' '),
    ...(member ? {} : { security: [] }),
    ...(parameters.length ? { parameters } : {}),
    ...(one.body
      ? {
          requestBody: {
            required: !one.body.safeParse(undefined).success,
            content: { 'application/json': { schema: schemaOf(one.body, 'input', shared) } },
          },
        }
      : {}),
    responses: {
      [one.status]: {
        description: SAYS[one.status],
        headers: {
          'x-request-id': { schema: { type: 'string' }, description: 'Yours where you sent a sane one.' },
          ...(onceAKey ? { 'idempotency-replayed': REPLAYED } : {}),
        },
        ...(one.answer ? { content: { 'application/json': { schema: schemaOf(one.answer, 'output', shared) } } } : {}),
      },
      default: {
        description: 'A problem (RFC 9457): the status and `code` say which, `detail` what to do about it.',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  }
}

const SAYS = { 200: 'The answer.', 202: 'It is stored, and will be done.', 204: 'It is done.' }
const REPLAYED = {
  schema: { type: 'string', enum: ['true'] },
  description: 'Where the answer is the one that was stored.',
}
const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  description:
    'The same request with the same key is done once within a day and answered the same each time; with another body it is refused (422).',
  schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,255}$' },
}

/** `POST /modules/{module}/execute` is modulesExecute, `GET /brain/status` getBrainStatus. */
function operationId({ method, path }: Described): string {
  const words = path.split('/').filter(part => part !== '' && !part.startsWith('{'))
  const name = words.map(word => word[0]!.toUpperCase() + word.slice(1)).join('')
  return method === 'GET' ? `get${name}` : name[0]!.toLowerCase() + name.slice(1)
}

function parametersOf(schema: z.ZodObject | undefined, place: 'path' | 'query', shared: Json): Json[] {
  if (!schema) return []
  const { properties = {}, required = [] } = schemaOf(schema, 'input', shared) as {
    properties?: Record<string, Json>
    required?: string[]
  }
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...(description ? { description } : {}),
    schema: rest,
  }))
}

/** Schemas with an id (`.meta({ id })`) stand under `components`, once. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output', shared: Json): Json {
  const { $schema: _, $defs, ...json } = z.toJSONSchema(schema, { io, unrepresentable: 'any' })
  const text = (value: unknown) => JSON.parse(JSON.stringify(value).replaceAll('"#/$defs/', '"#/components/schemas/'))
  for (const [name, definition] of Object.entries($defs ?? {})) shared[name] = text(definition)
  return text(json)
}

/** The shape of core/http/problem.ts. */
const problem = z.object({
  type: z.literal('about:blank'),
  title: z.string(),
  status: z.int().min(400).max(599),
  detail: z.string().meta({ description: 'What was found and what to do.' }),
  code: z.string().meta({ description: 'For machines, as VALIDATION.' }),
  requestId: z.string(),
  errors: z
    .array(z.object({ pointer: z.string().meta({ description: 'JSON Pointer into the body.' }), detail: z.string() }))
    .optional(),
})
