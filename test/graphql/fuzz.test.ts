import {
  getNamedType,
  type GraphQLArgument,
  type GraphQLInputType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  type OperationTypeNode,
} from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newId } from '../../core/ids.ts'
import { encodeNodeId, NODE_TYPES } from '../../graphql/node-id.ts'
import { schema } from '../../graphql/schema.ts'
import { openTestServer, type TestServer } from '../http/open-test-server.ts'
import { DATABASE_KINDS, shareOf } from '../support/database.ts'
import { HOSTILE_VALUES } from '../support/hostile-values.ts'

/** JSON that fits a type; ids are well-formed and of nothing. */
function sample(type: GraphQLInputType): unknown {
  if (isNonNullType(type)) return sample(type.ofType)
  if (isListType(type)) return [sample(type.ofType)]
  if (isEnumType(type)) return type.getValues()[0]!.name
  if (isInputObjectType(type))
    return Object.fromEntries(Object.values(type.getFields()).map(field => [field.name, sample(field.type)]))
  if (type.name === 'ID') return encodeNodeId('Run', newId())
  if (type.name === 'DateTime') return '2026-03-02T12:00:00Z'
  return type.name === 'Boolean' ? true : type.name === 'Int' || type.name === 'Float' ? 1 : 'x'
}

/** Every place in a value of the type, as a path; to three levels, where inputs that hold themselves end. */
function places(type: GraphQLInputType, path: readonly string[] = []): (readonly string[])[] {
  const bare = isNonNullType(type) ? type.ofType : type
  const inner = isInputObjectType(bare) && path.length < 4 ? Object.values(bare.getFields()) : []
  return [path, ...inner.flatMap(field => places(field.type, [...path, field.name]))]
}

function put(value: unknown, path: readonly string[], hostile: unknown): unknown {
  const [first, ...rest] = path
  return first === undefined
    ? hostile
    : { ...(value as object), [first]: put((value as Record<string, unknown>)[first], rest, hostile) }
}

interface Field {
  readonly name: string
  readonly args: readonly GraphQLArgument[]
  readonly type: Parameters<typeof getNamedType>[0]
}
const operation = (kind: OperationTypeNode | string, { name, args, type }: Field) => {
  const variables = args.map(({ name, type }) => `$${name}: ${type}`).join(', ')
  const given = args.map(({ name }) => `${name}: $${name}`).join(', ')
  return `${kind} q(${variables}) { ${name}(${given}) ${isLeafType(getNamedType(type)!) ? '' : '{ __typename }'} }`
}

/** What has the right type and is hard to take nevertheless; the rest of the hostile is refused before a resolver sees it. */
const idsOfOthers = NODE_TYPES.map(type => encodeNodeId(type, newId()))

describe.each(DATABASE_KINDS)('whatever is given to GraphQL, on %s,', kind => {
  let host: TestServer
  beforeAll(async () => {
    host = await openTestServer(
      kind,
      {},
      { TRAE_PLUGIN_REGISTRY: 'http://127.0.0.1:9/', TRAE_LIMIT_ADDRESS: '1000000/1000000' },
    )
  })
  afterAll(() => host.close())

  const fields = [schema.getQueryType()!, schema.getMutationType()!, schema.getSubscriptionType()!].flatMap(root =>
    Object.values(root.getFields())
      .filter(({ args }) => args.length > 0)
      .map(field => ({ kind: root.name.toLowerCase(), field: field as unknown as Field })),
  )

  const look = async (query: string, variables: Record<string, unknown>, headers: Record<string, string>) => {
    const late = new AbortController()
    const response = await fetch(`${host.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${await host.token()}`, ...headers },
      body: JSON.stringify({ query, variables }),
      signal: late.signal,
    })
    // a subscription that was opened has nothing to say: its first chunk is enough
    const reader = response.body!.getReader()
    const first = await Promise.race([
      reader.read().then(({ value }) => new TextDecoder().decode(value)),
      headers['accept'] ? new Promise<string>(resolve => setTimeout(resolve, 100, '')) : new Promise<string>(() => {}),
    ])
    late.abort()
    return { status: response.status, text: first }
  }

  it.each(shareOf(fields, kind).map(one => [one.kind, one.field.name, one.field] as const))(
    '%s %s ends well',
    async (kind, _name, field) => {
      const query = operation(kind, field)
      const good = Object.fromEntries(field.args.map(({ name, type }) => [name, sample(type)]))
      const stream: Record<string, string> = kind === 'subscription' ? { accept: 'text/event-stream' } : {}
      const cases: Record<string, unknown>[] = []
      for (const { name, type } of field.args)
        for (const path of places(type))
          for (const value of [
            ...HOSTILE_VALUES,
            ...(path.at(-1)?.endsWith('Id') || name.endsWith('d') ? idsOfOthers : []),
          ])
            cases.push({ ...good, [name]: put(good[name], path, value) })
      const faults: string[] = []
      for (const variables of [good, ...cases]) {
        const { status, text } = await look(query, variables, stream)
        if (status >= 500 || /INTERNAL_SERVER_ERROR|node_modules|\.ts:\d/.test(text))
          faults.push(`${JSON.stringify(variables).slice(0, 300)} → ${status} ${text.slice(0, 300)}`)
      }
      expect(faults.slice(0, 5)).toEqual([])
    },
  )
  it('and it is still there', async () => {
    expect(fields.length).toBeGreaterThan(40)
    expect((await host.graphql('{ viewer { email } leads { totalCount } }')).json.errors).toBeUndefined()
  })
})
