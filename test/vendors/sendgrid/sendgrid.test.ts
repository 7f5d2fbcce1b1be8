import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { deliverLetters } from '../../../core/mail/deliver-letters.ts'
import { archivePlaybook } from '../../../core/publishing/playbook-status.ts'
import { publishPlaybook } from '../../../core/publishing/publish-playbook.ts'
import { getLead } from '../../../core/sales/leads.ts'
import { scheduleMeeting } from '../../../core/sales/meetings.ts'
import { thread } from '../../../core/sales/messages.ts'
import { statement } from '../../../core/sql.ts'
import { keepRegistrations } from '../../../core/triggers/keep-registrations.ts'
import { openVendorWorld, ORIGIN, type VendorWorld } from '../vendor-world.ts'
import { ACCOUNT, EUROPE_ACCOUNT, eventOf, HOSTS, type Mail, postAsSendGrid, refusal, SendGrid } from './sendgrid.ts'

const sendgrid = new SendGrid()
let world: VendorWorld
beforeAll(async () => {
  world = await openVendorWorld('sendgrid', HOSTS, sendgrid.answer)
  await world.connect('sendgrid', ACCOUNT)
})
afterAll(() => world?.close())
afterEach(() => {
  expect(sendgrid.problems.splice(0)).toEqual([])
  expect(sendgrid.instead.splice(0)).toEqual([])
  sendgrid.asked.length = 0
})

let count = 0
const capture = async () => {
  const to = `ana-${++count}@cliente.com.br`
  return { to, leadId: await world.capture({ email: to }) }
}
const text = { subject: 'Sobre a proposta', body: 'Olá, Ana!\n\nPodemos conversar?' }
const threadOf = (leadId: string) => thread(world.core, world.core.workspaceId, { leadId })
const leadOf = (id: string) => getLead(world.core, world.core.workspaceId, { id })
const lastMail = () => sendgrid.mails.at(-1)!
const query = (sql: string, values: readonly unknown[] = []) =>
  world.core.sql.query<Record<string, unknown>>(statement('', sql), values)
const about = async (type: string, leadId: string) =>
  (await world.events(type)).filter(event => event['leadId'] === leadId)

describe('an e-mail to a lead', () => {
  test('goes out as text and page, under a Message-ID of its own and with a way to unsubscribe, and is in their thread', async () => {
    const { to, leadId } = await capture()
    const sent = await world.call('send', { to, ...text, leadId })
    expect(sent).toEqual({
      id: expect.any(String),
      sentAt: expect.any(String),
    })
    const id = String(sent['id'])
    expect(lastMail()).toMatchObject({
      personalizations: [{ to: [{ email: to }], custom_args: { trae_letter: id } }],
      from: { email: ACCOUNT.from, name: ACCOUNT.fromName },
      subject: text.subject,
      content: [
        { type: 'text/plain', value: text.body },
        { type: 'text/html', value: expect.stringContaining('<p>Podemos conversar?</p>') },
      ],
      headers: {
        'Message-ID': `<${id}@acme.com.br>`,
        'List-Unsubscribe': expect.stringMatching(/^<https:\/\/trae\.example\.com\/unsubscribe\/[\w-]+>$/),
        'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
      },
      tracking_settings: {
        click_tracking: { enable: false },
        open_tracking: { enable: false },
        subscription_tracking: { enable: false },
      },
    })
    expect(await threadOf(leadId)).toMatchObject([
      { id, direction: 'out', channel: 'email', state: 'sent', from: ACCOUNT.from, to, ...text },
    ])
    const told = await query(`select kind, summary from activities where lead_id = $1 and kind = 'EMAIL_SENT'`, [
      leadId,
    ])
    expect(told).toEqual([{ kind: 'EMAIL_SENT', summary: text.subject }])
    const page = lastMail().headers!['List-Unsubscribe']!.slice(ORIGIN.length + 1, -1)
    expect((await fetch(world.host.url + page, { method: 'POST', body: 'List-Unsubscribe=One-Click' })).status).toBe(
      200,
    )
    expect((await leadOf(leadId)).unsubscribed).toBe(true)
  })

  test('is in the thread of what it answers, and passes over what another provider sent', async () => {
    const { to, leadId } = await capture()
    const first = await world.call('send', { to, ...text, leadId })
    const second = await world.call('send', { to, ...text, leadId, inReplyTo: first['id'] })
    await world.call('send', { to, ...text, leadId, inReplyTo: second['id'] })
    const ids = [first, second].map(({ id }) => `<${String(id)}@acme.com.br>`)
    expect(lastMail().headers).toMatchObject({ 'In-Reply-To': ids[1], References: ids.join(' ') })
    for (const inReplyTo of ['msg_of-elsewhere', randomUUID()]) {
      await world.call('send', { to, ...text, leadId, inReplyTo })
      expect(lastMail().headers).not.toHaveProperty('In-Reply-To')
    }
  })

  test('carries the meeting that it tells of', async () => {
    const { to, leadId } = await capture()
    const startsAt = new Date(world.core.clock.now().getTime() + 86_400_000)
    const endsAt = new Date(startsAt.getTime() + 1_800_000)
    const times = { startsAt: startsAt.toISOString(), endsAt: endsAt.toISOString() }
    const meeting = { leadId, title: 'Reunião às três', ...times, attendees: [{ name: 'Ana', email: to }] }
    const { id } = await scheduleMeeting(world.core, world.core.workspaceId, meeting, { key: 'meeting', runId: null })
    await world.call('send', { to, ...text, leadId, meetingId: id })
    const [attached] = lastMail().attachments!
    expect(attached).toMatchObject({ type: 'text/calendar', filename: 'invite.ics' })
    const file = Buffer.from(attached!.content, 'base64').toString()
    expect(file).toMatch(/METHOD:REQUEST\r\n[^]*SUMMARY:Reunião às três\r\n/)
    await world.call('send', { to, ...text, leadId, meetingId: 'event-of-google' })
    expect(lastMail().attachments).toBeUndefined()
  })

  test('is not sent where they want none, or none arrives, or there is no such lead', async () => {
    const [gone, bounced] = [await capture(), await capture()]
    await query('update leads set unsubscribed_at = now() where id = $1', [gone.leadId])
    await query('update leads set email_bounced_at = now() where id = $1', [bounced.leadId])
    const before = sendgrid.mails.length
    for (const message of [gone, { to: gone.to }, bounced])
      await expect(world.call('send', { ...text, ...message })).rejects.toMatchObject({ code: 'CONFLICT' })
    const nobody = { to: 'x@y.com.br', ...text, leadId: randomUUID() }
    await expect(world.call('send', nobody)).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(sendgrid.mails).toHaveLength(before)
    expect([...(await threadOf(gone.leadId)), ...(await threadOf(bounced.leadId))]).toEqual([])
  })
})

