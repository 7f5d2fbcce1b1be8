import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { captureLead } from '../../../core/sales/capture-lead.ts'
import { leadInput } from '../../../core/sales/lead.ts'
import { getLead, updateLead } from '../../../core/sales/leads.ts'
import { thread } from '../../../core/sales/messages.ts'
import { queueMessage } from '../../../core/sales/outbox.ts'
import { openVendorWorld, type VendorWorld } from '../vendor-world.ts'
import { postAsTwilio } from './post-as-twilio.ts'
import { ACCOUNT, SMS_FROM, Twilio, WHATSAPP_FROM } from './twilio.ts'

const twilio = new Twilio()
let world: VendorWorld
beforeAll(async () => {
  world = await openVendorWorld('twilio', ['api.twilio.com', 'content.twilio.com', 'lookups.twilio.com'], twilio.answer)
  await world.connect('twilio', { ...ACCOUNT, smsFrom: SMS_FROM, whatsappFrom: WHATSAPP_FROM })
})
afterAll(() => world?.close())
afterEach(() => expect(twilio.problems.splice(0)).toEqual([]))

let count = 0
const capture = async () => {
  const phone = `+55119880010${String(++count).padStart(2, '0')}`
  const lead = leadInput.parse({ name: `Ana ${count}`, phone, source: 'API' })
  const { leadId } = await captureLead(world.core, world.core.workspaceId, lead, { source: 'test' })
  return { leadId, phone }
}
/** As WhatsApp at Twilio reports; other channels have fewer fields. The last digits of the address are hidden by Twilio. */
const whatsAppReport = (sid: string, phone: string, fields: Record<string, string>) => ({
  ApiVersion: '2010-04-01',
  AccountSid: ACCOUNT.accountSid,
  SmsSid: sid,
  MessageSid: sid,
  From: `whatsapp:${WHATSAPP_FROM}`,
  To: `whatsapp:${phone}`,
  ChannelPrefix: 'whatsapp',
  ChannelInstallSid: `XE${'1'.repeat(32)}`,
  ChannelToAddress: `${phone.slice(0, -4)}XXXX`,
  StructuredMessage: 'false',
  SmsStatus: fields['MessageStatus'] ?? '',
  ...fields,
})
const smsReport = (sid: string, phone: string, fields: Record<string, string>) => ({
  ApiVersion: '2010-04-01',
  AccountSid: ACCOUNT.accountSid,
  SmsSid: sid,
  MessageSid: sid,
  From: SMS_FROM,
  To: phone,
  SmsStatus: fields['MessageStatus'] ?? '',
  ...fields,
})
const post = (form: Record<string, string>, token?: string) => postAsTwilio(world, 'message-status', form, token)
const failed = async (leadId: string) =>
  ((await world.events('message.failed')) as { leadId: string }[]).filter(event => event.leadId === leadId)
const threadOf = (leadId: string) => thread(world.core, world.core.workspaceId, { leadId })
const notices = async (leadId: string) =>
  world.core.sql.query<{ title: string; body: string }>({ name: '', text: 'select title, body from notices where lead_id = $1' }, [leadId]) // prettier-ignore
const sidOf = (phone: string) => twilio.messages.findLast(({ to }) => to.endsWith(phone))!.sid

