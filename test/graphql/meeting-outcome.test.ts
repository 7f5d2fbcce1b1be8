import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { newId } from '../../core/ids.ts'
import { addCallLines, endCall, startCall } from '../../core/sales/calls.ts'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { scheduleMeeting } from '../../core/sales/meetings.ts'
import { encodeNodeId } from '../../graphql/node-id.ts'
import { openTestServer, signInOver, type TestServer } from '../http/open-test-server.ts'
import { DATABASE_KINDS } from '../support/database.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

describe.each(DATABASE_KINDS)('what becomes of a meeting, on %s', kind => {
  let host: TestServer
  beforeAll(async () => void (host = await openTestServer(kind)))
  afterAll(() => host?.close())
  let token: string
  /** Time passes, and the owner signs in again. */
  const later = async (ms: number) => {
    host.core.clock.advance(ms)
    token = await signInOver(host.url, host.core.owner)
  }
  beforeEach(() => later(24 * HOUR)) // nothing of the test before is in the way
  const ask = async (query: string, variables: Record<string, unknown> = {}) => {
    const { json } = await host.graphql(query, variables, { token })
    expect(json.errors).toBeUndefined()
    return json.data
  }
  const lead = async () => {
    const input = leadInput.parse({ name: 'Ana Souza', email: `ana-${newId()}@acme.com.br` })
    return (await captureLead(host.core, host.core.workspaceId, input, { source: 'test' })).leadId
  }
  /** Half an hour that begins after so long. */
  const book = async (inMs: number, leadId?: string) => {
    const start = host.core.clock.now().getTime() + inMs
    const of = leadId ?? (await lead())
    const times = { startsAt: new Date(start).toISOString(), endsAt: new Date(start + 30 * MINUTE).toISOString() }
    const meeting = { leadId: of, title: 'Conversa', ...times, attendees: [] }
    const { id } = await scheduleMeeting(host.core, host.core.workspaceId, meeting, { key: newId(), runId: null })
    return { id, leadId: of, ...times }
  }
  const close = async (id: string, outcome: string, note?: string) =>
    (
      await ask(
        `mutation c($input: MeetingCloseInput!) { meetingClose(input: $input) { meeting { status outcomeNote closedAt } userErrors { code message } } }`,
        { input: { meetingId: encodeNodeId('Meeting', id), outcome, note } },
      )
    ).meetingClose
  const rows = <T>(text: string, values: unknown[] = []) =>
    host.core.sql.query<T & Record<string, unknown>>({ name: '', text }, values)
  const statusOf = async (id: string) => (await rows<{ status: string }>('select status from meetings where id = $1', [id]))[0]!.status // prettier-ignore
  /** Everything that was told of it, in order. */
  const told = async (id: string) => ({
    events: await rows<{ type: string; data: Record<string, unknown> }>(
      `select type, data from events where data->>'meetingId' = $1 and type in ('meeting.held', 'meeting.missed') order by id`,
      [id],
    ),
    history: await rows<{ kind: string; summary: string }>(
      `select kind, summary from activities where data->>'meetingId' = $1 and kind like 'MEETING\\_%' order by id`,
      [id],
    ),
    audit: await rows(`select actor, data from audit_log where target = $1 and action = 'meeting.closed' order by seq`, [`meeting:${id}`]), // prettier-ignore
  })

  it('is said once it has begun, with its event, the history and the audit log; the same again tells nothing', async () => {
    const { id, leadId, startsAt, endsAt } = await book(HOUR)
    const early = await close(id, 'COMPLETED')
    expect(early).toMatchObject({ meeting: null, userErrors: [{ code: 'CONFLICT' }] })
    expect(early.userErrors[0].message).toContain(`begins at ${startsAt}`)
    expect((await close(id, 'COMPLETED', 'x'.repeat(2001))).userErrors).toMatchObject([{ code: 'INVALID' }])
    expect(await told(id)).toEqual({ events: [], history: [], audit: [] })

    await later(HOUR + MINUTE)
    for (const note of [' Gostaram da proposta. ', 'said again'])
      expect(await close(id, 'COMPLETED', note)).toMatchObject({
        meeting: { status: 'COMPLETED', outcomeNote: 'Gostaram da proposta.' },
        userErrors: [],
      })
    const note = 'Gostaram da proposta.'
    const [owner] = await rows<{ id: string }>('select id from users where email = $1', [host.core.owner.email])
    expect(await told(id)).toEqual({
      events: [{ type: 'meeting.held', data: { leadId, meetingId: id, startsAt, endsAt, note } }],
      history: [{ kind: 'MEETING_HELD', summary: 'Conversa: Gostaram da proposta.' }],
      audit: [{ actor: `user:${owner!.id}`, data: { before: 'SCHEDULED', after: 'COMPLETED' } }],
    })
  })

  it('is corrected either way, and each no-show says how many there were of this lead', async () => {
    const first = await book(HOUR)
    const second = await book(2 * HOUR, first.leadId)
    await later(3 * HOUR)
    await close(first.id, 'NO_SHOW')
    await close(second.id, 'NO_SHOW')
    await close(first.id, 'COMPLETED')
    await close(second.id, 'COMPLETED')
    expect(await close(second.id, 'NO_SHOW', 'De novo')).toMatchObject({
      meeting: { status: 'NO_SHOW', outcomeNote: 'De novo' },
    })
    const missed = async (id: string) => (await told(id)).events.map(({ type, data }) => [type, data['noShows']])
    expect(await missed(first.id)).toEqual([['meeting.missed', 1], ['meeting.held', undefined]]) // prettier-ignore
    expect(await missed(second.id)).toEqual([['meeting.missed', 2], ['meeting.held', undefined], ['meeting.missed', 1]]) // prettier-ignore
    expect((await told(second.id)).audit).toHaveLength(3)
  })

  it('is nothing for a meeting that is cancelled, or that is not there', async () => {
    const { id } = await book(HOUR)
    await ask(`mutation c($id: ID!) { meetingCancel(input: { meetingId: $id }) { userErrors { code } } }`, {
      id: encodeNodeId('Meeting', id),
    })
    await later(2 * HOUR)
    const refused = await close(id, 'NO_SHOW')
    expect(refused).toMatchObject({ meeting: null, userErrors: [{ code: 'CONFLICT' }] })
    expect(refused.userErrors[0].message).toContain('is cancelled')
    expect(await statusOf(id)).toBe('CANCELLED')
    expect(await told(id)).toEqual({
      events: [],
      history: [{ kind: 'MEETING_CANCELLED', summary: 'Conversa' }],
      audit: [],
    })
    expect((await close(newId(), 'COMPLETED')).userErrors).toMatchObject([{ code: 'NOT_FOUND' }])
  })

  it('is said by the end of its call: where something was said, and not hours before its time', async () => {
    const { core } = host
    const call = async (meetingId: string, lines: boolean) => {
      const { id } = await startCall(core, core.workspaceId, { meetingId }, { by: null })
      if (lines) await addCallLines(core, core.workspaceId, id, [{ who: 'them', text: 'Bom dia!' }])
      for (const _twice of [1, 2]) await endCall(core, core.workspaceId, id)
    }
    const [early, far] = [await book(50 * MINUTE), await book(3 * HOUR)]
    await call(early.id, true)
    await call(far.id, true)
    expect([await statusOf(early.id), await statusOf(far.id)]).toEqual(['COMPLETED', 'SCHEDULED'])
    expect(await told(early.id)).toMatchObject({
      events: [{ type: 'meeting.held' }],
      history: [{ kind: 'MEETING_HELD' }],
      audit: [{ actor: 'host' }],
    })
    expect((await rows(`select type from events where data->>'meetingId' = $1 order by id`, [early.id])).map(({ type }) => type)).toEqual(['meeting.held', 'call.ended']) // prettier-ignore

    const [silent, late] = [await book(4 * HOUR), await book(5 * HOUR)]
    await later(6 * HOUR)
    await call(silent.id, false)
    await close(late.id, 'NO_SHOW')
    await call(late.id, true) // who came after all
    expect([await statusOf(silent.id), await statusOf(late.id)]).toEqual(['SCHEDULED', 'COMPLETED'])
  })

  it('decides who has met us: held ones, and those that ended while nobody has said anything', async () => {
    const met = async (leadId: string) => {
      const { dashboard, leads } = await ask(
        'query m($filter: LeadFilter) { dashboard { funnel { reached leads } metrics { metric value } } leads(first: 100, filter: $filter) { totalCount nodes: edges { node { id } } } }',
        { filter: { reached: 'MET' } },
      )
      const count = dashboard.funnel.find((step: { reached: string }) => step.reached === 'MET').leads
      expect(leads.totalCount).toBe(count)
      expect(dashboard.metrics.find((one: { metric: string }) => one.metric === 'MET').value).toBe(count)
      return leads.nodes.some(({ node }: { node: { id: string } }) => node.id === encodeNodeId('Lead', leadId))
    }
    const { id, leadId } = await book(HOUR)
    expect(await met(leadId)).toBe(false) // to come
    await later(HOUR + 10 * MINUTE)
    expect(await met(leadId)).toBe(false) // under way
    await later(HOUR)
    // A figure is kept until something happens
    host.core.pubsub.publish('lead.updated', { workspaceId: host.core.workspaceId, leadId })
    expect(await met(leadId)).toBe(true) // over
    await close(id, 'NO_SHOW')
    expect(await met(leadId)).toBe(false)
    await close(id, 'COMPLETED')
    expect(await met(leadId)).toBe(true)
    const { id: cancelled, leadId: other } = await book(HOUR)
    await ask(`mutation c($id: ID!) { meetingCancel(input: { meetingId: $id }) { userErrors { code } } }`, {
      id: encodeNodeId('Meeting', cancelled),
    })
    await later(2 * HOUR)
    expect(await met(other)).toBe(false)
  })
})
