import { defineAction, whatsappService } from 'trae-os/sdk'

export const whatsapp = defineAction({
  ...whatsappService.actions.send,
  title: 'Leave a WhatsApp message to be sent',
  description:
    'Lays one message into the mailbox, once per step. A person sends it from WhatsApp and says so; templates are not needed for that.',
  idempotency: 'key',
  run: ({ to, body, leadId }, ctx) =>
    ctx.records.messages.queue({ channel: 'whatsapp', to, body, ...(leadId === undefined ? {} : { leadId }) }),
})
