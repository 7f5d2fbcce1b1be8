import { defineTrigger, z } from 'trae-os/sdk'
import { hintOf } from '../error-of.ts'
import { bare } from './message-received.ts'

export const messageStatus = defineTrigger({
  kind: 'webhook',
  title: 'A message was delivered, read or not',
  description:
    'Twilio reports how a message stands that this plugin has sent. Reports may come out of order. Needs a public address of this host.',
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
  handle: ({ form = {} }) => {
    const { MessageSid: id, MessageStatus: status, To: to, ErrorCode: code } = form
    if (id === undefined || status === undefined) throw new Error('Twilio posts MessageSid and MessageStatus.')
    const number = Number(code ?? 0)
    const errorCode = Number.isInteger(number) && number > 0 ? number : null
    const data = { id, status, to: to === undefined ? null : bare(to), errorCode, error: hintOf(errorCode) }
    return { events: [{ data, dedupe: `${id}:${status}` }] }
  },
})
