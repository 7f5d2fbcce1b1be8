import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from '@apollo/client'
import { GraphQLWsLink } from '@apollo/client/link/subscriptions'
import { cacheExchange, createClient as createUrql, fetchExchange, subscriptionExchange } from '@urql/core'
import { createClient as createSse } from 'graphql-sse'
import { createClient as createWs } from 'graphql-ws'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { openTestServer, type TestServer } from '../http/open-test-server.ts'

const LEADS =
  'query leads($first: Int, $after: String) { leads(first: $first, after: $after) { edges { node { id name } } pageInfo { hasNextPage endCursor } } }'
const CREATE =
  'mutation create($input: LeadCreateInput!) { leadCreate(input: $input) { lead { id name } userErrors { code field message } } }'
const UPDATED = 'subscription { leadUpdated { lead { id name } } }'

/** What an application does, whatever its client. */
interface Client {
  ask(query: string, variables?: Record<string, unknown>): Promise<{ data?: unknown; error?: string }>
  change(query: string, variables: Record<string, unknown>): Promise<{ data?: unknown; error?: string }>
  watch(query: string, heard: (data: unknown) => void): () => void
  close(): void | Promise<void>
}
type Open = (url: string, token: string) => Client

const urql: Open = (url, token) => {
  const ws = createWs({
    url: url.replace('http', 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${token}` },
  })
  const client = createUrql({
    url,
    preferGetMethod: false,
    fetchOptions: { headers: { authorization: `Bearer ${token}` } },
    exchanges: [
      cacheExchange,
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query, variables }) => ({
          subscribe: sink => ({
            unsubscribe: ws.subscribe({ query: query!, variables: variables as never }, sink as never),
          }),
        }),
      }),
    ],
  })
  const plain = ({
    data,
    error,
  }: {
    data?: unknown
    error?: { message: string; graphQLErrors: { extensions: unknown }[] } | undefined
  }) => ({
    data,
    ...(error ? { error: JSON.stringify(error.graphQLErrors.map(({ extensions }) => extensions)) } : {}),
  })
  return {
    ask: async (query, variables = {}) =>
      plain(await client.query(query, variables, { requestPolicy: 'network-only' }).toPromise()),
    change: async (query, variables) => plain(await client.mutation(query, variables).toPromise()),
    watch: (query, heard) => client.subscription(query, {}).subscribe(({ data }) => heard(data)).unsubscribe,
    close: () => ws.dispose(),
  }
}

const apollo: Open = (url, token) => {
  const ws = createWs({
    url: url.replace('http', 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${token}` },
  })
  const client = new ApolloClient({
    cache: new InMemoryCache(),
    link: ApolloLink.split(
      ({ operationType }) => operationType === 'subscription',
      new GraphQLWsLink(ws),
      new HttpLink({ uri: url, headers: { authorization: `Bearer ${token}` } }),
    ),
  })
  const plain = ({ data, error }: { data?: unknown; error?: unknown }) => ({
    data,
    ...(error ? { error: JSON.stringify(error) } : {}),
  })
  return {
    ask: async (query, variables = {}) =>
      plain(await client.query({ query: gql(query), variables, errorPolicy: 'all', fetchPolicy: 'no-cache' })),
    change: async (mutation, variables) => plain(await client.mutate({ mutation: gql(mutation), variables })),
    watch: (query, heard) => {
      const watching = client.subscribe({ query: gql(query) }).subscribe(({ data }) => heard(data))
      return () => watching.unsubscribe()
    },
    close: () => (client.stop(), ws.dispose()),
  }
}

/** A client of subscriptions alone does queries as well. */
const streaming =
  (
    open: (
      url: string,
      token: string,
    ) => { subscribe(payload: never, sink: never): () => void; dispose(): void | Promise<void> },
  ): Open =>
  (url, token) => {
    const client = open(url, token)
    const one = (query: string, variables: Record<string, unknown> = {}) =>
      new Promise<{ data?: unknown; error?: string }>(resolve => {
        const sink = {
          next: ({ data, errors }: { data?: unknown; errors?: unknown }) =>
            resolve({ data, ...(errors ? { error: JSON.stringify(errors) } : {}) }),
          error: (error: unknown) => resolve({ error: JSON.stringify(error) }),
          complete() {},
        }
        client.subscribe({ query, variables } as never, sink as never)
      })
    return {
      ask: one,
      change: one,
      watch: (query, heard) =>
        client.subscribe(
          { query } as never,
          { next: ({ data }: { data: unknown }) => heard(data), error() {}, complete() {} } as never,
        ),
      close: () => client.dispose(),
    }
  }
const graphqlWs = streaming((url, token) =>
  createWs({
    url: url.replace('http', 'ws'),
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    connectionParams: { authorization: `Bearer ${token}` },
  }),
)
const graphqlSse = streaming((url, token) =>
  createSse({ url, retryAttempts: 0, headers: { authorization: `Bearer ${token}` } }),
)

describe.each([
  ['urql', urql],
  ['Apollo Client', apollo],
  ['graphql-ws', graphqlWs],
  ['graphql-sse', graphqlSse],
] as const)('%s, as it comes,', (name, open) => {
  let host: TestServer
  let client: Client
  beforeAll(async () => {
    host = await openTestServer('pglite')
    client = open(`${host.url}/graphql`, await host.token())
  })
  afterAll(async () => {
    await client.close()
    await host.close()
  })
  const create = (name: string, email: string) =>
    client.change(CREATE, { input: { name, email, source: 'API', legalBasis: 'CONSENT' } })

  it('changes and reads, page by page', async () => {
    for (const letter of ['a', 'b', 'c']) {
      const { data } = await create(`Lead ${letter}`, `${letter}@example.com`)
      expect(data).toMatchObject({ leadCreate: { lead: { name: `Lead ${letter}` }, userErrors: [] } })
    }
    interface Page {
      leads: { edges: { node: { name: string } }[]; pageInfo: { hasNextPage: boolean; endCursor: string } }
    }
    const first = (await client.ask(LEADS, { first: 2 })).data as Page
    const second = (await client.ask(LEADS, { first: 2, after: first.leads.pageInfo.endCursor })).data as Page
    const names = [first, second].flatMap(({ leads }) => leads.edges.map(({ node }) => node.name))
    expect(names).toEqual(['Lead c', 'Lead b', 'Lead a'])
    expect(second.leads.pageInfo.hasNextPage).toBe(false)
  })
  it('is told what is wrong', async () => {
    const { data } = await create('', 'nobody@example.com')
    expect(data).toMatchObject({
      leadCreate: { lead: null, userErrors: [{ code: 'INVALID', field: ['input', 'name'] }] },
    })
    const { error } = await client.ask('{ leads(first: 101) { edges { node { id } } } }')
    expect(error).toContain('BAD_USER_INPUT')
    expect(error).not.toContain('"http"')
  })
  it('hears what happens', async () => {
    const heard: unknown[] = []
    const stop = client.watch(UPDATED, data => void heard.push(data))
    await expect
      .poll(
        async () => {
          await create(`Heard by ${name}`, 'heard@example.com')
          return JSON.stringify(heard)
        },
        { interval: 200, timeout: 10_000 },
      )
      .toContain(`Heard by ${name}`)
    stop()
  })
})
