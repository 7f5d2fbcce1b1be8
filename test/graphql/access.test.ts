import {
  type GraphQLArgument,
  type GraphQLField,
  getIntrospectionQuery,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
} from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newId } from '../../core/ids.ts'
import { statement } from '../../core/sql.ts'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { encodeNodeId } from '../../graphql/node-id.ts'
import { schema } from '../../graphql/schema.ts'
import { openTestServer, type TestServer } from '../http/open-test-server.ts'

/** A literal that fits the type. */
function literal(type: GraphQLArgument['type']): string {
  if (isNonNullType(type)) return literal(type.ofType)
  if (isListType(type)) return `[${literal(type.ofType)}]`
  if (isEnumType(type)) return type.getValues()[0]!.name
  if (isInputObjectType(type))
    return `{${Object.values(type.getFields())
      .filter(field => isNonNullType(field.type))
      .map(field => `${field.name}: ${literal(field.type)}`)
      .join(', ')}}`
  if (type.name === 'DateTime') return '"2026-03-02T12:00:00Z"'
  if (type.name === 'Boolean') return 'false'
  return type.name === 'Int' || type.name === 'Float'
    ? '1'
    : type.name === 'ID'
      ? JSON.stringify(encodeNodeId('Run', newId()))
      : '"x"'
}
const call = (field: GraphQLField<unknown, unknown>) => {
  const needed = field.args
    .filter(argument => isNonNullType(argument.type))
    .map(argument => `${argument.name}: ${literal(argument.type)}`)
  return `${field.name}${needed.length ? `(${needed.join(', ')})` : ''}${isLeafType(getNamedType(field.type)) ? '' : ' { __typename }'}`
}
const roots = [schema.getQueryType()!, schema.getMutationType()!, schema.getSubscriptionType()!]
const fields = roots.flatMap(root =>
  Object.values(root.getFields()).map(field => ({
    kind: root.name.toLowerCase(),
    name: field.name,
    text: call(field),
  })),
)

describe('access over GraphQL', () => {
  let host: TestServer
  beforeAll(async () => {
    host = await openTestServer('pglite')
  })
  afterAll(() => host.close())
  const codes = (answer: { json: { errors?: { extensions: { code: string } }[] } }) =>
    answer.json.errors?.map(error => error.extensions.code)
  const setRole = async (role: string) => {
    await host.core.sql.query(statement('test.role', 'update memberships set role = $1'), [role])
    host.core.clock.advance(5001)
  }

  it.each(fields)('$kind $name is closed to nobody', async ({ kind, text }) => {
    const accept = kind === 'subscription' ? 'text/event-stream' : 'application/json'
    const answer = await host.graphql(`${kind} { ${text} }`, {}, { token: null, headers: { accept } })
    expect(answer.text).toContain('"UNAUTHENTICATED"')
    expect(answer.text).toMatch(/^(?!.*"data":\{"\w+":(?!null))/s)
    if (kind !== 'subscription') expect([answer.status, codes(answer)]).toEqual([401, ['UNAUTHENTICATED']])
  })
  it('knows every root field', () => {
    expect(fields.length).toBeGreaterThan(20)
  })
  it('shows nobody the schema, not even by its guesses', async () => {
    const look = await host.graphql(getIntrospectionQuery(), {}, { token: null })
    expect([look.json.data, codes(look)![0]]).toEqual([undefined, 'GRAPHQL_VALIDATION_FAILED'])
    expect(
      (
        await host.graphql(
          '{ __schema { types { name } } }',
          {},
          { token: null, headers: { accept: 'application/graphql-response+json' } },
        )
      ).status,
    ).toBe(400)
    const guess = await host.graphql('{ lead }', {}, { token: null })
    expect(guess.text).not.toMatch(/did you mean/i)
    expect((await host.graphql('{ lead }')).text).toMatch(/did you mean/i)
    expect((await host.graphql('{ lead }', {}, { token: null })).text).not.toMatch(/did you mean/i)
    expect((await host.graphql(getIntrospectionQuery())).json.data.__schema.types.length).toBeGreaterThan(50)
    expect((await host.graphql('{ __typename }', {}, { token: null })).json.data).toEqual({ __typename: 'Query' })
  })
  it('refuses a bad token before anything else', async () => {
    const answer = await host.graphql('{ __typename }', {}, { token: 'x.y.z' })
    expect([answer.status, codes(answer)]).toEqual([401, ['UNAUTHENTICATED']])
    expect(answer.headers.get('www-authenticate')).toMatch(/Bearer/)
  })
  it('lets each role do what the table says', async () => {
    const create =
      'mutation { leadCreate(input: {name: "x", email: "role@example.com", source: API, legalBasis: CONSENT}) { lead { id } userErrors { code } } }'
    const webhook = (await host.graphql('{ webhooks { edges { node { id } } } }')).json.data.webhooks.edges[0].node
    const byId = async () => (await host.graphql(`{ node(id: "${webhook.id}") { id } }`)).json.data.node
    expect(await byId()).toEqual(webhook)
    await setRole('VIEWER')
    expect(await byId()).toBeNull()
    expect((await host.graphql('{ leads { edges { node { id } } } viewer { role } }')).json.data.viewer.role).toBe(
      'VIEWER',
    )
    expect(codes(await host.graphql(create))).toEqual(['FORBIDDEN'])
    expect(codes(await host.graphql('mutation { brainStop { status { running } } }'))).toEqual(['FORBIDDEN'])
    expect(codes(await host.graphql('{ webhooks { edges { node { id } } } }'))).toEqual(['FORBIDDEN'])
    expect((await host.send('POST', '/brain/stop')).status).toBe(403)
    expect((await host.send('POST', '/leads/process', { body: { name: 'x', email: 'x@example.com' } })).status).toBe(
      403,
    )
    await setRole('OPERATOR')
    expect((await host.graphql(create)).json.data.leadCreate.userErrors).toEqual([])
    expect(
      codes(await host.graphql('mutation { playbookValidate(input: {source: "a"}) { diagnostics { code } } }')),
    ).toEqual(['FORBIDDEN'])
    await setRole('OWNER')
  })
  it('never shows what belongs to another workspace', async () => {
    const other = newId<typeof host.core.workspaceId>()
    const now = host.core.clock.now()
    await host.core.sql.query(
      statement('test.workspace', `insert into workspaces values ($1, 'other', 'Other', 'UTC', 'en', $2)`),
      [other, now],
    )
    const { leadId } = await captureLead(
      host.core,
      other,
      leadInput.parse({ name: 'Theirs', email: 'theirs@example.com' }),
      { source: 'test' },
    )
    const id = encodeNodeId('Lead', leadId)
    const { data } = (
      await host.graphql(
        `{ node(id: "${id}") { id } runs(filter: {leadId: "${id}"}) { edges { cursor } } leads(first: 100) { edges { node { name } } } }`,
      )
    ).json
    expect(data.node).toBeNull()
    expect(data.runs.edges).toEqual([])
    expect(JSON.stringify(data.leads)).not.toContain('Theirs')
    expect((await host.graphql(`{ node(id: "${encodeNodeId('Workspace', other)}") { id } }`)).json.data.node).toBeNull()
  })
})
