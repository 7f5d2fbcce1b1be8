import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { deliverLetters } from '../../core/mail/deliver-letters.ts'
import { unsubscribeToken } from '../../core/mail/unsubscribe-link.ts'
import { captureLead } from '../../core/sales/capture-lead.ts'
import { leadInput } from '../../core/sales/lead.ts'
import { getLead } from '../../core/sales/leads.ts'
import { sendMessage } from '../../core/sales/messages.ts'
import { encodeNodeId } from '../../graphql/node-id.ts'
import { openTestServer, type TestServer } from '../http/open-test-server.ts'
import { type MailServer, startMailServer } from './mail-server.ts'

const MAILBOX = '{ address smtp { host port security user } imap { host } isOfEnvironment outgoingProblem }'

describe('a mailbox by the API', () => {
  let host: TestServer
  let server: MailServer
  let count = 0
  const privateHosts = new Set<string>()
  beforeAll(async () => {
    server = await startMailServer()
    privateHosts.add(`localhost:${server.port}`)
    host = await openTestServer('postgres', {}, {}, { egress: { privateHosts, privateCa: server.certificate } })
  })
  afterAll(async () => {
    await host?.close()
    await server?.close()
  })

  const ask = async (operation: string, variables: Record<string, unknown> = {}) => {
    const { json } = await host.graphql(operation, variables)
    expect(json.errors).toBeUndefined()
    return json.data
  }
  const connect = async (password: string | null, changes: object = {}) =>
    (
      await ask(
        `mutation ($input: MailboxConnectInput!) { mailboxConnect(input: $input) { mailbox ${MAILBOX} userErrors { code message } } }`,
        {
          input: {
            address: 'Vendas@Acme.com.br',
            name: 'Acme',
            smtp: { host: 'localhost', port: server.port, security: 'TLS', user: 'sales', password },
            ...changes,
          },
        },
      )
    ).mailboxConnect
  const written = async () => {
    const lead = leadInput.parse({ name: 'Ana', email: `ana-${++count}@cliente.com.br`, source: 'API' })
    const { leadId } = await captureLead(host.core, host.core.workspaceId, lead, { source: 'test' })
    const letter = { leadId, to: lead.email!, subject: 'Proposta', body: 'Podemos conversar?' }
    const { id } = await sendMessage(host.core, host.core.workspaceId, letter, { key: `o-${count}`, runId: null })
    return { leadId, id, nodeId: encodeNodeId('Message', id), email: lead.email! }
  }
  const stateOf = async (id: string) =>
    (
      await ask('query ($id: ID!) { node(id: $id) { ... on Message { state serverAnswer bouncedAt isAutomatic } } }', {
        id,
      })
    ).node

  it('is connected once the server has let us in, and says in its words when not', async () => {
    expect(await ask(`{ mailbox ${MAILBOX} }`)).toEqual({ mailbox: null })
    const refused = await connect('wrong')
    expect(refused).toMatchObject({
      mailbox: null,
      userErrors: [
        { code: 'INVALID', message: expect.stringContaining('5.7.8 Username and password are not accepted') },
      ],
    })
    expect(JSON.stringify(refused)).not.toContain('wrong')
    const mailbox = {
      address: 'vendas@acme.com.br',
      smtp: { host: 'localhost', port: server.port, security: 'TLS', user: 'sales' },
      imap: null,
      isOfEnvironment: false,
      outgoingProblem: null,
    }
    expect(await connect('secret')).toEqual({ mailbox, userErrors: [] })
    expect(await ask(`{ mailbox ${MAILBOX} }`)).toEqual({ mailbox })
    expect(await connect(null, { name: 'Acme Vendas' })).toEqual({ mailbox, userErrors: [] }) // the password stays
    const stored = await host.core.sql.query({ name: '', text: 'select * from mailboxes' })
    expect(JSON.stringify(stored)).not.toContain('secret"')
    const audited = await host.core.sql.query<{ data: object }>({
      name: '',
      text: `select data from audit_log where action = 'mailbox.connected'`,
    })
    expect(JSON.stringify(audited)).not.toContain('secret')
  })

  it('is tried by a letter to whoever asks', async () => {
    expect(await ask('mutation { mailboxTest { sentTo answer userErrors { message } } }')).toEqual({
      mailboxTest: { sentTo: 'owner@example.com', answer: '250 2.0.0 taken', userErrors: [] },
    })
  })

  it('lets a person decide about a letter that nobody knows of, and write one by hand once', async () => {
    const [one, other] = [await written(), await written()]
    server.next.push({ at: 'hang-up' })
    await deliverLetters(host.core)
    const uncertain = [one, other].find(({ email }) => server.letters.at(-2)!.to === email)!
    expect(await stateOf(uncertain.nodeId)).toMatchObject({ state: 'UNCERTAIN' })
    const decide = (name: string, input: object) =>
      ask(
        `mutation ($input: M${name.slice(1)}Input!) { ${name}(input: $input) { message { state } userErrors { code } } }`,
        { input },
      )
    expect(await decide('messageResend', { messageId: uncertain.nodeId })).toEqual({
      messageResend: { message: { state: 'QUEUED' }, userErrors: [] },
    })
    await deliverLetters(host.core)
    expect(await stateOf(uncertain.nodeId)).toMatchObject({ state: 'SENT', serverAnswer: '250 2.0.0 taken' })
    expect(await decide('messageResend', { messageId: uncertain.nodeId })).toMatchObject({
      messageResend: { userErrors: [{ code: 'CONFLICT' }] },
    })
    const input = {
      leadId: encodeNodeId('Lead', one.leadId),
      subject: 'Oi',
      body: 'Tudo bem?',
      key: 'one-and-the-same',
    }
    for (let times = 0; times < 2; times++)
      expect(await decide('messageSend', input)).toEqual({
        messageSend: { message: { state: 'QUEUED' }, userErrors: [] },
      })
    const before = server.letters.length
    host.core.clock.advance(60_000)
    await deliverLetters(host.core)
    expect(server.letters.slice(before).filter(({ mail }) => mail.subject === 'Oi')).toHaveLength(1)
  })

  it('leaves a letter whose process was killed to a person, who says that it arrived', async () => {
    const { id, nodeId } = await written()
    const held = new Date(host.core.clock.now().getTime() + 300_000)
    await host.core.sql.query(
      { name: '', text: `update messages set state = 'sending', held_until = $2, attempts = 1 where id = $1` },
      [id, held],
    )
    await deliverLetters(host.core)
    expect(await stateOf(nodeId)).toMatchObject({ state: 'SENDING' })
    host.core.clock.advance(300_000)
    const before = server.letters.length
    await deliverLetters(host.core)
    expect(await stateOf(nodeId)).toMatchObject({ state: 'UNCERTAIN' })
    await ask('mutation ($input: MessageMarkSentInput!) { messageMarkSent(input: $input) { userErrors { code } } }', {
      input: { messageId: nodeId },
    })
    expect(await stateOf(nodeId)).toMatchObject({ state: 'SENT' })
    expect(server.letters).toHaveLength(before)
  })

  it('takes who asks off the list: by one click of a mail program, by a button on a page, never by a look', async () => {
    const { id, leadId, email } = await written()
    const address = `${host.url}/unsubscribe/${unsubscribeToken(host.core, id)}`
    const unsubscribed = async () => (await getLead(host.core, host.core.workspaceId, { id: leadId })).unsubscribed
    const page = await fetch(address)
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining(email)])
    expect(await unsubscribed()).toBe(false)
    const body = new URLSearchParams({ 'List-Unsubscribe': 'One-Click' })
    const done = await fetch(address, { method: 'POST', body })
    expect([done.status, await done.text()]).toEqual([200, expect.stringContaining('Inscrição cancelada')])
    expect(await unsubscribed()).toBe(true)
    const forged = await fetch(`${address.slice(0, -3)}AAA`, { method: 'POST', body })
    expect(forged.status).toBe(404)
  })

  it('is disconnected: what waits has failed, and what comes stays here', async () => {
    const { nodeId } = await written()
    expect(await ask(`mutation { mailboxDisconnect { mailbox ${MAILBOX} userErrors { code } } }`)).toEqual({
      mailboxDisconnect: { mailbox: null, userErrors: [] },
    })
    expect(await stateOf(nodeId)).toMatchObject({ state: 'FAILED' })
    expect(await stateOf((await written()).nodeId)).toMatchObject({ state: 'SENT', serverAnswer: null })
  })
})
