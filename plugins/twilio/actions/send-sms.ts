import { defineAction, smsService, z } from 'trae-os/sdk'
import { findSent, send } from '../messages.ts'
import { messageOutput, shown } from '../shown.ts'

const { send: contract } = smsService.actions
const input = contract.input.extend({
  from: z
    .string()
    .max(40)
    .optional()
    .describe('A number of yours or a messaging service; that of the account without it.'),
  mediaUrl: z.url().optional().describe('A picture, where the country takes MMS.'),
})

export const sendSms = defineAction({
  ...contract,
  input,
  output: messageOutput,
  idempotency: 'lookup',
  run: async (message, ctx) => shown(await send(ctx, { channel: 'sms', ...message })),
  lookup: async (message, ctx) => {
    const found = await findSent(ctx, { channel: 'sms', ...message })
    return found && shown(found)
  },
})
