import { type Context, defineTrigger, type Hook, PluginError, z } from 'trae-os/sdk'
import { bare } from '../messages.ts'
import { accountUrl, request } from '../request.ts'

interface PhoneNumber {
  readonly sid: string
  readonly phone_number: string
  readonly sms_url: string | null
}
interface Registered {
  readonly numberSid: string
  readonly url: string
}

export const messageReceived = defineTrigger({
  kind: 'webhook',
  title: 'Somebody wrote by SMS or WhatsApp',
  description:
    'A message came in. For the SMS number of the account Twilio is told where to post; for WhatsApp and messaging services enter the address in the Twilio console.',
  verify: { scheme: 'twilio' },
  secret: { credential: 'twilio', field: 'authToken' },
  output: z.object({
    id: z.string().describe('The SID of the message.'),
    channel: z.enum(['sms', 'whatsapp']),
    from: z.string().describe('E.164.'),
    to: z.string(),
    body: z.string(),
    name: z.string().nullable().describe('As the person calls itself on WhatsApp.'),
    media: z.array(z.string()).describe('Addresses of what came with it.'),
  }),
  sample: {
    id: 'SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
    channel: 'whatsapp',
    from: '+5511987654321',
    to: '+14155238886',
    body: 'Oi, quero saber o preço',
    name: 'Ana',
    media: [],
  },
  register,
  unregister: async (data, ctx) => {
    const { numberSid, url } = data as Registered
    const number = await numberOf(ctx, one => one.sid === numberSid)
    if (number?.sms_url !== url) return // somebody has entered another address since
    await setSmsUrl(ctx, numberSid, '')
  },
  handle: async ({ form = {} }, ctx) => {
    const { MessageSid: id, From: from, To: to, Body: body = '', ProfileName: name } = form
    if (id === undefined || from === undefined || to === undefined)
      throw new Error('Twilio posts MessageSid, From and To.')
    const media = Array.from({ length: Number(form['NumMedia'] ?? 0) }, (_, i) => form[`MediaUrl${i}`] ?? '')
    const channel = from.startsWith('whatsapp:') ? ('whatsapp' as const) : ('sms' as const)
    const data = { id, channel, from: bare(from), to: bare(to), body, name: name || null, media: media.filter(Boolean) }
    const text = [body, ...data.media].filter(Boolean).join('\n')
    await ctx.records.messages.receive({ channel, externalId: id, from: data.from, to: data.to, text })
    return { events: [{ data, dedupe: id }] }
  },
})

/** Enters the address at the number of the account. A value is set, so done twice it is done once. */
async function register({ url }: Hook, ctx: Context) {
  const { smsFrom = '' } = await ctx.credential('twilio')
  if (!smsFrom.startsWith('+'))
    throw new PluginError(
      'VALIDATION',
      'Twilio: only for a phone number can it be told where to post. Fill in a number as the SMS sender of the account, or enter the address in the Twilio console and switch this off.',
    )
  const number = await numberOf(ctx, one => one.phone_number === smsFrom, smsFrom)
  if (!number) throw new PluginError('NOT_FOUND', `Twilio: the account has no number ${smsFrom}.`)
  if (number.sms_url !== url) await setSmsUrl(ctx, number.sid, url)
  return { data: { numberSid: number.sid, url } satisfies Registered }
}

async function numberOf(ctx: Context, fits: (number: PhoneNumber) => boolean, phone?: string) {
  const url = await accountUrl(ctx, 'IncomingPhoneNumbers.json')
  const query = { PageSize: 1000, PhoneNumber: phone }
  const { incoming_phone_numbers: all } = await request<{ incoming_phone_numbers: readonly PhoneNumber[] }>(ctx, {
    url,
    query,
  })
  return all.find(fits)
}

async function setSmsUrl(ctx: Context, sid: string, url: string): Promise<void> {
  const form = { SmsUrl: url, SmsMethod: 'POST' }
  await request(ctx, { method: 'POST', url: await accountUrl(ctx, `IncomingPhoneNumbers/${sid}.json`), form })
}
