import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listWebhooks, rotateWebhookSecret } from '../../core/access/webhook-secrets.ts'
import { standardSignature } from '../../core/credentials/webhook-proof.ts'
import { DATABASE_KINDS } from '../support/database.ts'
import { openTestServer, type TestServer } from './open-test-server.ts'

describe('a Standard Webhooks signature', () => {
  it('is the one of the specification', () => {
    // the example of the reference libraries (standardwebhooks.com)
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
    const body = '{"test": 2432232314}'
    expect(standardSignature(secret, 'msg_p5jXN8AQM9LWM0D4loKWxJek', '1614265330', body)).toBe(
      'g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    )
  })
})

describe.each(DATABASE_KINDS)('POST /hooks/leads, on %s', kind => {
  let host: TestServer
  let webhookId: string
  let secret: string
  beforeAll(async () => {
    host = await openTestServer(kind)
    const page = await listWebhooks(host.core, host.core.workspaceId, {})
    webhookId = page.items[0]!.node.id
    secret = (await rotateWebhookSecret(host.core, host.core.workspaceId, webhookId)).plaintext
  })
  afterAll(() => host.close())

  let count = 0
  const post = (
    body: unknown,
    over: {
      id?: string
      at?: number
      key?: string
      signature?: string
      path?: string
      headers?: Record<string, string>
    } = {},
  ) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const id = over.id ?? `msg_${count++}`
    const timestamp = String(Math.floor(host.core.clock.now().getTime() / 1000) + (over.at ?? 0))
    const signature = over.signature ?? `v1,${standardSignature(over.key ?? secret, id, timestamp, text)}`
    const headers = {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': signature,
      ...over.headers,
    }
    return host.send('POST', over.path ?? '/hooks/leads', { token: null, body: text, headers })
  }
  const lead = () => ({ name: 'Bia', email: `bia${count++}@example.com`, source: 'website' })

  it('takes a signed lead', async () => {
    const answer = await post(lead())
    expect([answer.status, answer.json.created], answer.text).toEqual([202, true])
  })
  it('takes the same webhook-id once, however often it is sent', async () => {
    const body = lead()
    const first = await post(body, { id: 'msg_same' })
    const second = await post(body, { id: 'msg_same' })
    expect([second.status, second.json.lead_id, second.json.repeated]).toEqual([202, first.json.lead_id, true])
  })
  it('takes one good signature among others, as while a secret is rotated at the sender', async () => {
    const body = JSON.stringify(lead())
    const timestamp = String(Math.floor(host.core.clock.now().getTime() / 1000))
    const good = `v1,${standardSignature(secret, 'msg_many', timestamp, body)}`
    expect((await post(body, { id: 'msg_many', signature: `v1a,xxxx v1,AAAA ${good}` })).status).toBe(202)
  })
  it('refuses a body that was changed by one byte, an old or early message, another key, and a missing header', async () => {
    const refusals = [
      post(lead(), { key: 'whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA' }),
      post(lead(), { at: -301 }),
      post(lead(), { at: 301 }),
      post(lead(), { signature: 'v1,' }),
      post(lead(), { signature: '' }),
      post(lead(), { headers: { 'webhook-id': '' } }),
      post(lead(), { headers: { 'webhook-timestamp': 'now' } }),
      post(lead(), { headers: { 'webhook-id': 'msg_other' } }),
    ]
    for (const answer of await Promise.all(refusals))
      expect([answer.status, answer.json.code], answer.text).toEqual([401, 'UNAUTHENTICATED'])
    const body = JSON.stringify(lead())
    const timestamp = String(Math.floor(host.core.clock.now().getTime() / 1000))
    const signature = `v1,${standardSignature(secret, 'msg_b', timestamp, body)}`
    expect((await post(`${body} `, { id: 'msg_b', signature })).status).toBe(401)
    expect((await post(lead(), { at: -299 })).status).toBe(202)
  })
  it('verifies the bytes, not what they parse to', async () => {
    const spaced = `{ "name" : "Espaço", "email" : "espaco@example.com" }`
    expect((await post(spaced)).status).toBe(202)
  })
  it('refuses the old secret once there is a new one', async () => {
    const old = secret
    secret = (await rotateWebhookSecret(host.core, host.core.workspaceId, webhookId)).plaintext
    expect((await post(lead(), { key: old })).status).toBe(401)
    expect((await post(lead())).status).toBe(202)
  })
  it('says what is wrong with a signed body', async () => {
    expect((await post('{')).status).toBe(400)
    expect((await post('')).status).toBe(400)
    expect((await post({ name: 'x', email: 'nope' })).status).toBe(422)
    expect((await post('{"name":"a\\u0000","email":"a@b.co"}')).status).toBe(400)
    expect((await post(lead(), { headers: { 'content-type': 'text/plain' } })).status).toBe(415)
    expect((await post(`"${'x'.repeat(1_000_001)}"`)).status).toBe(413)
  })
  it('is not at any other address', async () => {
    expect((await post(lead(), { path: '/hooks/other' })).status).toBe(404)
    expect((await post(lead(), { path: '/hooks/%00' })).status).toBe(404)
    expect((await host.send('GET', '/hooks/leads')).headers.get('allow')).toBe('POST')
  })
})
