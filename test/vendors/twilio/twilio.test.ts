import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { captureLead } from '../../../core/sales/capture-lead.ts'
import { leadInput } from '../../../core/sales/lead.ts'
import { thread } from '../../../core/sales/messages.ts'
import { publishPlaybook } from '../../../core/publishing/publish-playbook.ts'
import { statement } from '../../../core/sql.ts'
import { keepRegistrations } from '../../../core/triggers/keep-registrations.ts'
import { registrationsOf } from '../../../core/plugins/registrations.ts'
import { archivePlaybook } from '../../../core/publishing/playbook-status.ts'
import { openVendorWorld, ORIGIN, type VendorWorld } from '../vendor-world.ts'
import { postAsTwilio } from './post-as-twilio.ts'
import { ACCOUNT, refusal, SMS_FROM, Twilio, WHATSAPP_FROM } from './twilio.ts'

const HOSTS = ['api.twilio.com', 'content.twilio.com', 'lookups.twilio.com']
const TO = '+5511987654321'
const SENDERS = { smsFrom: SMS_FROM, whatsappFrom: WHATSAPP_FROM }
const twilio = new Twilio()
let world: VendorWorld
beforeAll(async () => {
  world = await openVendorWorld('twilio', HOSTS, twilio.answer)
  twilio.here = url => url.replace('twilio.com', `twilio.com:${world.far.port}`)
  await world.connect('twilio', { ...ACCOUNT, ...SENDERS })
})
afterAll(() => world?.close())
afterEach(() => {
  expect(twilio.problems.splice(0)).toEqual([])
  expect(twilio.instead.splice(0)).toEqual([])
  twilio.asked.length = 0
})
const addressOf = async (trigger: string) => `${ORIGIN}${(await world.trigger(trigger)).path}`

