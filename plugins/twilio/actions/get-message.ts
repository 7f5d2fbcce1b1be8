import { defineAction, z } from 'trae-os/sdk'
import type { TwilioMessage } from '../messages.ts'
import { accountUrl, request } from '../request.ts'
import { messageOutput, shown } from '../shown.ts'

export const getMessage = defineAction({
  title: 'Read a message',
  description: 'How a message stands: whether it was delivered or read, or why not.',
  input: z.object({ id: z.string().regex(/^(SM|MM)[0-9a-fA-F]{32}$/) }),
  output: messageOutput.extend({ to: z.string(), from: z.string().nullable(), body: z.string() }),
  effect: 'read',
  idempotency: 'none',
  sample: { id: 'SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' },
  run: async ({ id }, ctx) => {
    const message = await request<TwilioMessage>(ctx, { url: await accountUrl(ctx, `Messages/${id}.json`) })
    const { to, from, body } = message
    return { ...shown(message), to, from, body }
  },
})
