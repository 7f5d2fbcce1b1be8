import { getIntrospectionQuery } from 'graphql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTestServer, type TestServer } from '../http/open-test-server.ts'

describe('the limits of an operation', () => {
  let host: TestServer
  beforeAll(async () => {
    host = await openTestServer('pglite')
  })
  afterAll(() => host.close())
  const code = (answer: { json: { errors?: { extensions: { code: string } }[] } }) =>
    answer.json.errors?.[0]?.extensions.code
  const times = (count: number, make: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => make(index)).join(' ')

  const deep = (levels: number) =>
    `{ leads { edges { node ${'{ runs { edges { node { lead '.repeat(levels)} { id } ${'} } } }'.repeat(levels)} } } }`
  const bomb = `query { ...f0 } ${times(27, index => `fragment f${index} on Query { ...f${index + 1} ...f${index + 1} }`)} fragment f27 on Query { __typename }`
  const refused: [string, string][] = [
    ['depth', deep(4)],
    ['aliases', `{ ${times(31, index => `a${index}: __typename`)} }`],
    ['aliases of a field', `{ ${times(101, index => `a${index}: viewer { id }`)} }`],
    ['repeated fields', `{ ${times(500, () => '__typename')} }`],
    ['a fragment bomb', bomb],
    ['directives', `{ __typename ${times(51, () => '@include(if: true)')} }`],
    ['cost', '{ leads(first: 100) { edges { node { messages(first: 50) { edges { node { id } } } } } } }'],
  ]
  it.each(refused)('refuse too much of %s', async (_name, query) => {
    await host.token()
    const began = performance.now()
    const answer = await host.graphql(query, {})
    expect([answer.status, code(answer)], answer.text.slice(0, 300)).toEqual([400, 'QUERY_TOO_COMPLEX'])
    expect(answer.json.data).toBeUndefined()
    expect(performance.now() - began).toBeLessThan(2000)
    expect(code(await host.graphql(query, {}, { token: null }))).toBe('QUERY_TOO_COMPLEX')
  })
  it('refuse a document of three hundred operations', async () => {
    const body = { query: times(300, index => `query q${index} { __typename }`), operationName: 'q1' }
    expect(code(await host.send('POST', '/graphql', { body }))).toBe('QUERY_TOO_COMPLEX')
  })
  it('see through variables and their defaults', async () => {
    const query =
      'query q($n: Int = 100) { leads(first: $n) { edges { node { runs(first: $n) { edges { node { id } } } } } } }'
    expect(code(await host.graphql(query))).toBe('QUERY_TOO_COMPLEX')
    expect(code(await host.graphql(query, { n: 50 }))).toBe('QUERY_TOO_COMPLEX')
    expect((await host.graphql(query, { n: 20 })).json.extensions.cost).toMatchObject({ requested: 861, limit: 2000 })
  })
  it('end the reading of a document at 2000 tokens', async () => {
    const answer = await host.graphql(`{ ${times(2001, () => '__typename')} }`)
    expect([code(answer), answer.json.errors[0].message]).toEqual([
      'GRAPHQL_PARSE_FAILED',
      expect.stringContaining('2000'),
    ])
  })
  it('return few errors, however many there are', async () => {
    const answer = await host.graphql(`{ __typename ${times(40, index => `@bogus${index}`)} }`)
    expect(answer.json.errors.length).toBeLessThanOrEqual(6)
    expect(code(answer)).toBe('GRAPHQL_VALIDATION_FAILED')
  })
  it('leave room for what tools and pages ask', async () => {
    expect((await host.graphql(getIntrospectionQuery())).json.errors).toBeUndefined()
    const page = `{ leads(first: 50) { edges { node { id name email score status runs(first: 5) { edges { node { id status playbook { name } } } } } } pageInfo { hasNextPage endCursor } totalCount } }`
    expect((await host.graphql(page)).json.errors).toBeUndefined()
  })
  it('apply to pages, too', async () => {
    for (const args of ['first: 101', 'first: -1', 'first: 0', 'after: "nonsense"', 'after: "MTIzOnh5eg"']) {
      const answer = await host.graphql(
        `{ leads(${args}) { edges { cursor } } }`,
        {},
        { headers: { accept: 'application/graphql-response+json' } },
      )
      expect([answer.status, code(answer)], args).toEqual([400, 'BAD_USER_INPUT'])
    }
    expect(code(await host.graphql(`{ nodes(ids: [${times(101, () => '"x"')}]) { id } }`))).toBe('BAD_USER_INPUT')
  })
})