describe('messages', () => {
  test('go out by SMS from the number of the account, and Twilio is told where to report', async () => {
    const sent = await world.call('send-sms', { to: TO, body: 'Olá & até já!' })
    expect(sent).toMatchObject({ status: 'queued', errorCode: null, id: twilio.messages.at(-1)!.sid })
    expect(twilio.messages.at(-1)).toMatchObject({
      to: TO,
      from: SMS_FROM,
      body: 'Olá & até já!',
      callback: await addressOf('message-status'),
    })
  })

  test('go out by WhatsApp, as text or by template', async () => {
    await world.call('send-whatsapp', { to: TO, body: 'Oi' })
    expect(twilio.messages.at(-1)).toMatchObject({
      to: `whatsapp:${TO}`,
      from: `whatsapp:${WHATSAPP_FROM}`,
      body: 'Oi',
    })
    const name = `HX${'a'.repeat(32)}`
    await world.call('send-whatsapp', { to: TO, body: 'Oi, Ana', template: { name, variables: { 1: 'Ana' } } })
    expect(twilio.asked.at(-1)!.body).toMatchObject({ ContentSid: name, ContentVariables: '{"1":"Ana"}' })
    expect(twilio.asked.at(-1)!.body).not.toHaveProperty('Body')
    const byName = world.call('send-whatsapp', { to: TO, body: 'Oi', template: { name: 'first_contact' } })
    await expect(byName).rejects.toMatchObject({ code: 'VALIDATION', message: expect.stringContaining('ContentSid') })
  })

  test('go out from a messaging service', async () => {
    const service = `MG${'b'.repeat(32)}`
    await world.call('send-sms', { to: TO, body: 'Oi', from: service })
    expect(twilio.messages.at(-1)).toMatchObject({ from: null, messaging_service_sid: service })
  })

  test('do not go to who wants none', async () => {
    const leadId = await world.capture({ phone: TO })
    await world.core.sql.query(
      statement('test.unsubscribe', 'update leads set unsubscribed_at = now() where id = $1'),
      [leadId],
    )
    const before = twilio.messages.length
    await expect(world.call('send-sms', { to: TO, body: 'Oi', leadId })).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await expect(world.call('send-sms', { to: '+5511900000000', body: 'Oi' })).rejects.toMatchObject({
      code: 'FORBIDDEN',
      message: expect.stringMatching(/unsubscribed recipient \(code 21610\).*STOP/),
    })
    expect(twilio.messages).toHaveLength(before)
  })

  test('are read', async () => {
    const { id } = await world.call('send-sms', { to: TO, body: 'Read me' })
    twilio.messages.at(-1)!.status = 'delivered'
    expect(await world.call('get-message', { id })).toMatchObject({ status: 'delivered', body: 'Read me', to: TO })
    await expect(world.call('get-message', { id: `SM${'f'.repeat(32)}` })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})

describe('a message whose answer was lost', () => {
  test('is found again, over several pages, and not taken for an older one of the same words', async () => {
    const message = { to: '+5511955554444', body: 'Once only' }
    twilio.messages.push({ ...twilio.messages[0]!, sid: `SM${'d'.repeat(32)}`, ...message, at: Date.now() - 3_600_000 })
    twilio.instead.push({ after: 'lost' })
    const key = randomUUID()
    await expect(world.call('send-sms', message, key)).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true })
    const { sid } = twilio.messages.at(-1)!
    for (let i = 0; i < 120; i++)
      twilio.messages.push({ ...twilio.messages.at(-1)!, sid: `SM${'e'.repeat(29)}${100 + i}`, body: 'Another' })
    expect(await world.lookup('send-sms', message, key)).toMatchObject({ found: true, output: { id: sid } })
    expect(twilio.asked.filter(({ operation }) => operation === 'ListMessage')).toHaveLength(3)
  })

  test('is found by its SID where Twilio has answered, and the host died before it wrote that down', async () => {
    const message = { to: '+5511955551111', body: 'Answered' }
    const key = randomUUID()
    const { id } = await world.call('send-sms', message, key)
    await world.call('send-sms', message, randomUUID())
    expect(await world.lookup('send-sms', message, key)).toMatchObject({ found: true, output: { id } })
  })

  test('that never arrived is not found, nor one that nobody tried', async () => {
    const message = { to: '+5511955553333', body: 'Never' }
    expect(await world.lookup('send-sms', message, randomUUID())).toEqual({ found: false })
    const key = randomUUID()
    twilio.instead.push({ status: 502, body: 'Bad gateway' })
    await expect(world.call('send-sms', message, key)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    expect(await world.lookup('send-sms', message, key)).toEqual({ found: false })
  })

  test('by template is found by whom it went to', async () => {
    const message = { to: '+5511955552222', body: 'Oi', template: { name: `HX${'a'.repeat(32)}` } }
    twilio.instead.push({ after: 'lost' })
    const key = randomUUID()
    await expect(world.call('send-whatsapp', message, key)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    expect(await world.lookup('send-whatsapp', message, key)).toMatchObject({
      output: { id: twilio.messages.at(-1)!.sid },
    })
  })
})

describe('what Twilio refuses', () => {
  const send = () => world.call('send-sms', { to: TO, body: 'Oi' })
  test('because of too much is asked again as late as it says', async () => {
    twilio.instead.push({ ...refusal(429, 20429, 'Too Many Requests'), headers: { 'retry-after': '7' } })
    await expect(send()).rejects.toMatchObject({ code: 'RATE_LIMITED', retryable: true, retryAfter: 7 })
  })

  test('because of a wrong token says what to do', async () => {
    await world.connect('twilio', { ...ACCOUNT, ...SENDERS, authToken: 'another-token' })
    await expect(send()).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      message: expect.stringContaining('Connect the account again'),
    })
    await world.connect('twilio', ACCOUNT)
    await expect(send()).rejects.toMatchObject({ code: 'VALIDATION', message: expect.stringContaining('who sends') })
    await world.connect('twilio', { ...ACCOUNT, ...SENDERS })
  })
})

test('numbers are looked up', async () => {
  expect(await world.call('lookup-number', { phone: TO, lineType: true })).toEqual({
    valid: true,
    phone: TO,
    country: 'BR',
    national: '(11) 98765-4321',
    lineType: 'mobile',
    carrier: 'Vivo',
  })
  expect(await world.call('lookup-number', { phone: '+5511' })).toMatchObject({ valid: false, country: null })
})

test('templates are created once, handed in once, and listed page after page', async () => {
  const template = {
    name: 'first_contact',
    language: 'pt_BR',
    body: 'Olá, {{1}}!',
    variables: { 1: 'Ana' },
    category: 'MARKETING',
  }
  const made = await world.call('create-template', template)
  expect(made).toMatchObject({ name: 'first_contact', body: 'Olá, {{1}}!', approval: 'received' })
  expect(await world.call('create-template', template)).toEqual(made)
  for (const name of ['second', 'third', 'fourth']) await world.call('create-template', { ...template, name })
  const { templates } = await world.call('list-templates', {})
  expect((templates as { name: string }[]).map(({ name }) => name)).toEqual([
    'first_contact',
    'second',
    'third',
    'fourth',
  ])
  expect(twilio.contents).toHaveLength(4)
})

describe('Twilio posts', () => {
  const post = (trigger: string, form: Record<string, string>, token?: string) =>
    postAsTwilio(world, trigger, form, token)
  const inbound = {
    MessageSid: `SM${'9'.repeat(32)}`,
    AccountSid: ACCOUNT.accountSid,
    From: 'whatsapp:+5511999990000',
    To: `whatsapp:${WHATSAPP_FROM}`,
    Body: 'Oi, quero saber o preço',
    ProfileName: 'Ana',
    NumMedia: '1',
    MediaUrl0: 'https://api.twilio.com/media/1',
  }

  test('what somebody wrote, told once, and gets no orders back', async () => {
    const answer = await post('message-received', inbound)
    expect(answer).toMatchObject({ status: 200, type: expect.stringContaining('text/xml') })
    expect(answer.text).toMatch(/<Response\/>$/)
    await post('message-received', inbound)
    expect(await world.events('twilio.message-received')).toEqual([
      {
        id: inbound.MessageSid,
        channel: 'whatsapp',
        from: '+5511999990000',
        to: WHATSAPP_FROM,
        body: 'Oi, quero saber o preço',
        name: 'Ana',
        media: ['https://api.twilio.com/media/1'],
      },
    ])
    expect(await post('message-received', inbound, 'forged')).toMatchObject({ status: 401 })
  })

  test('what a lead wrote is in their thread, and told to playbooks as an answer', async () => {
    const lead = leadInput.parse({
      name: 'Ana',
      phone: '+55 11 98888-7777',
      email: 'ana@twilio.example.com',
      source: 'API',
    })
    const { leadId } = await captureLead(world.core, world.core.workspaceId, lead, { source: 'test' })
    const written = { ...inbound, MessageSid: `SM${'8'.repeat(32)}`, From: 'whatsapp:+551188887777' } // as WhatsApp knows many: without the nine
    await post('message-received', written)
    await post('message-received', written)
    expect(await world.events('message.received')).toMatchObject([
      {
        leadId,
        inReplyTo: null,
        subject: '',
        text: 'Oi, quero saber o preço\nhttps://api.twilio.com/media/1',
      },
    ])
    expect(await thread(world.core, world.core.workspaceId, { leadId })).toMatchObject([
      { direction: 'in', channel: 'whatsapp', from: '+551188887777', to: WHATSAPP_FROM },
    ])
  })

  test('how a message stands, each state once', async () => {
    const report = {
      MessageSid: inbound.MessageSid,
      MessageStatus: 'undelivered',
      To: TO,
      From: SMS_FROM,
      ErrorCode: '63016',
    }
    await post('message-status', report)
    await post('message-status', report)
    await post('message-status', { ...report, MessageStatus: 'delivered', ErrorCode: '' })
    expect(await world.events('twilio.message-status')).toMatchObject([
      { status: 'undelivered', to: TO, errorCode: 63016, error: expect.stringContaining('modelo aprovado') },
      { status: 'delivered', errorCode: null, error: null },
    ])
  })

  test('to the address that it was told when a playbook needs it, and is told to stop', async () => {
    const { playbookId } = await publishPlaybook(
      world.core,
      world.core.workspaceId,
      `id: answer\nname: Answer\nmodule: vendas\ntriggers: [ { event: twilio.message-received } ]\nsteps: [ { set: { seen: true } } ]\n`,
    )
    twilio.instead.push({ after: 'lost' })
    await keepRegistrations(world.core)
    world.core.clock.advance(60_000)
    await keepRegistrations(world.core)
    expect(twilio.number.sms_url).toBe(await addressOf('message-received'))
    const [row] = [...(await registrationsOf(world.core, world.installation.id)).values()]
    expect(row).toMatchObject({ registeredAt: expect.any(Date), lastError: null })
    await archivePlaybook(world.core, world.core.workspaceId, playbookId)
    await keepRegistrations(world.core)
    expect(twilio.number.sms_url).toBe('')
  })
})

test('it fills the services sms and whatsapp', async () => {
  const { manifest } = world.installation
  expect(manifest.provides).toEqual({ sms: { send: 'send-sms' }, whatsapp: { send: 'send-whatsapp' } })
})
