import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installBuiltIns } from '../../core/plugins/install-built-ins.ts'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { scheduleMeeting } from '../../core/sales/meetings.ts'
import { decodeNodeId, encodeNodeId } from '../../graphql/node-id.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { openTestServer, type TestServer } from './open-test-server.ts'

const CALL = `id status endedAt lines { seq who text } advice { afterSeq output problem } summary { lines talkShare objections { kind ask } unanswered open }`

describe.each(DATABASE_KINDS)('calls, on %s', kind => {
  let world: TestServer
  beforeAll(async () => {
    world = await openTestServer(kind)
    await installBuiltIns(world.core, world.core.workspaceId)
  }, 120_000)
  afterAll(() => world?.close())

  const mutate = async (name: string, input: Record<string, unknown>) => {
    const type = `${name[0]!.toUpperCase()}${name.slice(1)}Input!`
    const asked = `mutation ($input: ${type}) { ${name}(input: $input) { stored call { ${CALL} } userErrors { code message } } }`
    const { json } = await world.graphql(asked, { input })
    expect(json.errors).toBeUndefined()
    return json.data[name]
  }
  const read = async (id: string) =>
    (await world.graphql(`query ($id: ID!) { node(id: $id) { ... on Call { ${CALL} } } }`, { id })).json.data.node
  let count = 0
  const lead = async () =>
    (
      await captureLead(
        world.core,
        world.core.workspaceId,
        leadInput.parse({ name: 'Ana Souza', email: `call-${++count}-${kind}@example.com`, company: 'Aurora' }),
        { source: 'test' },
      )
    ).leadId
  const start = async () => (await mutate('callStart', { leadId: encodeNodeId('Lead', await lead()) })).call

  it('is one for each meeting, with its lead', async () => {
    const leadId = await lead()
    const meeting = await scheduleMeeting(
      world.core,
      world.core.workspaceId,
      {
        leadId,
        title: 'Conversa',
        startsAt: `2030-01-0${kind === 'pglite' ? 1 : 2}T10:00:00Z`,
        endsAt: `2030-01-0${kind === 'pglite' ? 1 : 2}T10:30:00Z`,
        attendees: [],
      },
      { key: `call-meeting-${kind}`, runId: null },
    )
    const meetingId = encodeNodeId('Meeting', meeting.id)
    const [one, other] = [await mutate('callStart', { meetingId }), await mutate('callStart', { meetingId })]
    expect(other.call.id).toBe(one.call.id)
    const wrong = await mutate('callStart', { meetingId, leadId: encodeNodeId('Lead', await lead()) })
    expect(wrong.userErrors[0].code).toBe('NOT_FOUND')
  })

  it('is found by lead, state, deal, time, and by whom it is with', async () => {
    const leadId = encodeNodeId('Lead', await lead())
    const { call: first } = await mutate('callStart', { leadId })
    await mutate('callEnd', { callId: first.id })
    world.core.clock.advance(60_000)
    const middle = world.core.clock.now().toISOString()
    const { json } = await world.graphql(
      `mutation ($input: DealOpenInput!) { dealOpen(input: $input) { deal { id } } }`,
      { input: { leadId, title: 'Usina' } },
    )
    const dealId = json.data.dealOpen.deal.id
    const { call: second } = await mutate('callStart', { dealId })
    const found = async (filter: object) => {
      const asked = `query ($filter: CallFilter) { calls(first: 50, filter: $filter) { edges { node { id } } } }`
      const answer = await world.graphql(asked, { filter: { leadId, ...filter } })
      expect(answer.json.errors).toBeUndefined()
      return answer.json.data.calls.edges.map(({ node }: { node: { id: string } }) => node.id)
    }
    expect(await found({})).toEqual([second.id, first.id])
    expect(await found({ statuses: ['ENDED'] })).toEqual([first.id])
    expect(await found({ dealId })).toEqual([second.id])
    expect(await found({ startedBefore: middle })).toEqual([first.id])
    expect(await found({ startedAfter: middle })).toEqual([second.id])
    expect(await found({ search: 'auror' })).toHaveLength(2)
    expect(await found({ search: 'ninguém' })).toEqual([])
    expect(await found({ meetingId: encodeNodeId('Meeting', '01957d3a-0000-7000-8000-00000000dead') })).toEqual([])
  })

  it('takes lines over both doors; a number that comes again changes nothing, and late ones find their place', async () => {
    const { id } = await start()
    const row = decodeNodeId(id)!.id
    const first = await mutate('callAddLines', {
      callId: id,
      lines: [
        { seq: 1, who: 'US', text: 'Qual é o maior problema hoje?' },
        { seq: 3, who: 'THEM', text: 'Achei caro. Vocês integram com o WhatsApp?' },
      ],
    })
    expect(first.stored).toEqual([1, 3])
    const post = (lines: unknown) => world.send('POST', `/calls/${row}/lines`, { body: { lines } })
    const late = await post([
      { seq: 3, who: 'us', text: 'something else' },
      { seq: 2, who: 'them', text: 'Perdemos leads.' },
    ])
    expect([late.status, late.json]).toEqual([200, { stored: [2] }])
    const next = await mutate('callAddLines', { callId: id, lines: [{ who: 'US', text: 'Entendo.' }] })
    expect(next.stored).toEqual([4])
    expect((await read(id)).lines.map(({ seq, text }: { seq: number; text: string }) => `${seq} ${text}`)).toEqual([
      '1 Qual é o maior problema hoje?',
      '2 Perdemos leads.',
      '3 Achei caro. Vocês integram com o WhatsApp?',
      '4 Entendo.',
    ])
    const twins = await Promise.all([1, 2, 3].map(n => post([{ seq: 9, who: 'us', text: `twin ${n}` }])))
    expect(twins.map(({ json }) => json.stored.length).sort()).toEqual([0, 0, 1])
    expect((await post([{ seq: 5, who: 'somebody', text: 'x' }])).status).toBe(422)
  })

  it('has the closer’s assistant look at it, which says without a model what can be computed; all stored with the call', async () => {
    const { id } = await start()
    await mutate('callAddLines', {
      callId: id,
      lines: [
        { who: 'US', text: 'Qual é o maior problema hoje?' },
        { who: 'THEM', text: 'Achei caro. Vocês integram com o WhatsApp?' },
      ],
    })
    await expect.poll(async () => (await read(id)).advice[0]?.afterSeq, { timeout: 60_000 }).toBe(2)
    const [advice] = (await read(id)).advice
    expect(advice.problem).toBeNull()
    expect(advice.output.unanswered).toEqual(['Vocês integram com o WhatsApp?'])
    expect(advice.output.objections).toHaveLength(1)
    expect(advice.output.open).toContain('deadline')
    expect(advice.output).toMatchObject({ draft: null, model: null })

    const { call } = await mutate('callEnd', { callId: id })
    expect(call).toMatchObject({
      status: 'ENDED',
      summary: { lines: 2, unanswered: ['Vocês integram com o WhatsApp?'] },
    })
    expect(call.summary.talkShare).toBeCloseTo(6 / 13)
    expect(call.summary.objections[0].ask).not.toBe('')
    const again = await mutate('callEnd', { callId: id })
    expect(again.call.endedAt).toBe(call.endedAt)
    const refused = await mutate('callAddLines', { callId: id, lines: [{ who: 'US', text: 'x' }] })
    expect(refused.userErrors[0].code).toBe('CONFLICT')
    const told = await world.core.sql.query<{ data: Record<string, unknown> }>(
      {
        name: `test-call-ended-${kind}`,
        text: `select data from events where type = 'call.ended' and data->>'callId' = $1`,
      },
      [decodeNodeId(id)!.id],
    )
    expect(told).toHaveLength(1)
    expect(told[0]!.data).toMatchObject({ lines: 2, objections: call.summary.objections })
  })
})
