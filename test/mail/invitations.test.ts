import ICAL from 'ical.js'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { connectMailbox } from '../../core/mail/connect-mailbox.ts'
import { deliverLetters } from '../../core/mail/deliver-letters.ts'
import { fetchLetters } from '../../core/mail/fetch-letters.ts'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { cancelMeeting, moveMeeting } from '../../core/sales/change-meeting.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { findMeetings, scheduleMeeting } from '../../core/sales/meetings.ts'
import { listMessages, sendMessage } from '../../core/sales/messages.ts'
import { openTestCore, type TestCore } from '../support/core.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { IMAP_PASSWORD, IMAP_USER, type ImapServer, startImapServer } from './imap-server.ts'
import { type MailServer, startMailServer } from './mail-server.ts'

describe.each(DATABASE_KINDS)('invitations to meetings, on %s', kind => {
  let core: TestCore
  let smtp: MailServer
  let imap: ImapServer
  beforeAll(async () => {
    smtp = await startMailServer()
    imap = await startImapServer(smtp.pair)
    const privateHosts = new Set([`localhost:${smtp.port}`, `localhost:${imap.port}`])
    core = await openTestCore(
      kind,
      { TRAE_PUBLIC_URL: 'https://trae.example.com' },
      { egress: { privateHosts, privateCa: smtp.certificate } },
    )
    const [owner] = await core.sql.query<{ id: string }>({ name: '', text: 'select id from users' })
    const by = { workspaceId: core.workspaceId, userId: owner!.id } as Parameters<typeof connectMailbox>[1]
    await connectMailbox(core, by, {
      address: 'vendas@acme.com.br',
      name: 'Acme; Vendas',
      smtp: { host: 'localhost', port: smtp.port, security: 'tls', user: 'sales' },
      imap: { host: 'localhost', port: imap.port, security: 'tls', user: IMAP_USER, folder: 'INBOX' },
      passwords: { smtp: 'secret', imap: IMAP_PASSWORD },
    })
  }, 60_000)
  afterAll(async () => {
    await core?.close()
    await smtp?.close()
    await imap?.close()
  })
  beforeEach(() => void (smtp.letters.length = 0))

  let count = 0
  const booked = async () => {
    const email = `ana-${++count}@cliente.com.br`
    const { leadId } = await captureLead(
      core,
      core.workspaceId,
      leadInput.parse({ name: 'Ana Souza', email, source: 'API' }),
      { source: 'test' },
    )
    const start = core.clock.now().getTime() + (30 + count) * 86_400_000
    const at = (hours: number) => new Date(start + hours * 3_600_000).toISOString()
    const { id } = await scheduleMeeting(
      core,
      core.workspaceId,
      {
        leadId,
        title: 'Conversa; com, Ana',
        startsAt: at(0),
        endsAt: at(1),
        attendees: [{ name: 'Ana Souza', email }],
      },
      { key: `meeting-${count}`, runId: null },
    )
    return { id, leadId, email, at }
  }
  const write = async ({ id, leadId, email }: { id: string; leadId: string; email: string }, key = `${++count}`) => {
    const letter = { leadId, to: email, subject: 'Reunião', body: 'Até lá!', meetingId: id }
    await sendMessage(core, core.workspaceId, letter, { key, runId: null })
    await deliverLetters(core)
  }
  /** The invitation of the last letter, as a calendar program finds it. */
  const invited = () => {
    const { source, mail } = smtp.letters.at(-1)!
    expect(mail.text?.trim()).toBe('Até lá!')
    const [, method] = /^content-type: text\/calendar;[^\n]*(?:\r\n[ \t][^\n]*)*?method="?(\w+)/im.exec(source) ?? []
    const part = mail.attachments.find(({ contentType }) => contentType === 'text/calendar')
    if (!part) return undefined
    const calendar = new ICAL.Component(ICAL.parse(part.content.toString('utf8')))
    const event = calendar.getFirstSubcomponent('vevent')!
    const said = (name: string) => event.getFirstPropertyValue(name)
    const attendee = event.getFirstProperty('attendee')!
    expect(calendar.getFirstPropertyValue('method')).toBe(method)
    return {
      method,
      uid: said('uid'),
      sequence: said('sequence'),
      status: said('status'),
      summary: said('summary'),
      start: (said('dtstart') as unknown as ICAL.Time).toJSDate().toISOString(),
      end: (said('dtend') as unknown as ICAL.Time).toJSDate().toISOString(),
      organizer: [event.getFirstProperty('organizer')!.getFirstParameter('cn'), said('organizer')],
      attendee: [attendee.getFirstParameter('cn'), attendee.getFirstValue(), attendee.getFirstParameter('rsvp')],
    }
  }

  it('go out with the letter: one UID, a SEQUENCE that is counted, and word when it is called off', async () => {
    const meeting = await booked()
    const { id, email, at } = meeting
    await write(meeting)
    const first = {
      method: 'REQUEST',
      uid: `${id}@trae.example.com`,
      sequence: 0,
      status: 'CONFIRMED',
      summary: 'Conversa; com, Ana',
      start: at(0),
      end: at(1),
      organizer: ['Acme; Vendas', 'mailto:vendas@acme.com.br'],
      attendee: ['Ana Souza', `MAILTO:${email}`, 'TRUE'],
    }
    expect(invited()).toEqual(first)
    await moveMeeting(core, core.workspaceId, { id, startsAt: at(24) })
    await write(meeting)
    expect(invited()).toEqual({ ...first, sequence: 1, start: at(24), end: at(25) })
    await cancelMeeting(core, core.workspaceId, { id })
    await write(meeting)
    expect(invited()).toMatchObject({ method: 'CANCEL', uid: first.uid, sequence: 2, status: 'CANCELLED' })
    expect(invited()?.attendee[2]).toBeFalsy()
  })

  it('go out once, however often a step is repeated, and not with letters to others or about meetings elsewhere', async () => {
    const meeting = await booked()
    await write(meeting, 'same')
    await write(meeting, 'same')
    expect(smtp.letters).toHaveLength(1)
    await write({ ...meeting, email: 'rui@outra.com.br' })
    expect(invited()).toBeUndefined()
    await write({ ...meeting, id: '01957d3a-0000-7000-8000-00000000dead' })
    expect(invited()).toBeUndefined()
  })

  const answer = (
    { id, email }: { id: string; email: string },
    given: { status: string; sequence?: number; stamp?: string; note?: string; attendee?: string; method?: string },
  ) =>
    `From: Ana <${email}>\nTo: vendas@acme.com.br\nSubject: Aceito: Conversa\nMessage-ID: <a-${++count}@cliente.com.br>\nMIME-Version: 1.0\n` +
    `Content-Type: multipart/alternative; boundary="b"\n\n--b\nContent-Type: text/plain; charset=utf-8\n\nAna respondeu ao convite.\n--b\n` +
    `Content-Type: text/calendar; charset=utf-8; method=${given.method ?? 'REPLY'}\nContent-Transfer-Encoding: base64\n\n` +
    Buffer.from(
      [
        'BEGIN:VCALENDAR',
        'PRODID:-//Google Inc//Google Calendar 70.9054//EN',
        'VERSION:2.0',
        `METHOD:${given.method ?? 'REPLY'}`,
        'BEGIN:VEVENT',
        'DTSTART:20990303T130000Z',
        `DTSTAMP:${given.stamp ?? '20260302T120000Z'}`,
        'ORGANIZER;CN=Acme:mailto:vendas@acme.com.br',
        `UID:${id}@trae.example.com`,
        `ATTENDEE;CUTYPE=INDIVIDUAL;PARTSTAT=${given.status};CN=Ana:mailto:${given.attendee ?? email}`,
        ...(given.note === undefined ? [] : [`COMMENT:${given.note}`]),
        ...(given.sequence === undefined ? [] : [`SEQUENCE:${given.sequence}`]),
        'END:VEVENT',
        'END:VCALENDAR',
      ].join('\r\n'),
    ).toString('base64') +
    '\n--b--\n'
  const events = (leadId: string) =>
    core.sql.query<{ data: Record<string, unknown> }>(
      { name: '', text: `select data from events where subject_id = $1 and type = 'meeting.answered' order by id` },
      [leadId],
    )
  const shown = async (id: string) => {
    const [{ answer, answerNote }] = (await findMeetings(core, core.workspaceId, [id])) as [never]
    return [answer, answerNote]
  }

  it('are answered: it stands at the meeting and is an event, once, and is no message of the lead', async () => {
    const meeting = await booked()
    const { id, leadId, at } = meeting
    const letter = answer(meeting, { status: 'DECLINED', sequence: 0, note: 'Viajo\\, desculpe' })
    await imap.deliver(letter)
    await fetchLetters(core)
    expect(await shown(id)).toEqual(['declined', 'Viajo, desculpe'])
    await imap.deliver(letter) // read again, as after a crash between storing and moving on
    await imap.deliver(answer(meeting, { status: 'ACCEPTED', sequence: 0, stamp: '20260301T120000Z' })) // came late
    await fetchLetters(core)
    expect(await shown(id)).toEqual(['declined', 'Viajo, desculpe'])
    expect((await events(leadId)).map(({ data }) => data)).toEqual([
      { leadId, meetingId: id, startsAt: at(0), answer: 'declined', note: 'Viajo, desculpe' },
    ])
    const messages = await listMessages(core, core.workspaceId, { filter: { leadId, direction: 'in' } })
    expect(messages.items).toEqual([])
    const told = await core.sql.query<{ summary: string }>(
      { name: '', text: `select summary from activities where lead_id = $1 and kind = 'MEETING_ANSWERED'` },
      [leadId],
    )
    expect(told.map(({ summary }) => summary)).toEqual(['Recusou: Conversa; com, Ana'])
  })

  it('are answered anew after a new time: what was said to the old one counts no more', async () => {
    const meeting = await booked()
    const { id, leadId, at } = meeting
    await imap.deliver(answer(meeting, { status: 'ACCEPTED', sequence: 0 }))
    await fetchLetters(core)
    expect(await shown(id)).toEqual(['accepted', null])
    await moveMeeting(core, core.workspaceId, { id, startsAt: at(24) })
    expect(await shown(id)).toEqual([null, null])
    await imap.deliver(answer(meeting, { status: 'ACCEPTED', sequence: 0, stamp: '20260302T130000Z' }))
    await fetchLetters(core)
    expect(await shown(id)).toEqual([null, null])
    await imap.deliver(answer(meeting, { status: 'TENTATIVE', stamp: '20260302T140000Z' }))
    await fetchLetters(core)
    expect(await shown(id)).toEqual(['tentative', null])
    expect(await events(leadId)).toHaveLength(2)
  })

  it('are not answered by who is not invited; a proposal of another time is a letter that people read', async () => {
    const meeting = await booked()
    const { id, leadId, email } = meeting
    await imap.deliver(answer({ id, email: 'rui@outra.com.br' }, { status: 'DECLINED', sequence: 0 }))
    await imap.deliver(answer(meeting, { status: 'DECLINED', sequence: 0, method: 'COUNTER' }))
    await fetchLetters(core)
    expect(await shown(id)).toEqual([null, null])
    expect(await events(leadId)).toEqual([])
    const messages = await listMessages(core, core.workspaceId, { filter: { leadId, direction: 'in' } })
    expect(messages.items.map(({ node }) => [node.from, node.body])).toEqual([[email, 'Ana respondeu ao convite.']])
  })
})
