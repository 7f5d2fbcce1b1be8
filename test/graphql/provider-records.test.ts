import { createClient } from 'graphql-sse'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installBuiltIns } from '../../core/plugins/install-built-ins.ts'
import { publishPlaybook } from '../../core/publishing/publish-playbook.ts'
import { addToAudience } from '../../core/sales/audiences.ts'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { rowId } from '../../graphql/node-id.ts'
import { openTestServer, type TestServer } from '../http/open-test-server.ts'
import { DATABASE_KINDS } from '../support/database.ts'

const ASKS = `id: asks
name: Asks services
module: vendas
triggers:
  - event: lead.captured
steps:
  - uses: notify/tell
    with: { title: "\${{ lead.name }} is here", leadId: "\${{ lead.id }}" }
  - uses: sms/send
    with: { to: "\${{ lead.phone }}", body: "Hello \${{ lead.name }}", leadId: "\${{ lead.id }}" }
  - uses: payment/create-charge
    with:
      leadId: "\${{ lead.id }}"
      amount: 12345
      currency: BRL
      description: First month
      customer: { name: "\${{ lead.name }}" }
  - uses: audience/add-member
    with: { audience: "of \${{ lead.name }}", leadId: "\${{ lead.id }}" }
`

describe.each(DATABASE_KINDS)('what the built-in providers keep, on %s', kind => {
  let host: TestServer
  beforeAll(async () => {
    host = await openTestServer(kind)
    const { core } = host
    await installBuiltIns(core, core.workspaceId)
    await publishPlaybook(core, core.workspaceId, ASKS)
    await core.brain.open()
  })
  afterAll(() => host?.close())

  const read = async (query: string, variables: Record<string, unknown> = {}) => {
    const { json } = await host.graphql(query, variables)
    expect(json.errors).toBeUndefined()
    return json.data
  }
  const refused = async (query: string) => (await host.graphql(query)).json.errors?.[0]

  /** A lead of its own for each test and retry: its run has asked every service when this returns. */
  const newcomer = async () => {
    const name = `Ana ${++newcomers}`
    const lead = leadInput.parse({ name, phone: `+551198765${4000 + newcomers}`, email: `ana${newcomers}@example.com` })
    await captureLead(host.core, host.core.workspaceId, lead, { source: 'test' })
    await expect
      .poll(() => read('{ audiences { name members } }'), { timeout: 20_000 })
      .toEqual({ audiences: expect.arrayContaining([{ name: `of ${name}`, members: 1 }]) })
    return name
  }
  let newcomers = 0

  it('lists the messages that a person has yet to send, until they say that they did', async () => {
    const body = `Hello ${await newcomer()}`
    const listed = (args: string) =>
      read(`{ messages(first: 100, ${args}) { edges { node { id body isToSend } } } }`).then(({ messages }) =>
        messages.edges.map(({ node }: { node: object }) => node).find((node: { body: string }) => node.body === body),
      )
    const waiting = await listed('toSend: true, channels: ["sms"]')
    expect(waiting).toMatchObject({ isToSend: true })
    expect(await listed('toSend: true, channels: ["whatsapp"]')).toBeUndefined()
    expect(await listed('toSend: false, channels: ["sms"]')).toBeUndefined()
    const { messageMarkSent } = await read(
      'mutation m($id: ID!) { messageMarkSent(input: { messageId: $id }) { message { isToSend } userErrors { code } } }',
      { id: waiting.id },
    )
    expect(messageMarkSent).toEqual({ message: { isToSend: false }, userErrors: [] })
    expect(await listed('toSend: true, channels: ["sms"]')).toBeUndefined()
    expect(await listed('toSend: false, channels: ["sms"]')).toEqual({ ...waiting, isToSend: false })
    expect(await refused('{ messages(channels: ["pigeon"]) { edges { cursor } } }')).toMatchObject({
      message: expect.stringContaining('channels.0'),
      extensions: { code: 'BAD_USER_INPUT' },
    })
  })

  it('tells notices that were read from those that were not', async () => {
    const title = `${await newcomer()} is here`
    const listed = async (unread: boolean) =>
      (await read(`{ notices(first: 100, unread: ${unread}) { edges { node { id title } } } }`)).notices.edges
        .map(({ node }: { node: object }) => node)
        .find((node: { title: string }) => node.title === title)
    const notice = await listed(true)
    expect(notice).toBeDefined()
    expect(await listed(false)).toBeUndefined()
    await read('mutation m($id: ID!) { noticesRead(input: { ids: [$id] }) { unread } }', { id: notice.id })
    expect(await listed(true)).toBeUndefined()
    expect(await listed(false)).toEqual(notice)
  })

  it('tells a subscriber of a charge that was paid', async () => {
    const customerName = await newcomer()
    const { charges } = await read('{ charges(open: true) { edges { node { id customerName } } } }')
    const { id } = charges.edges
      .map(({ node }: { node: object }) => node)
      .find((node: { customerName: string }) => node.customerName === customerName)
    const client = createClient({
      url: `${host.url}/graphql`,
      retryAttempts: 0,
      headers: { authorization: `Bearer ${await host.token()}` },
    })
    const got: unknown[] = []
    const opened = Promise.withResolvers<void>()
    const stop = client.subscribe(
      { query: 'subscription { chargeUpdated { charge { id status note } } }' },
      { next: value => void got.push(value.data), error: opened.reject, complete: () => {} },
      { connected: () => opened.resolve() },
    )
    await opened.promise
    await read(
      'mutation m($id: ID!) { chargeConfirm(input: { chargeId: $id, note: "Pix" }) { userErrors { code } } }',
      {
        id,
      },
    )
    await expect
      .poll(() => got, { timeout: 20_000 })
      .toContainEqual({ chargeUpdated: { charge: { id, status: 'PAID', note: 'Pix' } } })
    stop()
    client.dispose()
  })

  it('shows who is in an audience, page by page, and nobody in one that is not there', async () => {
    const { core } = host
    const leads = await Promise.all([newcomer(), newcomer()])
    const { leads: found } = await read('{ leads(first: 100) { edges { node { id name } } } }')
    const audience = `both ${leads.join()}`
    for (const { node } of found.edges)
      if (leads.includes(node.name))
        await addToAudience(core, core.workspaceId, { audience, leadId: rowId('Lead', node.id) })
    const page = (name: string, after: string | null) =>
      read(
        `query q($name: String!, $after: String) { audienceMembers(name: $name, first: 1, after: $after) {
          edges { node { name email lead { name } } } pageInfo { hasNextPage endCursor } } }`,
        { name, after },
      ).then(({ audienceMembers }) => audienceMembers)
    const first = await page(audience, null)
    expect(first.pageInfo.hasNextPage).toBe(true)
    const second = await page(audience, first.pageInfo.endCursor)
    expect(second.pageInfo.hasNextPage).toBe(false)
    const names = [...first.edges, ...second.edges].map(({ node }) => node.lead.name)
    expect(names.toSorted()).toEqual(leads.toSorted())
    expect((await page('Nobody', null)).edges).toEqual([])
  })

  it('says whom the steps of recent runs asked for a service', async () => {
    await newcomer()
    const choices = (service: string, most = 10) =>
      read(
        `query q($service: String!, $most: Int) { serviceChoices(service: $service, most: $most) {
          pluginId run { playbook { slug } } step { uses status passedOver { pluginId } } } }`,
        { service, most },
      ).then(({ serviceChoices }) => serviceChoices)
    expect(await choices('sms', 1)).toEqual([
      {
        pluginId: 'outbox',
        run: { playbook: { slug: 'asks' } },
        step: { uses: 'sms/send', status: 'COMPLETED', passedOver: [] },
      },
    ])
    expect(await choices('calendar')).toEqual([])
    expect(await refused('{ serviceChoices(service: "smss") { pluginId } }')).toMatchObject({
      message: expect.stringContaining('Did you mean sms?'),
    })
    expect(await refused('{ serviceChoices(service: "sms", most: 0) { pluginId } }')).toMatchObject({
      message: expect.stringContaining('most'),
    })
  })
})
