import { defineAction, emailService } from 'trae-os/sdk'
import { send as sendLetter } from '../letters.ts'

export const send = defineAction({
  ...emailService.actions.send,
  description:
    'Sends one plain-text e-mail to one address by SendGrid. To a lead it is in their thread. After a lost answer a person decides whether it went out, unless SendGrid has said so.',
  idempotency: 'none',
  run: (letter, ctx) => sendLetter(ctx, letter),
})
