import {
  getNamedType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Statement, statement } from '../../core/sql.ts'
import { schema } from '../../graphql/schema.ts'
import { openTestServer, type TestServer } from '../http/open-test-server.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { seedLists, SEEDED } from '../support/seed-lists.ts'

type Field = GraphQLField<unknown, unknown>

/** Lists that need no filter, and why. */
const NO_FILTER: Readonly<Record<string, string>> = {
  'Query.sessions': "one's own: as many as a person has browsers",
  'Query.webhooks': 'one for each form, and for each trigger of a playbook',
  'Playbook.versions': 'read from the newest on; one is found by its number',
  'PluginInstallation.plannedCalls': 'the next ones first: one looks at what is coming',
  'Run.events': 'a journal is read from a place on',
  'Query.actionChoices': 'what a vendor offers, searched there',
  'Query.credentialChoices': 'what a vendor offers, searched there',
  'Query.audienceMembers': 'of one audience, in the order in which they came',
}
const NO_SORT: Readonly<Record<string, string>> = {
  ...NO_FILTER,
  'Query.landingPages': 'as many as a person writes',
  'Query.calls': 'newest first: one looks for the last ones, or those of a lead',
  'Query.installations': 'as many as a workspace has plugins; in memory',
}
/** Lists of a size that sorting does not matter for: no index for each order. */
const SMALL = new Set(['apiKeys', 'invitations', 'playbooks', 'users'])

const objects = Object.values(schema.getTypeMap()).filter(
  (type): type is GraphQLObjectType => isObjectType(type) && !type.name.startsWith('__'),
)
const connections = objects.flatMap(type =>
  Object.values(type.getFields())
    .filter(field => getNamedType(field.type).name.endsWith('Connection'))
    .map(field => ({ name: `${type.name}.${field.name}`, field: field as Field })),
)
const roots = connections
  .filter(({ name }) => name.startsWith('Query.'))
  .map(({ field }) => field)
  .filter(field => !field.args.some(argument => isNonNullType(argument.type) && argument.defaultValue === undefined))
const argument = (field: Field, name: string) => field.args.find(one => one.name === name)
const nodeOf = (field: Field) => {
  const fieldOf = (type: unknown, name: string) =>
    (getNamedType(type as never) as unknown as GraphQLObjectType).getFields()[name]!
  return getNamedType(fieldOf(fieldOf(field.type, 'edges').type, 'node').type) as GraphQLObjectType
}

/** The orders of a list, as arguments. */
const ordersOf = (field: Field) => {
  const sort = argument(field, 'sort')
  if (!sort) return []
  const by = getNamedType(
    (getNamedType(sort.type) as never as { getFields(): Record<string, Field> }).getFields()['by']!.type,
  )
  return isEnumType(by) ? by.getValues().map(value => value.name) : []
}

/** Computed of a single one: a list of them is asked for by nobody, and costs what it costs. */
const OF_ONE = new Set(['DecisionPolicy.model', 'DecisionPolicy.hindsight'])

/** Fields of a type that lead to other rows, each with the least that can be asked of it. */
function relations(type: GraphQLObjectType, inner: (field: Field) => string): string[] {
  return Object.values(type.getFields()).flatMap(field => {
    const named = getNamedType(field.type)
    if (OF_ONE.has(`${type.name}.${field.name}`)) return []
    if (isLeafType(named) || field.args.some(one => isNonNullType(one.type) && one.defaultValue === undefined))
      return []
    return [`${field.name}${argument(field, 'first') ? '(first: 2)' : ''} { ${inner(field)} }`]
  })
}
const least = () => '__typename'
const deeper = (field: Field) => {
  const named = getNamedType(field.type)
  if (!isObjectType(named)) return '__typename'
  return named.name.endsWith('Connection')
    ? 'edges { cursor node { __typename } }'
    : ['__typename', ...relations(named, least)].join(' ')
}

