import { defineTrigger, z } from 'trae-os/sdk'
import { bare } from '../messages.ts'
import { whyUndelivered } from '../why-undelivered.ts'

export const messageStatus = defineTrigger({
  kind: 'webhook',
  title: 'A message was delivered, read or not',
  description:
    'Twilio reports how a message stands that this plugin has sent. Reports may come out of order. What did not arrive is told as message.failed too. Needs a public address of this host.',
  verify: { scheme: 'twilio' },
  secret: { credential: 'twilio', field: 'authToken' },
  output: z.object({
    id: z.string().describe('The SID of the message: `id` of the step that sent it.'),
    status: z.string().describe('queued, sent, delivered, undelivered, failed, read'),
    to: z.string().nullable(),
    errorCode: z.int().nullable(),
    error: z.string().nullable().describe('What to do, where there is more to say than the code.'),
  }),
  sample: {
    id: 'SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
    status: 'delivered',
    to: '+5511987654321',
    errorCode: null,
    error: null,
  },
  handle: async ({ form = {} }, ctx) => {
    const { MessageSid: id, MessageStatus: status, From: from, To: to, ErrorCode: code } = form
    if (id === undefined || status === undefined) throw new Error('Twilio posts MessageSid and MessageStatus.')
    const number = Number(code ?? 0)
    const errorCode = Number.isInteger(number) && number > 0 ? number : null
    const undelivered = status === 'failed' || status === 'undelivered'
    const error = undelivered || errorCode !== null ? whyUndelivered(ctx, errorCode, status) : null
    if (undelivered && to !== undefined)
      await ctx.records.messages.undelivered({
        channel: to.startsWith('whatsapp:') ? 'whatsapp' : 'sms',
        externalId: id,
        from: bare(from ?? form['MessagingServiceSid'] ?? 'Twilio'),
        to: bare(to),
        reason: error ?? status,
        optedOut: errorCode === OPTED_OUT,
      })
    const data = { id, status, to: to === undefined ? null : bare(to), errorCode, error }
    return { events: [{ data, dedupe: `${id}:${status}` }] }
  },
})

const OPTED_OUT = 21610
