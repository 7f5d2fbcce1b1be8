import { createHash, createHmac, generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import {
  proveWebhook,
  type SentRequest,
  type WebhookProof,
  webhookProof,
} from '../../core/credentials/webhook-proof.ts'

interface Vector {
  readonly name: string
  readonly proof: WebhookProof
  readonly secret: string
  /** Milliseconds since 1970. */
  readonly now: number
  readonly header: string
  readonly expect: string
  readonly more?: Readonly<Record<string, string>>
  readonly url?: string
  readonly body: string
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const form = (fields: Record<string, string>) => new URLSearchParams(fields).toString()

/** From the vendors' documentation and official clients. */
const VECTORS: readonly Vector[] = [
  {
    name: 'HubSpot v3',
    proof: { scheme: 'hubspot-v3' },
    secret: 'yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy',
    now: 1564113600000,
    url: 'https://hooks.example.com/hubspot/events',
    more: { 'x-hubspot-request-timestamp': '1564113600000' },
    body: '[{"eventId":1,"subscriptionId":12345,"portalId":62515,"occurredAt":1564113600000,"subscriptionType":"contact.creation","attemptNumber":0,"objectId":123,"changeSource":"CRM","changeFlag":"NEW","appId":54321}]',
    header: 'x-hubspot-signature-v3',
    expect: '5NC7YoXE3a7SD/VHlnACxj4WdOsYVG3p5NYpfnwHdIg=',
  },
  {
    name: 'Meta',
    proof: { scheme: 'meta' },
    secret: 'app_secret_example',
    now: 0,
    body: '{"object":"page","entry":[]}',
    header: 'x-hub-signature-256',
    expect: 'sha256=525647799b07d87469d0ffe368a0b5bcdba9bbee0a2d4611e98fcb1ec3db947c',
  },
  {
    name: 'Mailchimp',
    proof: { scheme: 'mailchimp' },
    secret: 'mc_signing_secret',
    now: 1700000000000,
    body: 'type=subscribe&fired_at=2026-01-01+00%3A00%3A00',
    header: 'x-mailchimp-signature',
    expect: 't=1700000000,v1=abbc675a81b17e232ef4c69f7e1d1890195ac84c4eac3e15808573a004b248be',
  },
  {
    name: 'SendGrid',
    proof: { scheme: 'sendgrid' },
    secret:
      'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g==',
    now: 1600112502000,
    more: { 'x-twilio-email-event-webhook-timestamp': '1600112502' },
    body: '[{"email":"hello@world.com","event":"dropped","reason":"Bounced Address","sg_event_id":"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA","sg_message_id":"LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0","smtp-id":"<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>","timestamp":1600112492}]\r\n',
    header: 'x-twilio-email-event-webhook-signature',
    expect: 'MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM=',
  },
  {
    name: 'Twilio, a call',
    proof: { scheme: 'twilio' },
    secret: '12345',
    now: 0,
    url: 'https://mycompany.com/myapp.php?foo=1&bar=2',
    more: FORM,
    body: form({
      CallSid: 'CA1234567890ABCDE',
      Caller: '+12349013030',
      Digits: '1234',
      From: '+12349013030',
      To: '+18005551212',
    }),
    header: 'x-twilio-signature',
    expect: '0/KCTR6DLpKmkAf8muzZqo1nDgQ=',
  },
  {
    name: 'Twilio, a message',
    proof: { scheme: 'twilio' },
    secret: '12345',
    now: 0,
    url: 'https://hooks.example.com/twilio/inbound',
    more: FORM,
    body: form({
      To: 'whatsapp:+14155238886',
      NumMedia: '0',
      MessageSid: 'SM00000000000000000000000000000000',
      From: 'whatsapp:+5511999990000',
      Body: 'Oi, quero saber o preço',
      AccountSid: 'AC00000000000000000000000000000000',
    }),
    header: 'x-twilio-signature',
    expect: 'os4kCMvFRtqic4XUPl3uKK31wy4=',
  },
  {
    name: 'Twilio, a body that is no form',
    proof: { scheme: 'twilio' },
    secret: '12345',
    now: 0,
    url: 'https://example.com/myapp.php?bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620',
    body: '{"property": "value", "boolean": true}',
    header: 'x-twilio-signature',
    expect: '6RHpvr0Bgg5tOv7XwQAKSA53KeA=',
  },
  {
    name: 'Calendly',
    proof: { scheme: 'calendly' },
    secret: 'calendly_signing_key',
    now: 1700000000000,
    body: '{"event":"invitee.created"}',
    header: 'calendly-webhook-signature',
    expect: 't=1700000000,v1=7c7e325be658164dc380d838840ca9f061137cfceeeb8eb8554524cb38913971',
  },
  {
    name: 'Stripe',
    proof: { scheme: 'stripe' },
    secret: 'whsec_test',
    now: 1700000000000,
    body: '{"id":"evt_test","object":"event"}',
    header: 'stripe-signature',
    expect: 't=1700000000,v1=c25fec335f20601dcb662f0e7c4944646158a9324bb6ed8b7f6ab126449f507a',
  },
  {
    name: 'Slack',
    proof: { scheme: 'slack' },
    secret: '8f742231b10e8888abcd99yyyzzz85a5',
    now: 1531420618000,
    more: { 'x-slack-request-timestamp': '1531420618' },
    body: 'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c',
    header: 'x-slack-signature',
    expect: 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503',
  },
  {
    name: 'Standard Webhooks',
    proof: { scheme: 'standard-webhooks' },
    secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    now: 1614265330000,
    more: { 'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek', 'webhook-timestamp': '1614265330' },
    body: '{"test": 2432232314}',
    header: 'webhook-signature',
    expect: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  },
  {
    name: 'an HMAC as the manifest describes it',
    proof: webhookProof.parse({
      scheme: 'hmac',
      algorithm: 'sha512',
      header: 'x-signature',
      encoding: 'base64',
      prefix: 'v2=',
      payload: '{method}|{url}|{timestamp}|{body}',
      timestamp: { header: 'x-at', unit: 'ms' },
    }),
    secret: 'k',
    now: 1700000000000,
    url: 'https://hooks.example.com/x?y=1',
    more: { 'x-at': '1700000000000' },
    body: 'hello',
    header: 'x-signature',
    expect: `v2=${createHmac('sha512', 'k').update('POST|https://hooks.example.com/x?y=1|1700000000000|hello').digest('base64')}`,
  },
  {
    name: 'a token in a header',
    proof: { scheme: 'token', header: 'asaas-access-token' },
    secret: 'the-token',
    now: 0,
    body: '{}',
    header: 'asaas-access-token',
    expect: 'the-token',
  },
  {
    name: 'HTTP Basic',
    proof: { scheme: 'basic' },
    secret: 'ana:open sesame',
    now: 0,
    body: '{}',
    header: 'authorization',
    expect: `Basic ${Buffer.from('ana:open sesame').toString('base64')}`,
  },
]
const ANOTHER_KEY = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .publicKey.export({ type: 'spki', format: 'der' })
  .toString('base64')

const requestOf = ({ url, more, body, header, expect: value }: Vector): SentRequest => ({
  method: 'POST',
  url: url ?? 'https://hooks.example.com/hooks/t/abc',
  headers: { ...more, [header]: value },
  body: Buffer.from(body),
})
const prove = (vector: Vector, request = requestOf(vector), secret = vector.secret, now = vector.now) =>
  proveWebhook(vector.proof, request, secret, new Date(now))
const refusal = expect.objectContaining({ code: 'UNAUTHENTICATED' })

describe.each(VECTORS)('$name', vector => {
  test('is let in with what the vendor would send', () => {
    expect(() => prove(vector)).not.toThrow()
  })

  test('is refused without a signature, with another one, and with another secret', () => {
    const request = requestOf(vector)
    const signed = (value: string | undefined) => ({
      ...request,
      headers: { ...request.headers, [vector.header]: value },
    })
    const at = vector.expect.length - 8
    const tampered = vector.expect.slice(0, at) + (vector.expect[at] === '0' ? '1' : '0') + vector.expect.slice(at + 1)
    for (const value of [undefined, '', 'x', 't=,v1=', tampered])
      expect(() => prove(vector, signed(value)), value).toThrow(refusal)
    const other = vector.proof.scheme === 'sendgrid' ? ANOTHER_KEY : vector.secret.replace(/.{4}$|^.{1,3}$/, 'AAAA')
    expect(() => prove(vector, request, other)).toThrow(refusal)
  })
})

describe.each(VECTORS.filter(({ name }) => !/token|Basic/.test(name)))('$name, that signs the body', vector => {
  test('is refused when one byte of the body is another', () => {
    const request = requestOf(vector)
    const body = Buffer.from(request.body)
    body[body.length - 3]! ^= 1
    expect(() => prove(vector, { ...request, body })).toThrow(refusal)
  })
})

describe.each(VECTORS.filter(({ name }) => !/token|Basic|Meta|Twilio/.test(name)))(
  '$name, that signs the time',
  vector => {
    test('is refused when it is old, or from the future', () => {
      for (const minutes of [-6, 6])
        expect(() => prove(vector, undefined, undefined, vector.now + minutes * 60_000)).toThrow(
          expect.objectContaining({ message: expect.stringContaining('timestamp') }),
        )
    })
  },
)

test('a member of the body proves who sends, where the body is JSON', () => {
  const proof = { scheme: 'token-in-body', member: 'google_key' } as const
  const send = (body: string) => () =>
    proveWebhook(proof, { method: 'POST', url: '', headers: {}, body: Buffer.from(body) }, 'the-key', new Date())
  expect(send('{"google_key":"the-key","lead_id":"1"}')).not.toThrow()
  for (const body of ['{"google_key":"another"}', '{}', '[]', 'null', 'x', '{"google_key":1}'])
    expect(send(body)).toThrow(refusal)
})

test('Stripe may send several signatures while a secret is rotated', () => {
  const stripe = VECTORS.find(({ name }) => name === 'Stripe')!
  const [time, signature] = stripe.expect.split(',') as [string, string]
  expect(() => prove({ ...stripe, expect: `${time},v1=${'0'.repeat(64)},${signature},v0=x` })).not.toThrow()
})

test('HubSpot signs the address with some escapes undone', () => {
  const hubspot = VECTORS[0]!
  const url = 'https://hooks.example.com/a%3Ab%2Fc%20d?x=%40'
  const signature = createHmac('sha256', hubspot.secret)
    .update(`POSThttps://hooks.example.com/a:b/c%20d?x=@${hubspot.body}1564113600000`)
    .digest('base64')
  expect(() => prove({ ...hubspot, url, expect: signature })).not.toThrow()
})

test('Twilio sorts names before values, and a bodySHA256 of another body is refused', () => {
  const twilio = VECTORS.find(({ name }) => name === 'Twilio, a call')!
  const signed = `${twilio.url}aZabC`
  const signature = createHmac('sha1', '12345').update(signed).digest('base64')
  expect(() => prove({ ...twilio, body: 'ab=C&a=Z', expect: signature })).not.toThrow()
  const hash = createHash('sha256').update('x').digest('hex')
  const url = `https://example.com/?bodySHA256=${hash}`
  const json = VECTORS.find(({ name }) => name.includes('no form'))!
  const right = createHmac('sha1', '12345').update(url).digest('base64')
  expect(() => prove({ ...json, url, body: 'x', expect: right })).not.toThrow()
  expect(() => prove({ ...json, url, body: 'y', expect: right })).toThrow(refusal)
})

test('a manifest cannot leave the body out of what is signed', () => {
  const said = webhookProof.safeParse({ scheme: 'hmac', header: 'x-signature', payload: '{timestamp}' })
  expect(said.error?.issues[0]?.message).toContain('must have {body}')
})
