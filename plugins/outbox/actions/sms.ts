import { defineAction, smsService } from 'trae-os/sdk'

export const sms = defineAction({
  ...smsService.actions.send,
  title: 'Leave an SMS to be sent',
  description: 'Lays one text into the mailbox, once per step. A person sends it from a phone and says so.',
  idempotency: 'key',
  run: ({ to, body, leadId }, ctx) =>
    ctx.records.messages.queue({ channel: 'sms', to, body, ...(leadId === undefined ? {} : { leadId }) }),
})
