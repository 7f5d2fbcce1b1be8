import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { connectMailbox, disconnectMailbox, testMailbox } from '../../core/mail/connect-mailbox.ts'
import { deliverLetters } from '../../core/mail/deliver-letters.ts'
import { findMailbox } from '../../core/mail/mailbox.ts'
import type { MailSettings } from '../../core/mail-settings.ts'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { getLead, updateLead } from '../../core/sales/leads.ts'
import { findMessages, sendMessage } from '../../core/sales/messages.ts'
import { captureSampleLead } from '../../core/sales/sample-lead.ts'
import { openTestCore, type TestCore } from '../support/core.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { type MailServer, startMailServer } from './mail-server.ts'

describe.each(DATABASE_KINDS)('letters go out by SMTP, on %s', kind => {
  let core: TestCore
  let server: MailServer
  const privateHosts = new Set<string>()
  let by: Parameters<typeof connectMailbox>[1]
  beforeAll(async () => {
    server = await startMailServer()
    privateHosts.add(`localhost:${server.port}`)
    core = await openTestCore(
      kind,
      { TRAE_PUBLIC_URL: 'https://trae.example.com' },
      { egress: { privateHosts, privateCa: server.certificate } },
    )
    const [owner] = await core.sql.query<{ id: string }>({ name: '', text: 'select id from users' })
    by = { workspaceId: core.workspaceId, userId: owner!.id as typeof by.userId }
    await connectMailbox(core, by, settings())
  })
  afterAll(async () => {
    await core?.close()
    await server?.close()
  })
  afterEach(() => {
    server.next.length = 0
    server.letters.length = 0
  })

  const settings = (changes: Partial<MailSettings['smtp']> = {}): MailSettings => ({
    address: 'vendas@acme.com.br',
    name: 'Acme Vendas',
    smtp: { host: 'localhost', port: server.port, security: 'tls', user: 'sales', ...changes },
    imap: null,
    passwords: { smtp: 'secret', imap: null },
  })
  let count = 0
  const letter = async (fields: { inReplyTo?: string; to?: string } = {}) => {
    const to = fields.to ?? `ana-${++count}@cliente.com.br`
    const lead = leadInput.parse({ name: 'Ana', email: to, source: 'API' })
    const { leadId } = await captureLead(core, core.workspaceId, lead, { source: 'test' })
    const message = { leadId, to, subject: 'Sobre a proposta', body: 'Olá, Ana!\n\nPodemos conversar?', ...fields }
    const { id } = await sendMessage(core, core.workspaceId, message, { key: `letter-${++count}`, runId: null })
    return { id, leadId, to }
  }
  const failed = async (id: string) =>
    (await core.sql.query<{ data: object }>({ name: '', text: `select data from events where type = 'message.failed' and data->>'messageId' = $1` }, [id])) // prettier-ignore
      .map(({ data }) => data)
  const shown = async (id: string) => (await findMessages(core, core.workspaceId, [id]))[0]!
  const notices = async (about: string) =>
    core.sql.query<{ title: string; body: string }>({
      name: '',
      text: `select title, body from notices where key like '%${about}%'`,
    })

  it('not to the sample lead: what is written to it stays here', async () => {
    const { leadId } = await captureSampleLead(core, core.workspaceId, 'pt-BR')
    const to = (await getLead(core, core.workspaceId, { id: leadId })).email!
    const sample = { leadId, to, subject: 'Sobre a proposta', body: 'Olá!' }
    const { id } = await sendMessage(core, core.workspaceId, sample, { key: 'sample', runId: null })
    expect(await shown(id)).toMatchObject({ state: 'sent', answer: null })
    const real = await letter()
    await deliverLetters(core)
    expect(server.letters.map(({ to }) => to)).toEqual([real.to])
  })
  it('with sender, text, a Message-ID of its own, and a way to unsubscribe', async () => {
    const { id, to } = await letter()
    expect(await shown(id)).toMatchObject({ state: 'queued', from: 'vendas@acme.com.br' })
    await deliverLetters(core)
    expect(server.letters).toHaveLength(1)
    const [{ mail, ...envelope }] = server.letters as [(typeof server.letters)[0]]
    expect(envelope).toMatchObject({ from: 'vendas@acme.com.br', to })
    expect(mail.from?.value).toEqual([{ name: 'Acme Vendas', address: 'vendas@acme.com.br' }])
    expect(mail.messageId).toBe(`<${id}@acme.com.br>`)
    expect(mail.subject).toBe('Sobre a proposta')
    expect(mail.text?.trim()).toBe('Olá, Ana!\n\nPodemos conversar?')
    const head = envelope.source.replaceAll(/\r\n[ \t]+/g, ' ')
    expect(head).toMatch(/^List-Unsubscribe: <https:\/\/trae\.example\.com\/unsubscribe\/[\w-]+>\r$/m)
    expect(head).toMatch(/^List-Unsubscribe-Post: List-Unsubscribe=One-Click\r$/m)
    expect(await shown(id)).toMatchObject({ state: 'sent', answer: '250 2.0.0 taken' })
    await deliverLetters(core)
    expect(server.letters).toHaveLength(1)
  })

  it('as HTML beside the text: the same words and links, all that is markup escaped, and nothing to load', async () => {
    const to = `html-${++count}@cliente.com.br`
    const input = leadInput.parse({ name: 'Ana', email: to, locale: 'en' })
    const { leadId } = await captureLead(core, core.workspaceId, input, { source: 'test' })
    const body =
      'Hello <img src=x onerror="alert(1)"> & Ana,\nsee https://acme.com.br/a?b=1&c="2" (or https://acme.com.br/plans).\n\njavascript:alert(1)\n\n\nBye'
    const message = { leadId, to, subject: 'A </title><script>x</script>', body }
    const { id } = await sendMessage(core, core.workspaceId, message, { key: `html-${count}`, runId: null })
    await deliverLetters(core)
    const [{ mail, source }] = server.letters as [(typeof server.letters)[0]]
    expect(source).toMatch(/^Content-Type: multipart\/alternative/m)
    expect(mail.text?.trim()).toBe(body)
    const html = String(mail.html)
    expect(html).toContain('<html lang="en">')
    expect(html).not.toMatch(/<(img|script|link|style|iframe|form)\b|<[^>]*\s(src|on\w+)=|url\(/i)
    const paragraphs = [...html.matchAll(/<p[^>]*>(.*?)<\/p>/gs)].map(([, inner]) => inner!.replaceAll(/\s+/g, ' '))
    const link = (address: string) => `<a href="${address}">${address}</a>`
    expect(paragraphs).toEqual([
      `Hello &lt;img src=x onerror=&quot;alert(1)&quot;&gt; &amp; Ana,<br /> see ${link('https://acme.com.br/a?b=1&amp;c=')}&quot;2&quot; (or ${link('https://acme.com.br/plans')}).`,
      'javascript:alert(1)',
      'Bye',
      expect.stringMatching(
        /^<a href="https:\/\/trae\.example\.com\/unsubscribe\/[\w-]+">Receive no more e-mails<\/a>$/,
      ),
    ])
    expect(html).toContain('<title>A &lt;/title&gt;&lt;script&gt;')
    expect(await shown(id)).toMatchObject({ state: 'sent', body })
  })

  it('in the thread of what they answer', async () => {
    const first = await letter()
    const second = await letter({ inReplyTo: first.id, to: first.to })
    const third = await letter({ inReplyTo: second.id, to: first.to })
    await deliverLetters(core)
    const last = server.letters.find(({ mail }) => mail.messageId === `<${third.id}@acme.com.br>`)!
    expect(last.mail.inReplyTo).toBe(`<${second.id}@acme.com.br>`)
    expect(last.mail.references).toEqual([`<${first.id}@acme.com.br>`, `<${second.id}@acme.com.br>`])
  })

  it('to the team without a way to unsubscribe', async () => {
    const message = { to: 'bia@acme.com.br', subject: 'Aprovação', body: 'Veja.' }
    await sendMessage(core, core.workspaceId, message, { key: 'team', runId: null })
    await deliverLetters(core)
    expect(server.letters.map(({ source }) => /^list-unsubscribe|\/unsubscribe\//im.test(source))).toEqual([false])
  })

  it('later, where the server says that it is not the time', async () => {
    const { id } = await letter()
    server.next.push({ at: 'letter', code: 451, text: '4.7.1 greylisted' })
    await deliverLetters(core)
    expect(await shown(id)).toMatchObject({ state: 'queued', answer: '451 4.7.1 greylisted' })
    await deliverLetters(core)
    expect(server.letters).toHaveLength(0)
    core.clock.advance(60_000)
    await deliverLetters(core)
    expect(server.letters).toHaveLength(1)
    expect(await shown(id)).toMatchObject({ state: 'sent' })
  })

  it('not to an address that is not there: nobody writes to it any more', async () => {
    const { id, leadId, to } = await letter()
    server.next.push({ at: 'recipient', code: 550, text: '5.1.1 no such user' })
    await deliverLetters(core)
    expect(await shown(id)).toMatchObject({ state: 'failed', answer: '550 5.1.1 no such user' })
    expect((await shown(id)).bouncedAt).not.toBeNull()
    expect(await failed(id)).toEqual([])
    const again = sendMessage(
      core,
      core.workspaceId,
      { leadId, to, subject: 's', body: 'b' },
      { key: 'x', runId: null },
    )
    await expect(again).rejects.toMatchObject({ code: 'CONFLICT', details: { reason: 'bounced' } })
    expect(await core.sql.query({ name: '', text: `select from events where type = 'message.bounced'` })).toHaveLength(
      1,
    )
  })

  it('not, where the server refuses what they say: the address stays good, and people are told', async () => {
    const { id, leadId, to } = await letter()
    server.next.push({ at: 'letter', code: 554, text: '5.7.1 looks like spam' })
    await deliverLetters(core)
    expect(await shown(id)).toMatchObject({ state: 'failed', bouncedAt: null })
    expect(await notices(id)).toEqual([{ title: 'Um e-mail não saiu', body: `${to}: 554 5.7.1 looks like spam` }])
    expect(await failed(id)).toEqual([
      { leadId, messageId: id, channel: 'email', to, reason: '554 5.7.1 looks like spam', runId: null },
    ])
    await letter({ to })
    expect(await getLead(core, core.workspaceId, { id: leadId })).toMatchObject({ unsubscribed: false })
    await deliverLetters(core)
    expect(server.letters).toHaveLength(1)
  })

  it('once: where no answer came it may have arrived, and a person decides', async () => {
    const { id } = await letter()
    server.next.push({ at: 'hang-up' })
    await deliverLetters(core)
    expect(await shown(id)).toMatchObject({ state: 'uncertain' })
    expect(await notices(id)).toHaveLength(1)
    core.clock.advance(3_600_000)
    await deliverLetters(core)
    expect(server.letters).toHaveLength(1)
  })

  it('not to somebody who unsubscribed while they waited', async () => {
    const { id, leadId } = await letter()
    await updateLead(core, core.workspaceId, { id: leadId, patch: { unsubscribed: true } }, { key: 'u', runId: null })
    await deliverLetters(core)
    expect(server.letters).toHaveLength(0)
    expect(await shown(id)).toMatchObject({ state: 'failed' })
    expect(await failed(id)).toEqual([])
  })

  it('not, where the server is away for days: playbooks hear of it once, and take it for no silence', async () => {
    const { id, leadId, to } = await letter()
    const about = { leadId, messageId: id, channel: 'email', to, reason: '451 4.3.2 not now', runId: null }
    for (let hours = 0; hours < 60; hours += 4) {
      server.next.push({ at: 'letter', code: 451, text: '4.3.2 not now' })
      await deliverLetters(core)
      expect(await failed(id)).toEqual(hours <= 48 ? [] : [about])
      core.clock.advance(4 * 3_600_000)
    }
    expect(await shown(id)).toMatchObject({ state: 'failed' })
  })

  it('when the server lets us in again; until then they wait, and people see why', async () => {
    const { id } = await letter()
    server.password = 'changed'
    await deliverLetters(core)
    expect(await shown(id)).toMatchObject({ state: 'queued' })
    const problem = (await findMailbox(core, core.workspaceId))!.outgoingProblem
    expect(problem).toMatch(/^localhost:\d+ refuses the sign-in: 535 5\.7\.8 Username and password are not accepted/)
    expect(problem).not.toContain('secret')
    server.password = 'secret'
    core.clock.advance(60_000)
    await deliverLetters(core)
    expect(await shown(id)).toMatchObject({ state: 'sent' })
    expect((await findMailbox(core, core.workspaceId))!.outgoingProblem).toBeNull()
  })

  it('as a test, to whoever asks', async () => {
    expect(await testMailbox(core, by, 'owner@example.com')).toBe('250 2.0.0 taken')
    expect(server.letters.map(({ to }) => to)).toEqual(['owner@example.com'])
  })

  it('by no server that does not let us in, speaks no TLS there, is not known, or is inside of the network', async () => {
    const connect = (changes: Partial<MailSettings['smtp']>, password = 'secret') =>
      connectMailbox(core, by, { ...settings(changes), passwords: { smtp: password, imap: null } })
    await expect(connect({}, 'wrong')).rejects.toMatchObject({ code: 'CREDENTIAL' })
    await expect(connect({ port: 1 })).rejects.toThrow('localhost:1 does not lead to the open internet')
    await expect(connect({ host: 'mail.invalid' })).rejects.toThrow('There is no host mail.invalid')
    await expect(connect({ host: '127.0.0.1' })).rejects.toMatchObject({ code: 'VALIDATION' })
    await expect(connect({ host: 'mail.invalid', security: 'none' })).rejects.toThrow('unencrypted')
  })

  it('not after the mail server was disconnected: playbooks are told of what was still to go out', async () => {
    const [waits, late] = [await letter(), await letter()]
    const own = await sendMessage(core, core.workspaceId, { to: 'rui@acme.com.br', subject: 'Oi', body: 'Oi' }, { key: 'own', runId: null }) // prettier-ignore
    await disconnectMailbox(core, by)
    const reason = 'The mailbox was disconnected before this went out.'
    const { leadId, to } = waits
    expect(await failed(waits.id)).toEqual([{ leadId, messageId: waits.id, channel: 'email', to, reason, runId: null }])
    expect(await failed(own.id)).toEqual([])
    // as where a letter was queued, or put back, in the very moment
    await core.sql.query({ name: '', text: `update messages set state = 'queued', due_at = now() where id = $1` }, [
      late.id,
    ])
    await deliverLetters(core)
    await deliverLetters(core)
    expect(await shown(late.id)).toMatchObject({ state: 'failed', answer: reason })
    expect(await failed(late.id)).toHaveLength(2) // it failed twice
    expect(server.letters).toEqual([])
    await connectMailbox(core, by, settings())
  })

  it('by STARTTLS, and only where the certificate is to be trusted', async () => {
    const [trusted, foreign] = await Promise.all([
      startMailServer({ secure: false, certificate: server.pair }),
      startMailServer({ secure: false }),
    ])
    for (const { port } of [trusted, foreign]) privateHosts.add(`localhost:${port}`)
    const connect = (port: number, security: 'tls' | 'starttls') =>
      connectMailbox(core, by, settings({ port, security }))
    await expect(connect(foreign.port, 'starttls')).rejects.toThrow('cannot be trusted')
    await expect(connect(trusted.port, 'tls')).rejects.toThrow('speaks no TLS there')
    await connect(trusted.port, 'starttls')
    const { id } = await letter()
    await deliverLetters(core)
    expect(trusted.letters.map(({ mail }) => mail.messageId)).toEqual([`<${id}@acme.com.br>`])
    await connectMailbox(core, by, settings())
    await Promise.all([trusted.close(), foreign.close()])
  })
})
