import { defineAction, emailService } from 'trae-os/sdk'

export const send = defineAction({
  ...emailService.actions.send,
  description: 'Sends one plain-text e-mail to one address through TRAE’s own mailbox, once per step.',
  idempotency: 'key', // the host adds the key of the step; the mailbox keeps one message per key
  run: async ({ to, subject, body, leadId, inReplyTo }, ctx) => {
    const ours = inReplyTo !== undefined && OUR_ID.test(inReplyTo) ? inReplyTo : undefined
    return ctx.records.messages.send({ to, subject, body, leadId, inReplyTo: ours })
  },
})

/** An answer to a message of another provider (the workspace changed it in between) still goes out, only unthreaded. */
const OUR_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
