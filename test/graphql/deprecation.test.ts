import { afterAll, beforeAll, expect, it } from 'vitest'
import { openTestServer, type TestServer } from '../http/open-test-server.ts'

let host: TestServer
beforeAll(async () => {
  host = await openTestServer('pglite')
})
afterAll(() => host?.close())

it('names in a header what of an operation is to be removed one day, and nothing where all of it stays', async () => {
  const used = async (query: string) => {
    const { headers, json } = await host.graphql(query)
    expect(json.errors).toBeUndefined()
    return headers.get('deprecation-fields')
  }
  expect(await used('{ notices(unread: true, first: 1) { edges { node { id } } } }')).toBe('Query.notices(unread:)')
  expect(await used('{ notices(first: 1) { edges { node { id } } } }')).toBeNull()
  const both = '{ notices(unread: true) { edges { node { id } } } incidents(open: true) { edges { node { id } } } }'
  expect(await used(both)).toBe('Query.notices(unread:), Query.incidents(open:)')
})
