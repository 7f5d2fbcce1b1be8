import { createClient } from 'graphql-sse'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { noteChange } from '../../core/brain/alerts/alert-changes.ts'
import { newId } from '../../core/ids.ts'
import { statement } from '../../core/sql.ts'
import { encodeNodeId } from '../../graphql/node-id.ts'
import { openTestServer, type TestServer } from '../http/open-test-server.ts'

let host: TestServer
beforeAll(async () => {
  host = await openTestServer('postgres')
})
afterAll(() => host.close())

/** An alert that has just fired. */
async function fire(): Promise<string> {
  const { core } = host
  const id = newId()
  await core.sql.transaction(async tx => {
    await tx.query(
      statement(
        '',
        `insert into alerts (id, workspace_id, rule, subject, severity, status, value, threshold, started_at, updated_at)
         values ($1, $2, 'brain-health', '', 'CRITICAL', 'FIRING', 79, 80, now(), now())
         on conflict do nothing`,
      ),
      [id, core.workspaceId],
    )
    await noteChange(tx, core.workspaceId, id, { kind: 'FIRED', channels: ['NOTICE'] }, core.clock.now())
  })
  core.pubsub.publish('alert.updated', { workspaceId: core.workspaceId, alertId: id })
  return id
}

interface Payload {
  readonly cursor: string
  readonly change: string | null
  readonly alert: { readonly status: string; readonly summary: string }
}
async function changes(after: string, count: number): Promise<Payload[]> {
  const { json } = await host.send('POST', '/auth/login', { body: host.core.owner, token: null })
  const client = createClient({ url: `${host.url}/graphql`, headers: { authorization: `Bearer ${json.access_token}` } })
  const got: Payload[] = []
  const events = client.iterate<{ alertUpdated: Payload }>({
    query: `subscription ($after: String) { alertUpdated(after: $after) { cursor change alert { status summary } } }`,
    variables: { after },
  })
  for await (const { data, errors } of events) {
    expect(errors).toBeUndefined()
    got.push(data!.alertUpdated)
    if (got.length === count) break
  }
  client.dispose()
  return got
}

test('alertUpdated goes on from a cursor, every change once and in order', async () => {
  const id = await fire()
  const acknowledge = `mutation ($id: ID!) { alertAcknowledge(input: { alertId: $id, comment: "mine" }) {
    alert { status comment acknowledgedBy { email } deliveries { channel status } } userErrors { code } } }`
  const { json } = await host.graphql(acknowledge, { id: encodeNodeId('Alert', id) })
  expect(json.data.alertAcknowledge).toEqual({
    alert: {
      status: 'ACKNOWLEDGED',
      comment: 'mine',
      acknowledgedBy: { email: host.core.owner.email },
      deliveries: [{ channel: 'NOTICE', status: 'PENDING' }],
    },
    userErrors: [],
  })
  const all = await changes('0', 2)
  expect(all.map(({ change }) => change)).toEqual(['FIRED', 'ACKNOWLEDGED'])
  expect(all[0]!.alert.summary).toMatch(/79/)
  expect(await changes(all[0]!.cursor, 1)).toEqual([all[1]])
})

test('rules are changed within their bounds, and go back to what is built in', async () => {
  const update = (input: Record<string, unknown>) =>
    host.graphql(
      `mutation ($input: AlertRuleUpdateInput!) { alertRuleUpdate(input: $input) { rule { threshold enabled channels } userErrors { code field } } }`,
      { input },
    )
  const answer = async (input: Record<string, unknown>) => (await update(input)).json.data.alertRuleUpdate
  expect(await answer({ key: 'no-leads', threshold: 4, channels: ['NOTICE', 'NOTICE'] })).toEqual({
    rule: { threshold: 4, enabled: true, channels: ['NOTICE'] },
    userErrors: [],
  })
  expect((await answer({ key: 'no-leads', threshold: null })).rule.threshold).toBe(72)
  expect((await answer({ key: 'no-leads', threshold: 0 })).userErrors).toEqual([
    { code: 'INVALID', field: ['input', 'threshold'] },
  ])
  expect((await answer({ key: 'no-rule', enabled: false })).userErrors).toMatchObject([{ code: 'NOT_FOUND' }])
})

test('a channel says what is wrong with its address, and its secret is told once', async () => {
  const connect = async (input: Record<string, unknown>) =>
    (
      await host.graphql(
        `mutation ($input: AlertChannelConnectInput!) { alertChannelConnect(input: $input) { channel { kind host } plaintext userErrors { code message } } }`,
        { input },
      )
    ).json.data.alertChannelConnect
  expect((await connect({ kind: 'WEBHOOK', url: 'http://example.com' })).userErrors).toMatchObject([
    { code: 'INVALID', message: expect.stringContaining('https://') },
  ])
  expect((await connect({ kind: 'NOTICE' })).userErrors).toMatchObject([{ code: 'INVALID' }])
  expect(await connect({ kind: 'WEBHOOK', url: 'https://example.com/a/secret/path' })).toEqual({
    channel: { kind: 'WEBHOOK', host: 'example.com' },
    plaintext: expect.stringMatching(/^whsec_/),
    userErrors: [],
  })
  const { json } = await host.graphql('{ alertChannels { kind host } }')
  expect(json.data.alertChannels).toEqual([{ kind: 'WEBHOOK', host: 'example.com' }])
  const [row] = await host.core.sql.query<{ sealed: string }>(
    statement('', 'select settings_sealed as sealed from alert_channels'),
  )
  expect(row!.sealed).not.toMatch(/example|secret/)
})
