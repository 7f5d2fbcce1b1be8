import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { sendMessage } from '../../core/sales/messages.ts'
import { publishPlaybook } from '../../core/publishing/publish-playbook.ts'
import { decodeNodeId, encodeNodeId } from '../../graphql/node-id.ts'
import { newId } from '../../core/ids.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { openTestServer, type TestServer } from '../http/open-test-server.ts'

const WAITING = `id: waiting
name: Wait a day
module: pre_vendas
triggers:
  - event: lead.captured
steps:
  - id: pause
    wait: 1d
  - return: { ok: true }
`

describe.each(DATABASE_KINDS)('operations over GraphQL, on %s', kind => {
  let host: TestServer
  beforeAll(async () => {
    host = await openTestServer(kind, {}, { TRAE_PUBLIC_URL: 'https://trae.example.com' })
  })
  afterAll(() => host.close())
  const capture = async (name: string) => {
    const lead = leadInput.parse({ name, email: `${name.toLowerCase()}@example.com` })
    return (await captureLead(host.core, host.core.workspaceId, lead, { source: 'test' })).leadId
  }
  /** Statements that an operation sends. */
  const statements = async (query: string) => {
    const { sql } = host.core
    const { query: send } = sql
    let count = 0
    Object.assign(sql, { query: (...args: Parameters<typeof send>) => (count++, send.apply(sql, args)) })
    const answer = await host.graphql(query)
    Object.assign(sql, { query: send })
    expect(answer.json.errors).toBeUndefined()
    return count
  }

  it('show who asks, and where', async () => {
    const { data } = (
      await host.graphql(
        '{ viewer { id name email role locale } workspace { id slug name timeZone locale createdAt } }',
      )
    ).json
    expect(data.viewer).toMatchObject({ email: host.core.owner.email, role: 'OWNER' })
    expect(data.workspace).toMatchObject({
      slug: 'default',
      name: 'TRAE OS',
      timeZone: 'America/Sao_Paulo',
      locale: 'pt-BR',
      createdAt: '2026-03-02T12:00:00.000Z',
    })
    expect(decodeNodeId(data.workspace.id)).toEqual({ type: 'Workspace', id: host.core.workspaceId })
  })
  it('capture a lead, and say what is wrong with one as data', async () => {
    const create = (input: Record<string, unknown>) =>
      host.graphql(
        'mutation c($input: LeadCreateInput!) { leadCreate(input: $input) { lead { id name status source jobTitle consent { basis grantedAt } } duplicateOf { id } userErrors { code field message } } }',
        { input },
      )
    const base = { source: 'WEBSITE', legalBasis: 'CONSENT' }
    const { leadCreate } = (
      await create({
        ...base,
        name: 'Clara',
        email: 'Clara@example.com',
        jobTitle: 'CTO',
        data: { size: 12 },
        idempotencyKey: 'k1',
      })
    ).json.data
    expect(leadCreate).toMatchObject({
      lead: { name: 'Clara', status: 'NEW', source: 'WEBSITE', consent: { basis: 'CONSENT' } },
      duplicateOf: null,
      userErrors: [],
    })
    const again = (await create({ ...base, name: 'Clara', email: 'clara@example.com', idempotencyKey: 'k1' })).json.data
      .leadCreate
    expect([again.lead.id, again.duplicateOf]).toEqual([leadCreate.lead.id, null])
    const known = (await create({ ...base, name: 'Clara S.', email: 'clara@example.com' })).json.data.leadCreate
    expect(known.duplicateOf.id).toBe(leadCreate.lead.id)
    const bad = (await create({ ...base, name: ' ', email: 'nope', locale: 'xx', data: [] })).json.data.leadCreate
    expect(bad.lead).toBeNull()
    expect(bad.userErrors.map((error: { field: string[] }) => error.field.join('.')).sort()).toEqual([
      'input.data',
      'input.email',
      'input.locale',
      'input.name',
    ])
    expect((await create({ ...base, name: 'Nobody' })).json.data.leadCreate.userErrors[0]).toMatchObject({
      code: 'INVALID',
      field: ['input', 'email'],
    })
  })
  it('walk a list page by page, stable while more come in', async () => {
    for (let i = 0; i < 7; i++) {
      host.core.clock.advance(i % 2) // some at the same millisecond
      await capture(`Paged${i}`)
    }
    const seen: string[] = []
    let after: string | null = null
    for (;;) {
      const page: {
        edges: { node: { name: string } }[]
        pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; endCursor: string }
      } = (
        await host.graphql(
          'query p($after: String) { leads(first: 3, after: $after, filter: {search: "paged"}) { edges { cursor node { name } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }',
          { after },
        )
      ).json.data.leads
      seen.push(...page.edges.map(edge => edge.node.name))
      expect(page.pageInfo.hasPreviousPage).toBe(after !== null)
      if (!page.pageInfo.hasNextPage) break
      after = page.pageInfo.endCursor
      if (seen.length === 3) await capture('PagedLate')
    }
    expect(seen).toEqual([6, 5, 4, 3, 2, 1, 0].map(i => `Paged${i}`))
    expect((await host.graphql('{ leads { totalCount } }')).json.data.leads.totalCount).toBeGreaterThan(7)
  })
  it('find things by id, and nothing by what is none', async () => {
    const id = encodeNodeId('Lead', await capture('Node'))
    const wrong = [
      '',
      'x',
      '!!!',
      encodeNodeId('Lead', newId()),
      encodeNodeId('Run', newId()),
      Buffer.from('Lead:1; drop').toString('base64url'),
      'x'.repeat(500),
      Buffer.from(`RunEvent:${newId()}:99999999999`).toString('base64url'),
    ]
    const { data, errors } = (
      await host.graphql('query n($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Lead { name } } }', {
        ids: [id, ...wrong],
      })
    ).json
    expect(errors).toBeUndefined()
    expect(data.nodes).toEqual([{ __typename: 'Lead', id, name: 'Node' }, ...wrong.map(() => null)])
    expect(id).toMatch(/^[\w-]+$/)
    for (const text of wrong)
      expect((await host.graphql('query n($id: ID!) { node(id: $id) { id } }', { id: text })).json).toMatchObject({
        data: { node: null },
      })
  })
  it('exchange messages, and answer as the lead would', async () => {
    const leadId = await capture('Writer')
    const sent = await sendMessage(
      host.core,
      host.core.workspaceId,
      { leadId, to: 'writer@example.com', subject: 'Oi', body: 'Olá' },
      { key: newId(), runId: null },
    )
    const reply = (messageId: string) =>
      host.graphql(
        'mutation r($input: MessageReplyInput!) { messageReply(input: $input) { message { id direction subject lead { name } inReplyTo { subject } } userErrors { code } } }',
        { input: { messageId, body: 'Sim' } },
      )
    const { messageReply } = (await reply(encodeNodeId('Message', sent.id))).json.data
    expect(messageReply).toMatchObject({
      message: { direction: 'IN', subject: 'Re: Oi', lead: { name: 'Writer' }, inReplyTo: { subject: 'Oi' } },
      userErrors: [],
    })
    expect((await reply(encodeNodeId('Lead', leadId))).json.data.messageReply).toEqual({
      message: null,
      userErrors: [{ code: 'NOT_FOUND' }],
    })
    const { lead } = {
      lead: (
        await host.graphql(
          `{ node(id: "${encodeNodeId('Lead', leadId)}") { ... on Lead { messages { edges { node { direction } } } activities { edges { node { kind summary run { id } } } } meetings { edges { cursor } } } } }`,
        )
      ).json.data.node,
    }
    expect(lead.messages.edges.map((edge: { node: { direction: string } }) => edge.node.direction)).toEqual([
      'IN',
      'OUT',
    ])
    expect(lead.activities.edges.map((edge: { node: { kind: string } }) => edge.node.kind)).toContain('EMAIL_SENT')
  })
  it('send as many statements for twelve as for two', async () => {
    for (let i = 0; i < 12; i++) {
      const leadId = await capture(`Many${i}`)
      await sendMessage(
        host.core,
        host.core.workspaceId,
        { leadId, to: `many${i}@example.com`, subject: 's', body: 'b' },
        { key: newId(), runId: null },
      )
    }
    const query = (first: number) =>
      `{ messages(first: ${first}) { edges { node { id subject lead { name } run { id } } } } }`
    expect(await statements(query(12))).toBe(await statements(query(2)))
    expect(await statements(query(12))).toBeLessThanOrEqual(2)
  })
  it('check a playbook, read the published ones and their runs', async () => {
    const check = (source: string) =>
      host.graphql(
        'mutation v($input: PlaybookValidateInput!) { playbookValidate(input: $input) { diagnostics { severity code message path line column endLine endColumn suggestion docs } userErrors { code } } }',
        { input: { source } },
      )
    expect((await check(WAITING)).json.data.playbookValidate.diagnostics).toEqual([])
    const [finding] = (await check(WAITING.replace('wait: 1d', 'wiat: 1d'))).json.data.playbookValidate.diagnostics
    expect(finding).toMatchObject({ severity: 'ERROR', line: 8, path: expect.arrayContaining(['steps']) })
    await publishPlaybook(host.core, host.core.workspaceId, WAITING)
    const { playbook, none } = (
      await host.graphql(
        '{ playbook(slug: "waiting") { id name module status published { number source sourceHash diagnostics { code } } versions { edges { node { number } } } runs { edges { cursor } } } none: playbook(slug: "none") { id } }',
      )
    ).json.data
    expect(playbook).toMatchObject({
      name: 'Wait a day',
      module: 'pre_vendas',
      status: 'ACTIVE',
      published: { number: 1, source: WAITING, diagnostics: [] },
      versions: { edges: [{ node: { number: 1 } }] },
    })
    expect(none).toBeNull()

    await host.core.brain.start()
    const leadId = await capture('Runner')
    const about = encodeNodeId('Lead', leadId)
    const run = await until(async () => {
      const answer = await host.graphql(
        `{ runs(filter: {leadId: "${about}", statuses: [WAITING]}) { edges { node { id status reason { code message until } lead { name } event { type source } playbook { slug } version { number } recoveries steps { path title kind status attempt depth reason { until } } events { edges { cursor node { id seq kind path message occurredAt } } pageInfo { hasNextPage } } } } } }`,
      )
      expect(answer.json.errors).toBeUndefined()
      return answer.json.data.runs.edges[0]?.node
    })
    await host.core.brain.stop()
    expect(run).toMatchObject({
      status: 'WAITING',
      lead: { name: 'Runner' },
      event: { type: 'lead.captured', source: 'test' },
      playbook: { slug: 'waiting' },
      version: { number: 1 },
    })
    expect(
      run.steps.map((step: { path: string; kind: string; status: string }) => [step.path, step.kind, step.status]),
    ).toEqual([
      ['pause', 'WAIT', 'WAITING'],
      [expect.any(String), 'RETURN', 'PENDING'],
    ])
    expect(
      run.events.edges.map((edge: { cursor: string; node: { seq: number } }) => [edge.cursor, edge.node.seq]),
    ).toEqual(run.events.edges.map((_: unknown, index: number) => [String(index + 1), index + 1]))
    const eventId = run.events.edges[0].node.id
    expect(
      (await host.graphql(`{ node(id: "${eventId}") { id ... on RunEvent { seq message } } }`)).json.data.node,
    ).toMatchObject({ id: eventId, seq: 1 })
    const later = (
      await host.graphql(
        `{ node(id: "${run.id}") { ... on Run { events(first: 1, after: "1") { edges { cursor } pageInfo { hasPreviousPage } } } } }`,
      )
    ).json.data.node
    expect(later.events).toEqual({ edges: [{ cursor: '2' }], pageInfo: { hasPreviousPage: true } })
  })
  it('start and stop the brain, and rotate a webhook secret', async () => {
    const order = async (verb: string) =>
      (
        await host.graphql(
          `mutation { ${verb} { status { running healthScore healthFactors { name points } queueSize modules { key status errorRate } observedAt } userErrors { code } } }`,
        )
      ).json.data[verb]
    expect(await order('brainStart')).toMatchObject({
      status: { running: true, modules: expect.arrayContaining([expect.objectContaining({ key: 'pre_vendas' })]) },
      userErrors: [],
    })
    expect((await order('brainStop')).status.running).toBe(false)
    const { webhooks } = (await host.graphql('{ webhooks { edges { node { id slug url eventType } } } }')).json.data
    expect(webhooks.edges[0].node).toMatchObject({
      slug: 'leads',
      url: 'https://trae.example.com/hooks/leads',
      eventType: 'lead.captured',
    })
    const rotate = (webhookId: string) =>
      host.graphql(
        'mutation r($id: ID!) { webhookRotateSecret(input: {webhookId: $id}) { plaintext webhook { slug } userErrors { code } } }',
        { id: webhookId },
      )
    const rotated = (await rotate(webhooks.edges[0].node.id)).json.data.webhookRotateSecret
    expect(rotated).toEqual({
      plaintext: expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/),
      webhook: { slug: 'leads' },
      userErrors: [],
    })
    expect((await rotate(encodeNodeId('Webhook', newId()))).json.data.webhookRotateSecret).toEqual({
      plaintext: null,
      webhook: null,
      userErrors: [{ code: 'NOT_FOUND' }],
    })
  })
})

async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (let tries = 0; tries < 200; tries++) {
    const found = await look()
    if (found !== undefined) return found
    await new Promise(resolve => setTimeout(resolve, 25))
  }
  throw new Error('it did not come')
}