test('an e-mail to the team is kept nowhere here, for it may let somebody in', async () => {
  const sent = await world.call('send', { to: 'bia@acme.com.br', ...text, body: 'https://trae.example.com/secret' })
  expect(sent).toMatchObject({ id: expect.stringMatching(/^sg-/) })
  expect(lastMail()).not.toHaveProperty('headers')
  expect(lastMail().personalizations[0]).toEqual({ to: [{ email: 'bia@acme.com.br' }] })
  expect(await query(`select id from messages where body like '%/secret%' or to_address = 'bia@acme.com.br'`)).toEqual(
    [],
  )
})

describe('an e-mail whose answer was lost', () => {
  test('stays under way, then is for a person to decide, and is sent once SendGrid tells that it was delivered', async () => {
    const { to, leadId } = await capture()
    const [key, message] = [randomUUID(), { to, ...text, leadId }]
    sendgrid.instead.push({ after: 'lost' })
    await expect(world.call('send', message, key)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    expect(await threadOf(leadId)).toMatchObject([{ state: 'sending' }])
    await deliverLetters(world.core)
    expect(await threadOf(leadId)).toMatchObject([{ state: 'sending' }])
    world.core.clock.advance(6 * 60_000)
    await deliverLetters(world.core)
    expect(await threadOf(leadId)).toMatchObject([{ state: 'uncertain' }])
    expect(await query(`select title from notices where lead_id = $1`, [leadId])).toHaveLength(1)
    await listen()
    const delivered = eventOf(lastMail(), 'delivered', { 'smtp-id': '<as-it-went-out@acme.com.br>' })
    expect(await post([delivered])).toBe(200)
    expect(await threadOf(leadId)).toMatchObject([{ state: 'sent' }])
    const before = sendgrid.mails.length
    const { id } = (await threadOf(leadId))[0]!
    expect(await world.call('send', message, key)).toMatchObject({ id })
    expect(sendgrid.mails).toHaveLength(before)
    await world.call('send', { to, ...text, leadId, inReplyTo: id })
    expect(lastMail().headers!['In-Reply-To']).toBe('<as-it-went-out@acme.com.br>')
  })

  test('goes out anew, in the same place, where a person says that it did not', async () => {
    const { to, leadId } = await capture()
    const [key, message] = [randomUUID(), { to, ...text, leadId }]
    sendgrid.instead.push({ status: 502, body: 'Bad gateway' })
    await expect(world.call('send', message, key)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    const { id } = (await threadOf(leadId))[0]!
    expect(await world.call('send', message, key)).toMatchObject({ id })
    expect(await threadOf(leadId)).toMatchObject([{ id, state: 'sent' }])
  })
})

describe('what SendGrid refuses', () => {
  const refused = async () => {
    const { to, leadId } = await capture()
    const error: unknown = await world.call('send', { to, ...text, leadId }).catch((thrown: unknown) => thrown)
    expect(await threadOf(leadId)).toEqual([]) // nothing of it went out
    return error
  }

  test('because of too much is asked again as late as it says', async () => {
    const reset = String(Math.ceil(world.core.clock.now().getTime() / 1000) + 20)
    sendgrid.instead.push({ ...refusal(429, 'too many requests'), headers: { 'x-ratelimit-reset': reset } })
    const error = (await refused()) as { retryAfter: number }
    expect(error).toMatchObject({ code: 'RATE_LIMITED', retryable: true })
    expect(error.retryAfter).toBeGreaterThan(15)
    expect(error.retryAfter).toBeLessThanOrEqual(21)
    sendgrid.instead.push({ status: 503, headers: { 'retry-after': '7' } })
    expect(await refused()).toMatchObject({ code: 'UNAVAILABLE', retryAfter: 7 })
  })

  test('is said in its words, with what to do', async () => {
    sendgrid.instead.push(refusal(400, 'Does not contain a valid address.', 'personalizations.0.to.0.email'))
    expect(await refused()).toMatchObject({
      code: 'VALIDATION',
      message: 'SendGrid: Does not contain a valid address. (personalizations.0.to.0.email)',
    })
    await world.connect('sendgrid', { ...ACCOUNT, from: 'nobody@acme.com.br' })
    expect(await refused()).toMatchObject({
      code: 'FORBIDDEN',
      message: expect.stringMatching(/\(from\).*verified the address/),
    })
    await world.connect('sendgrid', { ...ACCOUNT, apiKey: 'SG.another-key' })
    const error = await refused()
    expect(error).toMatchObject({
      code: 'UNAUTHENTICATED',
      message: expect.stringContaining('Connect the account again'),
    })
    expect(String((error as Error).message)).not.toContain('SG.another-key')
    await world.connect('sendgrid', ACCOUNT)
  })
})

let playbookId: string | undefined
/** A playbook that wants to know what came back; it names no vendor. */
async function listen(): Promise<void> {
  if (playbookId !== undefined) return
  const source = `id: back\nname: Back\nmodule: vendas\ntriggers: [ { event: message.bounced } ]\nsteps: [ { set: { seen: true } } ]\n`
  playbookId = (await publishPlaybook(world.core, world.core.workspaceId, source)).playbookId
  // it lists what is there, makes one, and never hears that it was made
  sendgrid.instead.push({ status: 200, body: { webhooks: [] } }, { after: 'lost' })
  await keepRegistrations(world.core)
  world.core.clock.advance(60_000)
  await keepRegistrations(world.core)
}
const post = (events: readonly unknown[], change?: (body: string) => string) =>
  postAsSendGrid(world, events, sendgrid.webhooks[0]!.key!.privateKey, change)

describe('SendGrid posts', () => {
  beforeAll(listen)
  const sendTo = async () => {
    const { to, leadId } = await capture()
    const { id } = await world.call('send', { to, ...text, leadId })
    return { to, leadId, id: String(id), mail: lastMail() }
  }
  const told = async (letterId: string) =>
    (await world.events('sendgrid.letter-returned')).filter(event => event['letterId'] === letterId)

  test('to the address that it was told once, for what is needed and no more, signed with a key of its own', async () => {
    const { path } = await world.trigger('letter-returned')
    expect(sendgrid.webhooks).toMatchObject([
      {
        url: `${ORIGIN}${path}`,
        enabled: true,
        bounce: true,
        delivered: true,
        unsubscribe: true,
        open: false,
        click: false,
      },
    ])
    const { mail, leadId } = await sendTo()
    const bounce = eventOf(mail, 'bounce', { type: 'bounce', reason: '550 no such user' })
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    expect(await postAsSendGrid(world, [bounce], privateKey)).toBe(401)
    expect(await post([bounce], body => body.trimEnd())).toBe(401)
    expect(await post([bounce], body => body.replace('bounce', 'b0unce'))).toBe(401)
    expect((await leadOf(leadId)).emailBounced).toBe(false)
  })

  test.each([
    ['bounce', { type: 'bounce', status: '5.1.1', reason: '550 no such user' }, '5.1.1 550 no such user'],
    ['dropped', { reason: 'Bounced Address', status: '5.0.0' }, '5.0.0 Bounced Address'],
    ['dropped', { reason: 'Invalid' }, 'Invalid'],
  ])('that one came back for good (%s): told and kept once', async (event, more, reason) => {
    const { mail, leadId, id, to } = await sendTo()
    const posted = eventOf(mail, event, more)
    for (let i = 0; i < 2; i++) expect(await post([posted, eventOf(mail, 'processed'), posted])).toBe(200)
    expect((await leadOf(leadId)).emailBounced).toBe(true)
    expect(await about('message.bounced', leadId)).toEqual([{ leadId, messageId: id, to, reason }])
    expect(await told(id)).toEqual([{ kind: event, letterId: id, outcome: 'bounced', to, reason }])
    expect((await threadOf(leadId))[0]!.bouncedAt).not.toBeNull()
  })

  test.each([
    ['bounce', { type: 'blocked', status: '5.7.1', reason: '550 blocked for spam' }],
    ['dropped', { reason: 'Recipient List over Package Quota' }],
  ])(
    'that one did not arrive, whatever its address (%s): it has failed, and the address stays good',
    async (event, more) => {
      const { mail, leadId, id } = await sendTo()
      for (let i = 0; i < 2; i++) expect(await post([eventOf(mail, event, more)])).toBe(200)
      expect((await leadOf(leadId)).emailBounced).toBe(false)
      expect(await threadOf(leadId)).toMatchObject([{ state: 'failed', answer: expect.stringContaining(more.reason) }])
      expect(await about('message.failed', leadId)).toMatchObject([{ messageId: id, channel: 'email' }])
      expect(await told(id)).toMatchObject([{ outcome: 'failed' }])
      expect(await query('select title from notices where lead_id = $1', [leadId])).toHaveLength(1)
    },
  )

  test.each([
    ['spamreport', {}],
    ['unsubscribe', {}],
    ['group_unsubscribe', { asm_group_id: 1 }],
    ['dropped', { reason: 'Unsubscribed Address' }],
    ['dropped', { reason: 'Spam Reporting Address' }],
  ])('that its reader wants no more (%s): nobody writes to them', async (event, more) => {
    const { mail, leadId, id, to } = await sendTo()
    for (let i = 0; i < 2; i++) expect(await post([eventOf(mail, event, more)])).toBe(200)
    expect(await leadOf(leadId)).toMatchObject({ unsubscribed: true, emailBounced: false })
    expect(await told(id)).toMatchObject([{ kind: event, outcome: 'unsubscribed' }])
    await expect(world.call('send', { to, ...text, leadId })).rejects.toMatchObject({ code: 'CONFLICT' })
  })

  test('of letters that are none of ours, or none of this plugin, and nothing comes of it', async () => {
    const { leadId, mail } = await sendTo()
    await query(`update messages set key = 'another:' || key where lead_id = $1`, [leadId])
    const strange = [
      { email: 'x@y.com', event: 'bounce', sg_event_id: 'x' },
      eventOf(mail, 'bounce', { type: 'bounce' }),
    ]
    const unknown = { ...eventOf(mail, 'unsubscribe'), trae_letter: randomUUID() }
    expect(await post([...strange, unknown, { ...unknown, trae_letter: 'x' }])).toBe(200)
    expect(await leadOf(leadId)).toMatchObject({ emailBounced: false, unsubscribed: false })
    expect(await about('message.bounced', leadId)).toEqual([])
  })

  test('until nobody wants to know any more', async () => {
    await archivePlaybook(world.core, world.core.workspaceId, playbookId!)
    await keepRegistrations(world.core)
    expect(sendgrid.webhooks).toEqual([])
  })
})

test('accounts of the European Union are spoken to at their own host', async () => {
  const other = await openVendorWorld('sendgrid', HOSTS, sendgrid.answer)
  try {
    await other.connect('europe', EUROPE_ACCOUNT)
    sendgrid.asked.length = 0
    await other.call('send', { to: 'bia@acme.com.br', ...text })
    expect(sendgrid.asked).toEqual([{ operation: 'SendMail', host: HOSTS[1] }])
    expect(lastMail() satisfies Mail).toMatchObject({ from: { email: ACCOUNT.from } })
  } finally {
    await other.close()
  }
})
