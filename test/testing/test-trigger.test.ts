import { createHmac } from 'node:crypto'
import { cp } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { closeTests, testTrigger, type ToSign } from '../../core/testing/testing.ts'
import { temporaryFolder } from '../plugins/world.ts'

const TWILIO = resolve(import.meta.dirname, '../../plugins/twilio')
const HUBSPOT = resolve(import.meta.dirname, '../../plugins/hubspot')
let parent: Awaited<ReturnType<typeof temporaryFolder>>
let listener: string
beforeAll(async () => {
  parent = await temporaryFolder()
  listener = join(parent.path, 'listener')
  await cp(join(import.meta.dirname, '../support/plugins/listener'), listener, { recursive: true })
})
afterAll(async () => {
  await closeTests()
  await parent?.remove()
})

describe('a trigger in a test', { timeout: 300_000 }, () => {
  const credentials = { twilio: { accountSid: `AC${'0'.repeat(32)}`, authToken: 'token-of-test' } }
  const form = { MessageSid: `SM${'1'.repeat(32)}`, MessageStatus: 'delivered', To: 'whatsapp:+5511987654321' }
  const signed = ({ url, secret }: ToSign) =>
    createHmac('sha1', secret)
      .update(
        Object.entries(form)
          .toSorted()
          .reduce((text, [name, value]) => text + name + value, url),
      ) // prettier-ignore
      .digest('base64')

  it('hears what a vendor posts, once the host has proved the signature', async () => {
    const { events, requests } = await testTrigger(TWILIO, 'message-status', {
      credentials,
      post: sign => ({ headers: { 'x-twilio-signature': signed(sign) }, body: new URLSearchParams(form) }),
    })
    const data = { id: form.MessageSid, status: 'delivered', to: '+5511987654321', errorCode: null, error: null }
    expect(events).toEqual([{ data, dedupe: `${form.MessageSid}:delivered` }])
    expect(requests).toEqual([])
  })

  it('hears nothing of a post that was changed on the way, or that nobody signed', async () => {
    const changed = new URLSearchParams({ ...form, MessageStatus: 'failed' })
    for (const headers of [(sign: ToSign) => ({ 'x-twilio-signature': signed(sign) }), () => ({})])
      await expect(
        testTrigger(TWILIO, 'message-status', {
          credentials,
          post: sign => ({ headers: headers(sign), body: changed }),
        }),
      ).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  })

  it('says what the test lacks', async () => {
    const post = () => ({ body: '{}' })
    await expect(testTrigger(TWILIO, 'message-status', { post })).rejects.toThrow('credentials.twilio.authToken')
    await expect(testTrigger(TWILIO, 'message-status', { credentials })).rejects.toThrow('needs `post`')
    await expect(testTrigger(TWILIO, 'nothing', {})).rejects.toThrow('twilio has no trigger nothing; it has message-')
  })

  it('asks a vendor what is new, from where it was', async () => {
    expect(await testTrigger(HUBSPOT, 'contact-changed', {})).toMatchObject({
      events: [],
      cursor: { since: expect.any(Number) },
      more: false,
    })
    const at = '2026-11-03T12:05:00.000Z'
    const properties = { email: 'ana@acme.com.br', lastmodifieddate: at }
    const found = { id: '101', properties, createdAt: at, updatedAt: at, archived: false }
    const { events, cursor, requests } = await testTrigger(HUBSPOT, 'contact-changed', {
      credentials: { 'private-app': { token: 'token-of-test' } },
      cursor: { since: 1, askedAt: 1 },
      api: ({ url }) => ({ json: url.endsWith('/search') ? { total: 1, results: [found] } : {} }),
    })
    expect(events).toMatchObject([{ data: { id: '101' }, dedupe: `101@${Date.parse(at)}` }])
    expect(cursor).toMatchObject({ since: Date.parse(at) })
    expect(requests).toMatchObject([{ method: 'POST', headers: { authorization: 'Bearer token-of-test' } }])
  })

  it('hears of an event of the host, about a lead that is there', async () => {
    const leads = [{ name: 'Ana', email: 'ana@acme.com.br', source: 'API' }]
    const told = (data: object) =>
      testTrigger(listener, 'hard', { leads, event: ([lead]: { id: string }[]) => ({ leadId: lead!.id, data }) })
    const { events, storage } = await told({})
    expect(events).toEqual([])
    expect(Object.values(storage)).toEqual([1])
    await expect(told({ code: 'VALIDATION' })).rejects.toMatchObject({ code: 'VALIDATION' })
  })
})