describe('every connection of the schema', () => {
  it('takes a filter and an order, or says why not', () => {
    const without = (name: string) =>
      connections.filter(({ field }) => !argument(field, name)).map(connection => connection.name)
    expect(without('filter').sort()).toEqual(Object.keys(NO_FILTER).sort())
    expect(without('sort').sort()).toEqual(Object.keys(NO_SORT).sort())
    expect(connections.length).toBeGreaterThan(25)
  })
})

describe.each(DATABASE_KINDS)('lists, on %s,', kind => {
  let host: TestServer
  let ids: Record<string, string> = {}
  beforeAll(async () => {
    host = await openTestServer(kind)
    await seedLists(host.core)
    const { json } = await host.graphql(
      '{ leads(first: 1) { edges { node { id } } } runs(first: 1) { edges { node { id version { id } playbook { id } } } } users(first: 1) { edges { node { id } } } decisions(first: 1) { edges { node { policy { id } } } } alerts(first: 1) { edges { node { id } } } deals(first: 1) { edges { node { id } } } meetings(first: 1) { edges { node { id } } } }',
    )
    const { data } = json
    const run = data.runs.edges[0].node
    ids = {
      leadId: data.leads.edges[0].node.id,
      runId: run.id,
      versionId: run.version.id,
      playbookIds: run.playbook.id,
      actorId: data.users.edges[0].node.id,
      alertId: data.alerts.edges[0].node.id,
      dealId: data.deals.edges[0].node.id,
      meetingId: data.meetings.edges[0].node.id,
      responsibleId: data.users.edges[0].node.id,
      policyId: data.decisions.edges[0].node.policy.id,
    }
  }, 60_000)
  afterAll(() => host?.close())

  const ask = async (text: string) => {
    const { json } = await host.graphql(text)
    expect(json.errors, text).toBeUndefined()
    return json.data
  }
  interface Page {
    edges: { cursor: string }[]
    pageInfo: { hasNextPage: boolean; endCursor: string | null }
  }
  /** The cursors of a list in an order, `first` at a time. */
  const walk = async (name: string, sort: string, first: number) => {
    const cursors: string[] = []
    for (let after = ''; ;) {
      const { edges, pageInfo }: Page = (
        await ask(
          `{ ${name}(first: ${first}, sort: ${sort}${after}) { edges { cursor } pageInfo { hasNextPage endCursor } } }`,
        )
      )[name]
      cursors.push(...edges.map(edge => edge.cursor))
      if (!pageInfo.hasNextPage) return cursors
      after = `, after: "${pageInfo.endCursor}"`
    }
  }

  const orders = roots.flatMap(field => ordersOf(field).map(by => [field.name, by] as const))
  it.each(orders)('%s by %s come page by page as they come at once, both ways', async (name, by) => {
    for (const direction of ['ASC', 'DESC']) {
      const sort = `{by: ${by}, direction: ${direction}}`
      const whole = await walk(name, sort, 100)
      expect(await walk(name, sort, 5), direction).toEqual(whole)
      expect(whole.length, 'rows with a value').toBeGreaterThanOrEqual(SEEDED / 2)
      expect(new Set(whole).size).toBe(whole.length)
      if (direction === 'DESC') expect(await walk(name, `{by: ${by}, direction: ASC}`, 100)).toEqual(whole.toReversed())
    }
  })
  it('a cursor of another order, and one that was tampered with, are refused', async () => {
    const [cursor] = await walk('leads', '{by: SCORE}', 100)
    const refusal = async (text: string) => (await host.graphql(text)).json.errors?.[0]
    expect(await refusal(`{ leads(sort: {by: NAME}, after: "${cursor}") { edges { cursor } } }`)).toMatchObject({
      extensions: { code: 'BAD_USER_INPUT' },
      message: expect.stringContaining('another order'),
    })
    for (const parts of [['score', 'x', ids['leadId']], ['score', '1', 'x'], ['score', 1], { a: 1 }, null]) {
      const tampered = Buffer.from(JSON.stringify(parts)).toString('base64url')
      const error = await refusal(`{ leads(sort: {by: SCORE}, after: "${tampered}") { edges { cursor } } }`)
      expect(error?.extensions.code, JSON.stringify(parts)).toBe('BAD_USER_INPUT')
    }
  })
  it('by score come from the highest to those without one', async () => {
    const { leads } = await ask('{ leads(first: 100, sort: {by: SCORE}) { edges { node { score } } } }')
    const scores = leads.edges.map((edge: { node: { score: number | null } }) => edge.node.score ?? -1)
    expect(scores).toEqual(scores.toSorted((a: number, b: number) => b - a))
    expect(scores.at(-1)).toBe(-1)
    expect(scores[0]).toBeGreaterThan(0)
  })
  it('a page stays what it was when rows come before it', async () => {
    const sort = 'sort: {by: NAME, direction: ASC}'
    const names = (data: { leads: { edges: { node: { name: string } }[] } }) =>
      data.leads.edges.map(edge => edge.node.name)
    const first = await ask(`{ leads(first: 4, ${sort}) { edges { node { name } } pageInfo { endCursor } } }`)
    const second = `{ leads(first: 4, ${sort}, after: "${first.leads.pageInfo.endCursor}") { edges { node { name } } } }`
    const before = names(await ask(second))
    await ask(
      'mutation { leadCreate(input: {name: "AAA", email: "first@example.com", source: API, legalBasis: CONSENT}) { lead { id } } }',
    )
    expect(names(await ask(second))).toEqual(before)
    expect(before).toHaveLength(4)
  })

  /** A value that fits an input. */
  const literal = (type: GraphQLInputType, name: string): string => {
    if (isNonNullType(type)) return literal(type.ofType, name)
    if (isListType(type)) return `[${literal(type.ofType, name)}]`
    if (isEnumType(type)) return type.getValues()[0]!.name
    if (isInputObjectType(type)) throw new Error(`${name}: an input in a filter`)
    const scalars: Record<string, string> = {
      DateTime: '"2020-03-02T12:00:00Z"',
      Boolean: 'true',
      Int: '1',
      ID: JSON.stringify(ids[name]),
      String: { modules: '"vendas"', channels: '"whatsapp"', rules: '"no-leads"' }[name] ?? '"a"',
    }
    return scalars[type.name]!
  }
  const filters = connections
    .filter(({ name }) => name.startsWith('Query.'))
    .flatMap(({ field }) => {
      const filter = argument(field, 'filter')
      const type = filter && getNamedType(filter.type)
      return isInputObjectType(type)
        ? Object.values(type.getFields()).map(one => [field.name, one.name, one.type] as const)
        : []
    })
  it.each(filters)('%s are filtered by %s', async (name, key, type) => {
    const count = async (filter: string) => {
      const { [name]: page } = await ask(`{ ${name}(first: 100${filter}) { edges { cursor } totalCount } }`)
      expect(page.totalCount ?? page.edges.length, 'counted as it is listed').toBe(page.edges.length)
      return page.edges.length as number
    }
    const all = await count('')
    const some = await count(`, filter: {${key}: ${literal(type, key)}}`)
    expect(some).toBeLessThanOrEqual(all)
    if (getNamedType(type).name === 'Boolean') {
      const others = await count(`, filter: {${key}: false}`)
      expect(some + others).toBe(key === 'mine' ? all + some : all)
    }
    if (key === 'search') expect(await count(`, filter: {search: "no such thing %"}`)).toBe(0)
    if (key.endsWith('After') || key === 'since') expect(some).toBe(key === 'closedAfter' ? SEEDED / 2 : all)
    if (key.endsWith('Before') || key === 'until') expect(some).toBe(0)
    if (['leadId', 'runId', 'policyId', 'alertId'].includes(key)) expect(some).toBe(1)
  })
  it('of a lead take the filters of the lists themselves', async () => {
    const { leads } = await ask(
      '{ leads(first: 12, filter: {statuses: [NEW]}) { edges { node { messages(filter: {direction: OUT}) { edges { node { direction } } } all: messages { edges { node { direction } } } runs(filter: {statuses: [WAITING]}, sort: {by: CREATED_AT, direction: ASC}) { edges { node { status } } } } } } }',
    )
    const nodes = leads.edges.map((edge: { node: object }) => edge.node)
    expect(nodes.flatMap((node: { messages: { edges: object[] } }) => node.messages.edges)).toEqual([])
    expect(nodes.flatMap((node: { all: { edges: object[] } }) => node.all.edges).length).toBe(SEEDED / 2)
    const runs = nodes.flatMap((node: { runs: { edges: { node: { status: string } }[] } }) => node.runs.edges)
    expect(runs.length).toBe(2)
    expect(new Set(runs.map((edge: { node: { status: string } }) => edge.node.status))).toEqual(new Set(['WAITING']))
  })

  /** The statements of an operation. */
  const watch = async (text: string) => {
    const sent: string[] = []
    const sources = [host.core.sqlOf(host.core.workspaceId), host.core.sql]
    const originals = sources.map(sql => sql.query)
    sources.forEach((sql, n) => {
      const own = originals[n]!
      Object.assign(sql, {
        query: (...args: [Statement, unknown[]]) => (sent.push(args[0].family ?? args[0].name), own.apply(sql, args)),
      })
    })
    try {
      await ask(text)
      return sent.filter(name => name !== 'read-plugins-revisions').sort() // looked at once a second, whoever asks
    } finally {
      sources.forEach((sql, n) => Object.assign(sql, { query: originals[n] }))
    }
  }
  const nested = roots.flatMap(field =>
    relations(nodeOf(field), deeper).map(relation => [field.name, relation.split(/[ (]/)[0]!, relation] as const),
  )
  it.each(nested)('%s with %s take as many statements for ten as for two', async (name, _relation, relation) => {
    const text = (first: number) => `{ ${name}(first: ${first}) { edges { node { ${relation} } } } }`
    await watch(text(10)) // what is read once a process is read
    const two = await watch(text(2))
    const ten = await watch(text(10))
    expect(ten).toEqual(two)
  })

  if (kind === 'postgres')
    it.each(orders.filter(([name]) => !SMALL.has(name)))(
      '%s by %s have an index that they come out of',
      async (name, by) => {
        const sql = host.core.sqlOf(host.core.workspaceId)
        const { query } = sql
        const sent: [Statement, readonly unknown[]][] = []
        Object.assign(sql, {
          query: (...args: [Statement, unknown[]]) => (sent.push([args[0], args[1]]), query.apply(sql, args)),
        })
        try {
          const first = await ask(`{ ${name}(first: 2, sort: {by: ${by}}) { pageInfo { endCursor } } }`)
          sent.length = 0
          const after = first[name].pageInfo.endCursor
          await ask(`{ ${name}(first: 5, sort: {by: ${by}}, after: "${after}") { edges { cursor } } }`)
        } finally {
          Object.assign(sql, { query })
        }
        const [list, values] = sent.find(([{ text }]) => text.includes('sort_by'))!
        // As a member asks: behind the wall an index serves only what cannot leak
        const plan = await sql.transaction(async tx => {
          await tx.query(statement('', `set local enable_seqscan = off`))
          await tx.query(statement('', `set local enable_bitmapscan = off`))
          await tx.query(statement('', `set local enable_sort = off`))
          await tx.query(statement('', `set local enable_incremental_sort = off`))
          return tx.query<{ 'QUERY PLAN': string }>(statement('', `explain ${list.text}`), values)
        })
        const lines = plan.map(row => row['QUERY PLAN'])
        expect(
          lines.filter(line => /\bSort\b/.test(line)),
          lines.join('\n'),
        ).toEqual([])
        const conditions = lines.filter(line => /Index Cond:.*(ROW\(| [<>] )/.test(line))
        expect(conditions.length, `the page begins where its cursor is: ${lines.join('\n')}`).toBeGreaterThan(0)
      },
    )
})
