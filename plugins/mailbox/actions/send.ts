import { defineAction, emailService } from 'trae-os/sdk'

export const send = defineAction({
  ...emailService.actions.send,
  description: 'Sends one plain-text e-mail to one address through TRAE’s own mailbox, once per step.',
  idempotency: 'key', // the host adds the key of the step; the mailbox keeps one message per key
  run: async ({ to, subject, body, leadId, inReplyTo, meetingId }, ctx) =>
    ctx.records.messages.send({
      to,
      subject,
      body,
      leadId,
      inReplyTo: ours(inReplyTo),
      meetingId: ours(meetingId),
    }),
})

/** What tells of a message or a meeting of another provider still goes out, only unthreaded, or without an invitation. */
const ours = (id: string | undefined) =>
  id !== undefined && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id) ? id : undefined
