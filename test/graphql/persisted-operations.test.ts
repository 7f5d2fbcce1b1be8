import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from 'graphql-ws'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { readConfig } from '../../core/config.ts'
import { persistedOperations } from '../../graphql/persisted-operations.ts'
import { openTestServer, type TestServer } from '../http/open-test-server.ts'

const TEXT = '{ viewer { email } }'
const HASH = createHash('sha256').update(TEXT).digest('hex')

describe('operations that are known by their hash', () => {
  const folder = mkdtempSync(join(tmpdir(), 'trae-operations-'))
  const file = join(folder, 'operations.json')
  let host: TestServer
  beforeAll(async () => {
    writeFileSync(file, JSON.stringify({ [HASH]: TEXT }))
    host = await openTestServer('pglite', {}, { TRAE_OPERATIONS_FILE: file, TRAE_OPERATIONS_ONLY: 'true' })
  })
  afterAll(async () => {
    await host.close()
    rmSync(folder, { recursive: true })
  })
  const post = (body: object, options: object = {}) => host.send('POST', '/graphql', { body, ...options })
  const code = (answer: { json: { errors: { extensions: { code: string } }[] } }) =>
    answer.json.errors[0]!.extensions.code

  it.each([
    ['as the specification has it', { documentId: `sha256:${HASH}` }],
    ['as Apollo has it', { extensions: { persistedQuery: { version: 1, sha256Hash: HASH } } }],
    ['by their whole text', { query: TEXT }],
  ])('are asked for %s', async (_name, body) => {
    expect((await post(body)).json.data.viewer.email).toBe(host.core.owner.email)
  })
  it('are the only ones where that is wanted, but for pages of this host', async () => {
    expect(code(await post({ query: '{ __typename }' }))).toBe('FORBIDDEN')
    expect(code(await post({ documentId: `sha256:${'0'.repeat(64)}` }))).toBe('NOT_FOUND')
    expect(code(await post({ query: '{ __typename }', documentId: `sha256:${HASH}` }))).toBe('NOT_FOUND')
    expect(code(await post({ query: '{ __typename }' }, { headers: { 'x-trae-csrf': '1' } }))).toBe('FORBIDDEN')
    const login = await host.send('POST', '/auth/login', { body: host.core.owner, token: null })
    const cookie = login.headers.getSetCookie()[0]!.split(';')[0]!
    const page = await post({ query: '{ __typename }' }, { token: null, headers: { cookie, 'x-trae-csrf': '1' } })
    expect(page.json.data).toEqual({ __typename: 'Query' })
  })
  it('are the only ones over web sockets as well', async () => {
    const token = await host.token()
    const client = createClient({
      url: `${host.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      connectionParams: { authorization: `Bearer ${token}` },
    })
    const ask = (query: string) =>
      new Promise<string>(resolve =>
        client.subscribe(
          { query },
          {
            next: value => resolve(JSON.stringify(value)),
            error: error => resolve(JSON.stringify(error)),
            complete() {},
          },
        ),
      )
    expect(await ask(TEXT)).toContain(host.core.owner.email)
    expect(await ask('{ __typename }')).toContain('FORBIDDEN')
    await client.dispose()
  })
  it('come from a file that is checked at start', () => {
    const open = (content: string, only = 'false') => {
      writeFileSync(join(folder, 'other.json'), content)
      return persistedOperations({
        config: readConfig({ TRAE_OPERATIONS_FILE: join(folder, 'other.json'), TRAE_OPERATIONS_ONLY: only }),
      })
    }
    const manifest = {
      format: 'apollo-persisted-query-manifest',
      version: 1,
      operations: [{ id: HASH, name: 'v', type: 'query', body: TEXT }],
    }
    expect(open(JSON.stringify(manifest))({ documentId: HASH }, false)).toBe(TEXT)
    expect(open('{}')({ query: '{ a }' }, false)).toBe('{ a }')
    expect(() => open(JSON.stringify({ [HASH]: 'other' }))).toThrow(/not the SHA-256/)
    expect(() => open('{')).toThrow(/TRAE_OPERATIONS_FILE/)
    expect(() => open('[1]')).toThrow(/must be/)
    expect(() => readConfig({ TRAE_OPERATIONS_ONLY: 'true' })).toThrow(/needs TRAE_OPERATIONS_FILE/)
  })
})
