import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { analyticsOverview } from '../../core/brain/analytics.ts'
import type { WorkspaceId } from '../../core/ids.ts'
import { addActivity, listActivities } from '../../core/sales/activities.ts'
import { busy } from '../../core/sales/availability.ts'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { messageFigures } from '../../core/sales/figures.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { getLead, listLeads, updateLead } from '../../core/sales/leads.ts'
import { listMeetings, scheduleMeeting } from '../../core/sales/meetings.ts'
import { listMessages, sendMessage, thread } from '../../core/sales/messages.ts'
import { markSent, queueMessage } from '../../core/sales/outbox.ts'
import { receiveReply } from '../../core/sales/receive-message.ts'
import { nextCloser } from '../../core/sales/team.ts'
import { openTestCore, type TestCore } from '../support/core.ts'
import { DATABASE_KINDS } from '../support/database.ts'

describe.each(DATABASE_KINDS)('the records of the trade on %s', kind => {
  let core: TestCore
  let workspaceId: WorkspaceId
  beforeAll(async () => {
    core = await openTestCore(kind)
    workspaceId = core.workspaceId
  })
  afterAll(() => core.close())

  let count = 0
  const capture = (fields: Record<string, unknown> = {}, dedupeKey?: string) =>
    captureLead(core, workspaceId, leadInput.parse({ name: 'Ana', email: `ana-${++count}@acme.com.br`, ...fields }), {
      source: 'test',
      dedupeKey,
    })
  const origin = (key: string) => ({ key, runId: null })
  const events = async () =>
    (await core.sql.query<{ n: number }>({ name: '', text: 'select count(*)::int as n from events' }))[0]!.n

  test('a lead with a known e-mail is brought up to date, never doubled, and keeps what it said before', async () => {
    const first = await capture({ email: 'Bia@Acme.com.br', phone: '(11) 98765-4321', data: { a: 1 } })
    const again = await capture({ email: 'bia@acme.com.br', name: 'Bia Lima', company: 'Acme', data: { b: 2 } })
    expect(again).toMatchObject({ leadId: first.leadId, created: false, repeated: false })
    expect(await getLead(core, workspaceId, { id: first.leadId })).toMatchObject({
      name: 'Bia Lima',
      email: 'bia@acme.com.br',
      phone: '+5511987654321',
      company: 'Acme',
      data: { a: 1, b: 2 },
      status: 'NEW',
    })
  })

  test('many captures at once, with twins among them, are stored each once', async () => {
    const before = await events()
    const captured = await Promise.all([
      ...Array.from({ length: 30 }, (_, index) => capture({ email: `crowd-${index % 10}@acme.com.br` })),
      ...Array.from({ length: 5 }, () => capture({ email: 'one@acme.com.br' }, 'the-same')),
    ])
    expect(new Set(captured.slice(0, 30).map(({ leadId }) => leadId)).size).toBe(10)
    expect(captured.slice(0, 30).filter(({ created }) => created)).toHaveLength(10)
    expect(new Set(captured.slice(30).map(({ eventId }) => eventId)).size).toBe(1)
    expect(captured.slice(30).filter(({ repeated }) => !repeated)).toHaveLength(1)
    expect(await events()).toBe(before + 31)
  })

  test('leads without an e-mail are each their own', async () => {
    const [a, b] = await Promise.all([1, 2].map(() => capture({ email: null, phone: '+55 21 2345-6789' })))
    expect(a!.leadId).not.toBe(b!.leadId)
  })

  test('an update tells what changed once per key', async () => {
    const { leadId } = await capture()
    for (let time = 0; time < 2; time++)
      await updateLead(
        core,
        workspaceId,
        { id: leadId, patch: { status: 'QUALIFIED', score: 80 }, summary: 'good' },
        origin('run/4'),
      )
    const { items } = await listActivities(core, workspaceId, { filter: { leadId } })
    expect(items.map(({ node }) => node.kind).sort()).toEqual(['CAPTURED', 'SCORED', 'STATUS_CHANGED'])
    expect(items.find(({ node }) => node.kind === 'STATUS_CHANGED')!.node.data).toEqual({
      status: 'QUALIFIED',
      before: 'NEW',
    })
  })

  test('a message is sent once per key, also when two send it at the same moment', async () => {
    const { leadId } = await capture()
    const { email } = await getLead(core, workspaceId, { id: leadId })
    const send = () =>
      sendMessage(core, workspaceId, { to: email!, subject: 'Oi', body: 'Olá' }, origin(`${leadId}/send`))
    const [a, b] = await Promise.all([send(), send()])
    expect(a).toEqual(b)
    expect(await thread(core, workspaceId, { leadId })).toHaveLength(1)
  })

  test('who unsubscribed is not written to', async () => {
    const { leadId } = await capture({ email: 'stop@acme.com.br' })
    await updateLead(core, workspaceId, { id: leadId, patch: { unsubscribed: true } }, origin('u'))
    await expect(
      sendMessage(core, workspaceId, { to: 'Stop@acme.com.br', subject: 'Oi', body: 'Olá' }, origin('never')),
    ).rejects.toMatchObject({ code: 'CONFLICT', details: { reason: 'unsubscribed' } })
  })

  test('nor is their address, whoever else the message is said to be about', async () => {
    const { leadId } = await capture({ email: 'gone@acme.com.br' })
    await updateLead(core, workspaceId, { id: leadId, patch: { unsubscribed: true } }, origin('u2'))
    const { leadId: other } = await capture({ email: 'still-here@acme.com.br' })
    const write = (to: string) =>
      sendMessage(core, workspaceId, { to, leadId: other, subject: 'Oi', body: 'Olá' }, origin(`about-${to}`))
    await expect(write('Gone@acme.com.br')).rejects.toMatchObject({ details: { reason: 'unsubscribed' } })
    await expect(write('still-here@acme.com.br')).resolves.toMatchObject({ id: expect.any(String) })
  })

  test('figures count the messages that have left, not those that wait for a person', async () => {
    const period = { from: '2000-01-01T00:00:00Z', to: '2999-01-01T00:00:00Z' }
    const counted = async () => {
      const channels = await messageFigures(core, workspaceId, period)
      const phone = channels.find(({ channel }) => channel === 'whatsapp')
      const { messagesSent } = await analyticsOverview(core, workspaceId, 30)
      return [messagesSent, phone?.['sent'] ?? 0, phone?.['leadsWritten'] ?? 0]
    }
    const { leadId } = await capture({ phone: '+5511912345678' })
    const [before] = await counted()
    const message = { channel: 'whatsapp' as const, to: '+5511912345678', body: 'Olá', leadId }
    const { id } = await queueMessage(core, workspaceId, message, origin('by-hand'))
    expect(await counted()).toEqual([before, 0, 0])
    await markSent(core, workspaceId, id)
    expect(await counted()).toEqual([Number(before) + 1, 1, 1])
  })

  test('an answer is stored with its event, or not at all', async () => {
    const { leadId } = await capture()
    const { email } = await getLead(core, workspaceId, { id: leadId })
    const { id } = await sendMessage(
      core,
      workspaceId,
      { to: email!, subject: 'Oi', body: 'Olá' },
      origin(`${leadId}/r`),
    )
    const before = await events()
    const reply = await receiveReply(core, workspaceId, { messageId: id, body: 'Sim' })
    expect(reply).toMatchObject({ direction: 'in', subject: 'Re: Oi', from: email, inReplyTo: id })
    await expect(receiveReply(core, workspaceId, { messageId: reply.id, body: 'to myself' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
    expect(await events()).toBe(before + 1)
    expect((await listMessages(core, workspaceId, { filter: { leadId } })).items).toHaveLength(2)
  })

  test('two meetings are never booked at one time; a repeat of one answers with the first', async () => {
    const { leadId } = await capture()
    const meeting = {
      leadId,
      title: 'Conversa',
      startsAt: '2026-03-03T13:00:00Z',
      endsAt: '2026-03-03T13:30:00Z',
      attendees: [],
    }
    const results = await Promise.allSettled(
      ['a', 'b', 'c'].map(key => scheduleMeeting(core, workspaceId, meeting, origin(`meeting-${key}`))),
    )
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(results.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'CONFLICT' } })
    const won = ['a', 'b', 'c'][results.findIndex(({ status }) => status === 'fulfilled')]
    await scheduleMeeting(core, workspaceId, meeting, origin(`meeting-${won}`))
    expect((await listMeetings(core, workspaceId, { filter: { leadId } })).items).toHaveLength(1)
    expect(await busy(core, workspaceId, { from: '2026-03-03T13:29:00Z', to: '2026-03-03T14:00:00Z' })).toHaveLength(1)
    expect(await busy(core, workspaceId, { from: '2026-03-03T13:30:00Z', to: '2026-03-03T14:00:00Z' })).toHaveLength(0)
  })

  test('an activity is told once per key and kind', async () => {
    const { leadId } = await capture()
    const note = () => addActivity(core, workspaceId, { leadId, kind: 'NOTE', summary: 'call back' }, origin('note'))
    expect(await note()).toEqual(await note())
  })

  test('a list goes through every lead once, page by page, and finds what is searched for', async () => {
    for (let index = 0; index < 7; index++) {
      core.clock.advance(index % 2) // some share a moment
      await capture({ name: `Página ${index}_100%`, company: 'Paginação' })
    }
    const seen: string[] = []
    for (let after: string | undefined; ;) {
      const page = await listLeads(core, workspaceId, { first: 3, after, filter: { search: 'paginaçÃo' } })
      seen.push(...page.items.map(({ node }) => node.name))
      if (!page.hasNextPage) break
      after = page.items.at(-1)!.cursor
    }
    expect(seen.sort()).toEqual(Array.from({ length: 7 }, (_, index) => `Página ${index}_100%`))
    expect((await listLeads(core, workspaceId, { filter: { search: '3_100%' } })).items).toHaveLength(1)
    expect((await listLeads(core, workspaceId, { filter: { search: '%' }, first: 100 })).items).toHaveLength(7)
    await expect(listLeads(core, workspaceId, { first: 101 })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
    await expect(listLeads(core, workspaceId, { after: 'nonsense' })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
  })

  test('nothing of another workspace is found', async () => {
    const { leadId } = await capture()
    const other = '01890000-0000-7000-8000-00000000ffff' as WorkspaceId
    await expect(getLead(core, other, { id: leadId })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect((await listLeads(core, other, {})).items).toEqual([])
    await expect(nextCloser(core, other)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  test('the handoff goes to somebody of the team', async () => {
    expect(await nextCloser(core, workspaceId)).toMatchObject({ email: core.owner.email })
  })
})