describe('a message that Twilio has taken', () => {
  test('is in the thread of the lead, and in their history once', async () => {
    const { leadId, phone } = await capture()
    await world.call('send-whatsapp', { to: phone, body: 'Oi, Ana', leadId })
    expect(await threadOf(leadId)).toMatchObject([
      { direction: 'out', channel: 'whatsapp', state: 'sent', from: WHATSAPP_FROM, to: phone, body: 'Oi, Ana' },
    ])
    await post(whatsAppReport(sidOf(phone), phone, { MessageStatus: 'delivered', EventType: 'DELIVERED' }))
    expect(await threadOf(leadId)).toMatchObject([{ state: 'sent' }])
    expect(await failed(leadId)).toEqual([])
  })

  test('is there by its number where nobody said whose it is, and after a lost answer by the look before the repeat', async () => {
    const { leadId, phone } = await capture()
    twilio.instead.push({ after: 'lost' })
    const key = randomUUID()
    const message = { to: phone, body: 'Oi' }
    await expect(world.call('send-sms', message, key)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    expect(await threadOf(leadId)).toEqual([])
    expect(await world.lookup('send-sms', message, key)).toMatchObject({ found: true })
    expect(await world.lookup('send-sms', message, key)).toMatchObject({ found: true })
    expect(await threadOf(leadId)).toMatchObject([{ channel: 'sms', state: 'sent', to: phone }])
  })
})

describe('a message of which Twilio says later that it did not arrive', () => {
  test('has failed, in words and with what to do, and playbooks and the team are told once', async () => {
    const { leadId, phone } = await capture()
    await world.call('send-whatsapp', { to: phone, body: 'Oi, Ana', leadId })
    const report = whatsAppReport(sidOf(phone), phone, {
      MessageStatus: 'undelivered',
      EventType: 'UNDELIVERED',
      ErrorCode: '63016',
      ChannelStatusMessage: '470',
    })
    expect(await post(report, 'forged')).toMatchObject({ status: 401 })
    expect(await failed(leadId)).toEqual([])
    for (let i = 0; i < 2; i++) expect(await post(report)).toMatchObject({ status: 200 })
    await post({ ...report, MessageStatus: 'failed', SmsStatus: 'failed' })
    const reason = expect.stringMatching(/só um modelo aprovado\. Aprove um modelo na Twilio .*template: .* \(63016\)$/)
    const [message] = await threadOf(leadId)
    expect(message).toMatchObject({ state: 'failed', answer: reason })
    expect(await failed(leadId)).toEqual([
      { leadId, messageId: message!.id, channel: 'whatsapp', to: phone, reason, runId: expect.any(String) },
    ])
    expect(await notices(leadId)).toMatchObject([
      { title: 'Uma mensagem para um telefone não chegou', body: expect.stringContaining('modelo') },
    ])
    expect((await getLead(world.core, world.core.workspaceId, { id: leadId })).phoneOptedOut).toBe(false)
  })

  test.each([
    ['30003', /desligado/],
    ['30004', /bloqueada/],
    ['30005', /não existe/],
    ['30006', /telefone fixo/],
    ['30007', /spam/],
    ['30008', /não disse por que/],
    ['30034', /código 30034\. twilio\.com/],
  ])('is explained: %s', async (code, words) => {
    const { leadId, phone } = await capture()
    await world.call('send-sms', { to: phone, body: 'Oi', leadId })
    await post(smsReport(sidOf(phone), phone, { MessageStatus: 'undelivered', ErrorCode: code }))
    expect(await failed(leadId)).toMatchObject([{ channel: 'sms', reason: expect.stringMatching(words) }])
  })

  test('is found when the word of Twilio comes before the answer to who sent it', async () => {
    const { leadId, phone } = await capture()
    const key = randomUUID()
    const message = { to: phone, body: 'Oi, Ana', leadId }
    twilio.instead.push({ after: 'lost' })
    await expect(world.call('send-whatsapp', message, key)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await post(whatsAppReport(sidOf(phone), phone, { MessageStatus: 'failed', ErrorCode: '63016' }))
    expect(await failed(leadId)).toEqual([])
    for (let i = 0; i < 2; i++) expect(await world.lookup('send-whatsapp', message, key)).toMatchObject({ found: true })
    expect(await threadOf(leadId)).toMatchObject([{ state: 'failed', body: 'Oi, Ana' }])
    expect(await failed(leadId)).toHaveLength(1)
    expect(await notices(leadId)).toHaveLength(1)
  })

  test('because they said STOP ends all writing to that number, until they say START or have another', async () => {
    const { workspaceId } = world.core
    const { leadId, phone } = await capture()
    await world.call('send-sms', { to: phone, body: 'Oi', leadId })
    await post(smsReport(sidOf(phone), phone, { MessageStatus: 'undelivered', ErrorCode: '21610' }))
    expect(await failed(leadId)).toMatchObject([{ reason: expect.stringContaining('STOP') }])
    const optedOut = async () => (await getLead(world.core, workspaceId, { id: leadId })).phoneOptedOut
    expect(await optedOut()).toBe(true)
    await expect(world.call('send-whatsapp', { to: phone, body: 'Oi', leadId })).rejects.toMatchObject({
      code: 'FORBIDDEN',
      message: expect.stringContaining('STOP'),
    })
    const byHand = { channel: 'whatsapp' as const, to: phone, body: 'Oi', leadId }
    await expect(queueMessage(world.core, workspaceId, byHand, { key: 'by-hand', runId: null })).rejects.toMatchObject({
      code: 'CONFLICT',
    })
    const written = { AccountSid: ACCOUNT.accountSid, From: phone, To: SMS_FROM, NumMedia: '0' }
    await postAsTwilio(world, 'message-received', { ...written, MessageSid: `SM${'b'.repeat(32)}`, Body: 'Quem é?' })
    expect(await optedOut()).toBe(true)
    await postAsTwilio(world, 'message-received', { ...written, MessageSid: `SM${'c'.repeat(32)}`, Body: 'start' })
    expect(await optedOut()).toBe(false)
    await post(smsReport(`SM${'7'.repeat(32)}`, phone, { MessageStatus: 'failed', ErrorCode: '21610' }))
    expect(await optedOut()).toBe(true)
    await updateLead(world.core, workspaceId, { id: leadId, patch: { phone: '+5511977776666' } }, { key: 'new-phone', runId: null }) // prettier-ignore
    expect(await optedOut()).toBe(false)
  })
})
