import { defineAction, z } from 'trae-os/sdk'

export const send = defineAction({
  title: 'Send an e-mail',
  description: 'Sends one plain-text e-mail to one address through TRAE’s own mailbox, once per step.',
  input: z.object({
    to: z.email().max(255),
    subject: z.string().min(1).max(255),
    body: z.string().min(1).max(50_000).describe('Plain text.'),
    leadId: z.uuid().optional().describe('Whose thread it belongs to; without it, mail to the team.'),
    inReplyTo: z.string().max(255).optional().describe('Id of the message that this one answers.'),
  }),
  output: z.object({ id: z.string(), sentAt: z.iso.datetime({ offset: true }) }),
  effect: 'send',
  idempotency: 'key', // the host adds the key of the step; the mailbox keeps one message per key
  sample: { to: 'ana@acme-solar.com.br', subject: 'Olá', body: 'Podemos conversar?' },
  run: async ({ to, subject, body, leadId, inReplyTo }, ctx) => {
    const ours = inReplyTo !== undefined && OUR_ID.test(inReplyTo) ? inReplyTo : undefined
    return ctx.records.messages.send({ to, subject, body, leadId, inReplyTo: ours })
  },
})

/** An answer to a message of another provider (the workspace changed it in between) still goes out, only unthreaded. */
const OUR_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
