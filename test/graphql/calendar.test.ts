import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newId } from '../../core/ids.ts'
import { busy } from '../../core/sales/availability.ts'
import { scheduleMeeting } from '../../core/sales/meetings.ts'
import { sendMessage } from '../../core/sales/messages.ts'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { encodeNodeId } from '../../graphql/node-id.ts'
import { openTestServer, type TestServer } from '../http/open-test-server.ts'
import { DATABASE_KINDS } from '../support/database.ts'

describe.each(DATABASE_KINDS)('the calendar of the team (%s)', kind => {
  let host: TestServer
  beforeAll(async () => void (host = await openTestServer(kind)))
  afterAll(() => host?.close())
  const ask = async (query: string, variables: Record<string, unknown> = {}) => {
    const { json } = await host.graphql(query, variables)
    expect(json.errors).toBeUndefined()
    return json.data
  }
  let count = 0
  const lead = async () => {
    const input = leadInput.parse({ name: `Ana ${++count}`, email: `ana-${newId()}@acme.com.br` })
    return (await captureLead(host.core, host.core.workspaceId, input, { source: 'test' })).leadId
  }
  const ADD = `mutation a($input: AbsenceAddInput!) { absenceAdd(input: $input) { absenceId userErrors { code message } } }`
  const days = { from: '2026-07-06T00:00:00Z', to: '2026-07-11T00:00:00Z' }

  it('offers nothing while the only one who sells is away, until that is taken back', async () => {
    const input = {
      email: host.core.owner.email,
      title: 'Férias',
      startsAt: '2026-07-07T00:00:00Z',
      endsAt: '2026-07-09T00:00:00Z',
    }
    const { absenceAdd } = await ask(ADD, { input })
    expect(absenceAdd.userErrors).toEqual([])
    const { absences } = await ask('{ absences { id title startsAt endsAt user { email } } }')
    expect(absences).toContainEqual({
      id: absenceAdd.absenceId,
      title: 'Férias',
      startsAt: '2026-07-07T00:00:00.000Z',
      endsAt: '2026-07-09T00:00:00.000Z',
      user: { email: host.core.owner.email },
    })
    const span = { startsAt: '2026-07-07T00:00:00.000Z', endsAt: '2026-07-09T00:00:00.000Z' }
    expect(await busy(host.core, host.core.workspaceId, days)).toContainEqual(span)
    const REMOVE = 'mutation r($id: ID!) { absenceRemove(input: { absenceId: $id }) { userErrors { code } } }'
    await ask(REMOVE, { id: absenceAdd.absenceId })
    expect((await ask(REMOVE, { id: absenceAdd.absenceId })).absenceRemove).toEqual({ userErrors: [] })
    expect(await busy(host.core, host.core.workspaceId, days)).not.toContainEqual(span)
  })

  it('refuses an absence of nobody, and one that ends before it starts, and keeps nothing of them', async () => {
    const input = { email: 'nobody@example.com', title: 'Férias', startsAt: days.from, endsAt: days.to }
    const before = await ask('{ absences { id } }')
    expect((await ask(ADD, { input })).absenceAdd).toMatchObject({
      absenceId: null,
      userErrors: [{ code: 'NOT_FOUND' }],
    })
    const backwards = { ...input, email: host.core.owner.email, startsAt: days.to, endsAt: days.from }
    expect((await ask(ADD, { input: backwards })).absenceAdd.userErrors[0].message).toMatch(/must end after it starts/)
    expect(await ask('{ absences { id } }')).toEqual(before)
  })

  it('sets and takes back working hours; what cannot be is refused with its reason', async () => {
    const FIELDS = 'workingHours { user { email } own days from to timeZone } userErrors { code message }'
    const SET = `mutation s($input: WorkingHoursSetInput!) { workingHoursSet(input: $input) { ${FIELDS} } }`
    const RESET = `mutation r($input: WorkingHoursResetInput!) { workingHoursReset(input: $input) { ${FIELDS} } }`
    const { email } = host.core.owner
    const usual = {
      own: false,
      days: ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY'],
      from: '09:00',
      to: '18:00',
      timeZone: 'America/Sao_Paulo',
    }
    const mine = { days: ['SATURDAY', 'MONDAY'], from: '07:30', to: '24:00', timeZone: 'Europe/Lisbon' }
    expect((await ask(SET, { input: { email, ...mine } })).workingHoursSet).toEqual({
      workingHours: [
        { user: null, ...usual },
        { user: { email }, own: true, ...mine, days: ['MONDAY', 'SATURDAY'] },
      ],
      userErrors: [],
    })
    const backwards = { days: ['MONDAY'], from: '18:00', to: '09:00' }
    expect((await ask(SET, { input: backwards })).workingHoursSet).toEqual({
      workingHours: [],
      userErrors: [
        {
          code: 'INVALID',
          message: 'Working hours must begin before they end; found 18:00 to 09:00. Exchange the two.',
        },
      ],
    })
    for (const _twice of [1, 2])
      expect((await ask(RESET, { input: { email } })).workingHoursReset.workingHours).toEqual([
        { user: null, ...usual },
        { user: { email }, ...usual },
      ])
  })

  it('names the meetings that an absence covers, with who takes them, until they are called off', async () => {
    const leadId = await lead()
    const booked = { leadId, title: 'Conversa', startsAt: '2040-09-15T13:00:00Z', endsAt: '2040-09-15T13:30:00Z', attendees: [] } // prettier-ignore
    const { id } = await scheduleMeeting(host.core, host.core.workspaceId, booked, { key: newId(), runId: null })
    const meetingId = encodeNodeId('Meeting', id)
    const { email } = host.core.owner
    const input = { email, title: 'Férias', startsAt: '2040-09-15T00:00:00Z', endsAt: '2040-09-16T00:00:00Z' }
    const ADDED = `mutation a($input: AbsenceAddInput!) { absenceAdd(input: $input) { absenceId meetings { id title owner { email } } userErrors { code } } }`
    const { absenceAdd } = await ask(ADDED, { input })
    const covered = [{ id: meetingId, title: 'Conversa', owner: { email } }]
    expect(absenceAdd).toMatchObject({ meetings: covered, userErrors: [] })
    const ofAbsence = async () =>
      (await ask('{ absences { id meetings { id title owner { email } } } }')).absences.find(
        (absence: { id: string }) => absence.id === absenceAdd.absenceId,
      ).meetings
    expect(await ofAbsence()).toEqual(covered)
    const ASSIGN = `mutation m($email: String!) { meetingAssign(input: { meetingId: "${meetingId}", email: $email }) { meeting { owner { email } } userErrors { code } } }`
    expect((await ask(ASSIGN, { email: 'nobody@example.com' })).meetingAssign.userErrors).toEqual([
      { code: 'NOT_FOUND' },
    ])
    expect((await ask(ASSIGN, { email })).meetingAssign).toEqual({ meeting: { owner: { email } }, userErrors: [] })
    await ask(`mutation { meetingCancel(input: { meetingId: "${meetingId}" }) { userErrors { code } } }`)
    expect(await ofAbsence()).toEqual([])
  })

  it('moves a meeting, refuses a time that is taken, and cancels', async () => {
    const book = async (startsAt: string, endsAt: string) =>
      encodeNodeId(
        'Meeting',
        (
          await scheduleMeeting(
            host.core,
            host.core.workspaceId,
            { leadId: await lead(), title: 'Conversa', startsAt, endsAt, attendees: [] },
            { key: newId(), runId: null },
          )
        ).id,
      )
    const day = `2026-08-${String(10 + (count % 15)).padStart(2, '0')}` // another for each try
    const mine = await book(`${day}T13:00:00Z`, `${day}T13:30:00Z`)
    await book(`${day}T15:00:00Z`, `${day}T15:30:00Z`)
    const MOVE = `mutation m($id: ID!, $at: DateTime!) { meetingMove(input: { meetingId: $id, startsAt: $at }) { meeting { startsAt endsAt status } userErrors { code } } }`
    expect((await ask(MOVE, { id: mine, at: `${day}T15:15:00Z` })).meetingMove).toEqual({ meeting: null, userErrors: [{ code: 'CONFLICT' }] }) // prettier-ignore
    expect((await ask(MOVE, { id: mine, at: `${day}T17:00:00Z` })).meetingMove.meeting).toEqual({
      startsAt: `${day}T17:00:00.000Z`,
      endsAt: `${day}T17:30:00.000Z`,
      status: 'SCHEDULED',
    })
    const CANCEL = `mutation c($id: ID!) { meetingCancel(input: { meetingId: $id, reason: "Viagem" }) { meeting { status } userErrors { code } } }`
    for (const _twice of [1, 2])
      expect((await ask(CANCEL, { id: mine })).meetingCancel).toEqual({
        meeting: { status: 'CANCELLED' },
        userErrors: [],
      })
    expect((await ask(MOVE, { id: mine, at: `${day}T18:00:00Z` })).meetingMove.userErrors).toEqual([
      { code: 'CONFLICT' },
    ])
  })

  it('hears that a letter came back, and writes to that address no more', async () => {
    const leadId = await lead()
    const [{ email }] = await host.core.sql.query<{ email: string }>({ name: '', text: 'select email from leads where id = $1' }, [leadId]) as [{ email: string }] // prettier-ignore
    const letter = { leadId, to: email, subject: 'Oi', body: 'Olá' }
    const { id } = await sendMessage(host.core, host.core.workspaceId, letter, { key: newId(), runId: null })
    const BOUNCED = `mutation b($id: ID!) { messageBounced(input: { messageId: $id, reason: "550 user unknown" }) { message { subject lead { emailBounced } } userErrors { code } } }`
    for (const _twice of [1, 2])
      expect((await ask(BOUNCED, { id: encodeNodeId('Message', id) })).messageBounced).toEqual({
        message: { subject: 'Oi', lead: { emailBounced: true } },
        userErrors: [],
      })
    await expect(
      sendMessage(host.core, host.core.workspaceId, letter, { key: newId(), runId: null }),
    ).rejects.toMatchObject({ code: 'CONFLICT', details: { reason: 'bounced' } })
    const other = encodeNodeId('Message', newId())
    expect((await ask(BOUNCED, { id: other })).messageBounced.userErrors).toEqual([{ code: 'NOT_FOUND' }])
  })
})
