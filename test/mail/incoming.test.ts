import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connectMailbox } from '../../core/mail/connect-mailbox.ts'
import { fetchLetters } from '../../core/mail/fetch-letters.ts'
import { findMailbox, openMailbox } from '../../core/mail/mailbox.ts'
import { unsubscribeToken } from '../../core/mail/unsubscribe-link.ts'
import type { MailFolder } from '../../core/mail-settings.ts'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { getLead } from '../../core/sales/leads.ts'
import { listMessages, sendMessage } from '../../core/sales/messages.ts'
import { openTestCore, type TestCore } from '../support/core.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { IMAP_PASSWORD, IMAP_USER, type ImapServer, startImapServer } from './imap-server.ts'
import { type MailServer, startMailServer } from './mail-server.ts'

describe.each(DATABASE_KINDS)('letters come in by IMAP, on %s', kind => {
  let core: TestCore
  let smtp: MailServer
  let imap: ImapServer
  let by: Parameters<typeof connectMailbox>[1]
  beforeAll(async () => {
    smtp = await startMailServer()
    imap = await startImapServer(smtp.pair)
    const privateHosts = new Set([`localhost:${smtp.port}`, `localhost:${imap.port}`])
    core = await openTestCore(kind, {}, { egress: { privateHosts, privateCa: smtp.certificate } })
    const [owner] = await core.sql.query<{ id: string }>({ name: '', text: 'select id from users' })
    by = { workspaceId: core.workspaceId, userId: owner!.id as typeof by.userId }
    await imap.deliver(mailOf({ from: 'old@cliente.com.br', text: 'Antes de tudo' }))
    await connect()
  }, 60_000)
  afterAll(async () => {
    await core?.close()
    await smtp?.close()
    await imap?.close()
  })

  const connect = (changes: Partial<MailFolder> = {}, password = IMAP_PASSWORD) =>
    connectMailbox(core, by, {
      address: 'vendas@acme.com.br',
      name: 'Acme',
      smtp: { host: 'localhost', port: smtp.port, security: 'tls', user: 'sales' },
      imap: { host: 'localhost', port: imap.port, security: 'tls', user: IMAP_USER, folder: 'INBOX', ...changes },
      passwords: { smtp: 'secret', imap: password },
    })
  let count = 0
  /** A lead that we wrote to. */
  const written = async () => {
    const email = `ana-${++count}@cliente.com.br`
    const lead = leadInput.parse({ name: 'Ana', email, source: 'API' })
    const { leadId } = await captureLead(core, core.workspaceId, lead, { source: 'test' })
    const letter = { leadId, to: email, subject: 'Proposta', body: 'Podemos conversar?' }
    const { id } = await sendMessage(core, core.workspaceId, letter, { key: `out-${count}`, runId: null })
    return { leadId, email, id, messageId: `<${id}@acme.com.br>` }
  }
  const mailOf = (fields: { from: string; text: string; head?: string; id?: string; subject?: string }) =>
    `From: Ana <${fields.from}>\nTo: vendas@acme.com.br\nSubject: ${fields.subject ?? 'Re: Proposta'}\nMessage-ID: <${fields.id ?? `m-${++count}`}@cliente.com.br>\nDate: Mon, 02 Mar 2026 12:00:00 +0000\n${fields.head ?? ''}\n${fields.text}\n`
  const received = async (leadId: string) =>
    (await listMessages(core, core.workspaceId, { filter: { leadId, direction: 'in' } })).items.map(({ node }) => node)
  const told = async (leadId: string) =>
    core.sql.query<{ type: string; data: Record<string, unknown> }>(
      { name: '', text: `select type, data from events where subject_id = $1 and type like 'message.%' order by id` },
      [leadId],
    )

  it('as the answer of a lead, without what it quotes, once, and what was there before is left alone', async () => {
    const { leadId, email, id, messageId } = await written()
    const text =
      'Sim, podemos conversar.\n\nEm seg., 2 de mar. de 2026 às 09:00, Acme <vendas@acme.com.br> escreveu:\n\n> Podemos conversar?\n'
    const mail = mailOf({ from: email, text, head: `In-Reply-To: ${messageId}\nReferences: ${messageId}\n` })
    await imap.deliver(mail)
    await fetchLetters(core)
    const [reply, ...more] = await received(leadId)
    expect(more).toEqual([])
    expect(reply).toMatchObject({
      body: 'Sim, podemos conversar.',
      inReplyTo: id,
      from: email,
      to: 'vendas@acme.com.br',
      isAutomatic: false,
    })
    expect(await told(leadId)).toEqual([
      {
        type: 'message.received',
        data: {
          leadId,
          messageId: reply!.id,
          inReplyTo: id,
          subject: 'Re: Proposta',
          text: 'Sim, podemos conversar.',
        },
      },
    ])
    await imap.deliver(mail) // the same again, as a server that gives it twice
    await fetchLetters(core)
    expect(await received(leadId)).toHaveLength(1)
    expect(await told(leadId)).toHaveLength(1)
    const [known] = await core.sql.query<{ n: number }>({
      name: '',
      text: `select count(*)::int as n from messages where body like '%Antes%'`,
    })
    expect(known!.n).toBe(0)
  })

  it('from another address of the lead, where it says what it answers; from the lead’s, where it does not', async () => {
    const { leadId, email, id, messageId } = await written()
    await imap.deliver(mailOf({ from: 'pessoal@outra.com', text: 'De casa', head: `In-Reply-To: ${messageId}\n` }))
    await imap.deliver(mailOf({ from: email.toUpperCase(), text: 'Nova conversa', subject: 'Dúvida' }))
    await imap.deliver(mailOf({ from: 'news@outra.com', text: 'Comprem' }))
    await fetchLetters(core)
    expect((await received(leadId)).map(({ body, inReplyTo }) => [body, inReplyTo])).toEqual([
      ['Nova conversa', id],
      ['De casa', id],
    ])
    const strangers = await listMessages(core, core.workspaceId, { filter: { search: 'Comprem' } })
    expect(strangers.items).toEqual([])
  })

  it('of a program, kept, and told to no playbook', async () => {
    const { leadId, email, messageId } = await written()
    const head = `In-Reply-To: ${messageId}\nAuto-Submitted: auto-replied\n`
    await imap.deliver(mailOf({ from: email, text: 'Estou de férias até dia 10.', subject: 'Ausência', head }))
    await fetchLetters(core)
    expect(await received(leadId)).toMatchObject([{ body: 'Estou de férias até dia 10.', isAutomatic: true }])
    expect(await told(leadId)).toEqual([])
  })

  it('as HTML alone, read as text', async () => {
    const { leadId, email } = await written()
    const head =
      'MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n'
    await imap.deliver(mailOf({ from: email, text: '<p>Fechado, <b>amanh=C3=A3</b>!</p>', head }))
    await fetchLetters(core)
    expect(await received(leadId)).toMatchObject([{ body: 'Fechado, amanhã!' }])
  })

  const report = (messageId: string, to: string, status: string, action = 'failed') =>
    `From: MAILER-DAEMON@cliente.com.br\nTo: vendas@acme.com.br\nSubject: Undelivered\nMessage-ID: <dsn-${++count}@cliente.com.br>\nAuto-Submitted: auto-replied\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n--b\nContent-Type: text/plain\n\nSorry.\n\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.cliente.com.br\n\nFinal-Recipient: rfc822; ${to}\nAction: ${action}\nStatus: ${status}\nDiagnostic-Code: smtp; 550 ${status} user\n unknown\n\n--b\nContent-Type: text/rfc822-headers\n\nSubject: Proposta\nMessage-ID: ${messageId}\n\n--b--\n`

  it('with bytes that no database holds, without them; what cannot be taken in stands in nobody’s way', async () => {
    const [first, second, third] = [await written(), await written(), await written()]
    const quoted = 'Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n'
    await imap.deliver(
      mailOf({ from: first.email, head: quoted, subject: 'Oi =?utf-8?Q?=00?=', text: 'sim=00, por favor' }),
    )
    const encoded = 'Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n'
    const long = `${'a'.repeat(19_999)}😀 e mais` // cut in the middle of a character
    await imap.deliver(mailOf({ from: second.email, head: encoded, text: Buffer.from(long).toString('base64') }))
    await core.sql.query({
      name: '',
      text: `alter table messages add constraint planted check (subject <> 'Não cabe')`,
    })
    await imap.deliver(mailOf({ from: third.email, subject: '=?utf-8?Q?N=C3=A3o_cabe?=', text: 'x' }))
    await imap.deliver(mailOf({ from: third.email, text: 'depois' }))
    await fetchLetters(core)
    await core.sql.query({ name: '', text: 'alter table messages drop constraint planted' })
    expect((await received(first.leadId)).map(({ body }) => body)).toEqual(['sim, por favor'])
    const [letter] = await received(second.leadId)
    expect([letter!.body.length, letter!.body.isWellFormed()]).toEqual([20_000, true])
    expect((await received(third.leadId)).map(({ body }) => body)).toEqual(['depois'])
    expect(await told(second.leadId)).toHaveLength(1)
  })
  it('as a report that a letter came back: nobody writes there any more; one that is late is none', async () => {
    const [gone, late, full] = [await written(), await written(), await written()]
    await imap.deliver(report(gone.messageId, gone.email, '5.1.1'))
    await imap.deliver(report(late.messageId, late.email, '4.4.1', 'delayed'))
    await imap.deliver(report(full.messageId, full.email, '5.2.2'))
    await fetchLetters(core)
    expect(await told(gone.leadId)).toMatchObject([
      { type: 'message.bounced', data: { messageId: gone.id, reason: '550 5.1.1 user unknown' } },
    ])
    expect([await told(late.leadId), await told(full.leadId)]).toEqual([[], []])
    expect(await received(gone.leadId)).toEqual([])
  })

  it('as the wish of a mail program’s reader to hear no more; not by a token that is none of ours', async () => {
    const [wanted, forged] = [await written(), await written()]
    const token = unsubscribeToken(core, wanted.id)
    const stolen = `${forged.id.replaceAll('-', '')}-${token.slice(33)}`
    await imap.deliver(mailOf({ from: wanted.email, text: '', subject: `unsubscribe ${token}` }))
    await imap.deliver(mailOf({ from: forged.email, text: '', subject: `unsubscribe ${stolen}` }))
    await fetchLetters(core)
    expect(await getLead(core, core.workspaceId, { id: wanted.leadId })).toMatchObject({ unsubscribed: true })
    expect(await getLead(core, core.workspaceId, { id: forged.leadId })).toMatchObject({ unsubscribed: false })
  })

  it('from where reading stopped, also when the folder was numbered anew meanwhile', async () => {
    await imap.renew('Vendas')
    await connect({ folder: 'Vendas' })
    const { leadId, email } = await written()
    const first = mailOf({ from: email, text: 'Primeira' })
    await imap.deliver(first, 'Vendas')
    await fetchLetters(core)
    const before = (await openMailbox(core, core.workspaceId))!.cursor!
    await imap.renew('Vendas')
    await imap.deliver(first, 'Vendas')
    await imap.deliver(mailOf({ from: email, text: 'Segunda' }), 'Vendas')
    await fetchLetters(core)
    expect((await received(leadId)).map(({ body }) => body)).toEqual(['Segunda', 'Primeira'])
    const after = (await openMailbox(core, core.workspaceId))!.cursor!
    expect(after.uidValidity).not.toBe(before.uidValidity)
    expect(after.nextUid).toBe(3)
    await connect()
  })

  it('not, while the server refuses the sign-in: people see why, and what came meanwhile is read later', async () => {
    await expect(connect({}, 'wrong')).rejects.toMatchObject({ code: 'CREDENTIAL' })
    await expect(connect({ folder: 'Nirgends' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    const { leadId, email } = await written()
    await imap.deliver(mailOf({ from: email, text: 'Oi' }))
    await core.sql.query({ name: '', text: `update mailboxes set imap_folder = 'Nirgends'` })
    await fetchLetters(core)
    expect((await findMailbox(core, core.workspaceId))!.incomingProblem).toContain('has no folder Nirgends')
    await core.sql.query({ name: '', text: `update mailboxes set imap_folder = 'INBOX'` })
    await fetchLetters(core)
    expect((await findMailbox(core, core.workspaceId))!.incomingProblem).toBeNull()
    expect(await received(leadId)).toMatchObject([{ body: 'Oi' }])
  })
})
