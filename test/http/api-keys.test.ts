import { createClient } from 'graphql-ws'
import { createClient as createSseClient } from 'graphql-sse'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { newApiKeyText, parseApiKey } from '../../core/access/api-key-text.ts'
import { brokenAudit, readAudit } from '../../core/access/audit.ts'
import { PERMISSIONS, type Permission, permits, scopeOf } from '../../core/access/permissions.ts'
import { statement } from '../../core/sql.ts'
import { decodeNodeId } from '../../graphql/node-id.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { openTestServer, type TestServer } from './open-test-server.ts'

const DAY = 86_400_000

describe.each(DATABASE_KINDS)('API keys, on %s', kind => {
  let host: TestServer
  beforeAll(async () => {
    host = await openTestServer(kind, { brainSocket: { period: 50 } }, { TRAE_TRUSTED_PROXIES: '127.0.0.1, ::1' })
  })
  afterAll(() => host.close())

  const CREATE = `mutation ($input: ApiKeyCreateInput!) { apiKeyCreate(input: $input) {
    plaintext apiKey { id prefix name scopes addresses expiresAt lastUsedAt revokedAt createdBy { email } } userErrors { code message field } } }`
  const create = async (input: object) =>
    (await host.graphql(CREATE, { input: { name: 'k', scopes: ['READ'], ...input } }, { token: await fresh() })).json
      .data.apiKeyCreate
  const revoke = async (apiKeyId: string) =>
    (
      await host.graphql(
        'mutation ($input: ApiKeyRevokeInput!) { apiKeyRevoke(input: $input) { apiKey { revokedAt } userErrors { code } } }',
        { input: { apiKeyId } },
        { token: await fresh() },
      )
    ).json.data.apiKeyRevoke
  /** The clock of these tests moves: a token made before is over by then. */
  const fresh = async () =>
    (await host.send('POST', '/auth/login', { body: host.core.owner, token: null })).json.access_token as string
  const by = (key: string, headers: Record<string, string> = {}) => ({
    token: null,
    headers: { 'x-api-key': key, ...headers },
  })
  const codeOf = (answer: { json: { errors?: { extensions: { code: string } }[] } }) =>
    answer.json.errors?.[0]?.extensions.code

  it('is shown once, kept as a hash, and lasts 90 days unless somebody says otherwise', async () => {
    const { plaintext, apiKey } = await create({ name: '  CRM  ', scopes: ['RUN', 'READ'] })
    expect(plaintext).toMatch(/^trae_live_[0-9A-Za-z]{8}_[0-9A-Za-z]{49}$/)
    expect(apiKey).toMatchObject({
      name: 'CRM',
      scopes: ['READ', 'RUN'],
      addresses: [],
      lastUsedAt: null,
      revokedAt: null,
    })
    expect(apiKey.createdBy.email).toBe(host.core.owner.email)
    expect(plaintext.startsWith(apiKey.prefix)).toBe(true)
    expect(new Date(apiKey.expiresAt).getTime() - host.core.clock.now().getTime()).toBe(90 * DAY)
    expect((await create({ expiresAt: null })).apiKey.expiresAt).toBeNull()
    const rows = await host.core.sql.query(statement('test.keys', 'select * from api_keys'))
    const { secret } = parseApiKey(plaintext)!
    expect(JSON.stringify(rows)).not.toContain(secret)
    const listed = await host.graphql('{ apiKeys(first: 1) { edges { node { id name } } pageInfo { hasNextPage } } }')
    expect(listed.json.data.apiKeys.pageInfo.hasNextPage).toBe(true)
    expect(listed.text).not.toContain(secret)
  })
  it('refuses what makes no sense, and makes nothing of it', async () => {
    const before = await host.core.sql.query(statement('test.count-keys', 'select count(*) from api_keys'))
    for (const input of [
      { name: ' ' },
      { scopes: [] },
      { expiresAt: '2020-01-01T00:00:00Z' },
      { addresses: ['somewhere'] },
      { addresses: ['10.0.0.0/33'] },
    ])
      expect(await create(input)).toMatchObject({ plaintext: null, userErrors: [{ code: 'INVALID' }] })
    expect(await host.core.sql.query(statement('test.count-keys', 'select count(*) from api_keys'))).toEqual(before)
  })
  it('opens GraphQL, REST and the sockets, as far as its scopes go', async () => {
    const { plaintext: reading } = await create({})
    expect((await host.graphql('{ viewer { email } }', {}, by(reading))).json.data.viewer.email).toBe(
      host.core.owner.email,
    )
    expect((await host.send('GET', '/brain/status', by(reading))).status).toBe(200)
    const body = { name: 'x', email: 'key@example.com' }
    const refused = await host.send('POST', '/leads/process', { ...by(reading), body })
    expect([refused.status, refused.json.detail]).toEqual([403, expect.stringContaining('scope WRITE')])
    const { plaintext: writing } = await create({ scopes: ['WRITE'] })
    expect((await host.send('POST', '/leads/process', { ...by(writing), body })).status).toBe(202)
    expect(codeOf(await host.graphql('{ leads { edges { node { id } } } }', {}, by(writing)))).toBe('FORBIDDEN')
    const admin = (await create({ scopes: ['READ', 'WRITE', 'RUN', 'ADMIN'] })).plaintext
    expect((await host.graphql('{ apiKeys { edges { node { id } } } }', {}, by(admin))).json.errors).toBeUndefined()
    const another = await host.graphql(CREATE, { input: { name: 'child', scopes: ['READ'] } }, by(admin))
    expect([codeOf(another), another.text]).toEqual(['FORBIDDEN', expect.stringContaining('is for people')])
  })
  it('opens server-sent events and web sockets', async () => {
    const { plaintext } = await create({ expiresAt: null })
    const query = '{ viewer { email } }'
    const first = (client: { iterate(payload: { query: string }): AsyncIterableIterator<unknown> }) =>
      client.iterate({ query }).next()
    const sse = createSseClient({ url: `${host.url}/graphql`, retryAttempts: 0, headers: { 'x-api-key': plaintext } })
    expect(await first(sse)).toMatchObject({ value: { data: { viewer: { email: host.core.owner.email } } } })
    sse.dispose()
    const ws = createClient({
      url: `${host.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      connectionParams: { 'x-api-key': plaintext },
      retryAttempts: 0,
    })
    expect(await first(ws)).toMatchObject({ value: { data: { viewer: { email: host.core.owner.email } } } })
    await ws.dispose()
    const brain = new WebSocket(`${host.url.replace('http', 'ws')}/ws/brain`, { headers: { 'x-api-key': plaintext } })
    expect(String(await new Promise(resolve => brain.once('message', resolve)))).toContain('health_score')
    brain.close()
  })
  it('closes what is open when it is revoked', async () => {
    const { plaintext, apiKey } = await create({})
    const brain = new WebSocket(`${host.url.replace('http', 'ws')}/ws/brain`, { headers: { 'x-api-key': plaintext } })
    await new Promise(resolve => brain.once('message', resolve))
    const closed = new Promise<number>(resolve => brain.once('close', resolve))
    expect((await revoke(apiKey.id)).apiKey.revokedAt).not.toBeNull()
    expect(await closed).toBe(4401)
    const answer = await host.graphql('{ viewer { id } }', {}, by(plaintext))
    expect([answer.status, codeOf(answer), answer.text]).toEqual([
      401,
      'UNAUTHENTICATED',
      expect.stringContaining('revoked'),
    ])
    expect((await revoke(apiKey.id)).userErrors).toEqual([])
    expect((await revoke((await create({})).apiKey.id.slice(0, -3) + 'AAA')).userErrors).toMatchObject([
      { code: 'NOT_FOUND' },
    ])
  })
  it('is refused when it was copied wrong, is unknown, or stands beside a token', async () => {
    const { plaintext } = await create({})
    const typo = plaintext.slice(0, -1) + (plaintext.endsWith('x') ? 'y' : 'x')
    expect((await host.send('GET', '/brain/status', by(typo))).json.detail).toContain('copied wrong')
    expect((await host.send('GET', '/brain/status', by(newApiKeyText().text))).json.detail).toContain('not known')
    const other = newApiKeyText(parseApiKey(plaintext)!.publicId).text // its id, and another secret
    expect((await host.send('GET', '/brain/status', by(other))).json.detail).toContain('not known')
    const both = await host.send('GET', '/brain/status', { headers: { 'x-api-key': plaintext } })
    expect([both.status, both.json.detail]).toEqual([401, expect.stringContaining('not both')])
    expect((await host.send('GET', `/brain/status?x-api-key=${plaintext}`, { token: null })).status).toBe(401)
  })
  it('is for its addresses only, as a trusted proxy tells them', async () => {
    const { plaintext } = await create({ addresses: ['203.0.113.0/24', '2001:db8::7'] })
    const from = async (address: string) =>
      (await host.send('GET', '/brain/status', by(plaintext, { 'x-forwarded-for': address }))).status
    expect(await from('203.0.113.9')).toBe(200)
    expect(await from('2001:db8::7')).toBe(200)
    expect(await from('203.0.114.9')).toBe(403)
    expect(await from('203.0.113.9, 198.51.100.1')).toBe(403) // what an untrusted one before it says counts for nothing
    expect((await host.send('GET', '/brain/status', by(plaintext))).status).toBe(403)
  })
  it('notes its use to five minutes, and ends on its day', async () => {
    const { plaintext, apiKey } = await create({})
    const lastUsed = async () =>
      (
        await host.graphql(
          'query ($id: ID!) { node(id: $id) { ... on ApiKey { lastUsedAt } } }',
          { id: apiKey.id },
          { token: await fresh() },
        )
      ).json.data.node.lastUsedAt
    const use = () => host.send('GET', '/brain/status', by(plaintext))
    await use()
    const first = host.core.clock.now().toISOString()
    await expect.poll(lastUsed).toBe(first)
    host.core.clock.advance(299_000)
    await use()
    expect(await lastUsed()).toBe(first)
    host.core.clock.advance(2000)
    await use()
    await expect.poll(lastUsed).toBe(host.core.clock.now().toISOString())
    host.core.clock.advance(90 * DAY)
    const over = await use()
    expect([over.status, over.json.detail]).toEqual([401, expect.stringContaining('expired')])
  })
  it('never goes beyond the role that its maker has now', async () => {
    const { plaintext } = await create({ scopes: ['READ', 'WRITE', 'ADMIN'], expiresAt: null })
    const setRole = (role: string) =>
      host.core.sql.query(statement('test.role', 'update memberships set role = $1'), [role])
    const secretPage = () => host.graphql('{ webhooks { edges { node { id } } } }', {}, by(plaintext))
    expect((await secretPage()).json.errors).toBeUndefined()
    await setRole('VIEWER')
    expect(codeOf(await secretPage())).toBe('FORBIDDEN')
    expect((await host.send('GET', '/brain/status', by(plaintext))).status).toBe(200)
    await setRole('OWNER')
    for (const permission of Object.keys(PERMISSIONS) as Permission[])
      for (const role of ['OWNER', 'ADMIN', 'EDITOR', 'OPERATOR', 'VIEWER'] as const)
        if (permits({ role, key: { scopes: ['READ', 'WRITE', 'RUN', 'ADMIN'] } }, permission))
          expect([permits({ role }, permission), scopeOf(permission)]).toEqual([true, expect.any(String)])
  })
  it('is in the audit log: who made it and who ended it', async () => {
    const { apiKey } = await create({ name: 'audited' })
    await revoke(apiKey.id)
    const entries = await readAudit(host.core, host.core.workspaceId, `api-key:${decodeNodeId(apiKey.id)!.id}`)
    expect(entries.map(({ action }) => action)).toEqual(['api-key.revoked', 'api-key.created'])
    expect(await brokenAudit(host.core, host.core.workspaceId)).toBeUndefined()
  })
})
