import { definePlugin } from 'trae-os/sdk'
import { send } from './actions/send.ts'
import pt from './messages/pt-BR.json' with { type: 'json' }

export default definePlugin({
  id: 'mailbox',
  version: '1.0.0',
  kind: 'integration',
  engine: '^0',
  title: 'Mailbox',
  description:
    'Sends and keeps e-mail in TRAE’s own mailbox, which people read on the messages page. Needs no account.',
  publisher: 'trae',
  license: 'MIT',
  permissions: {
    records: [{ name: 'messages:write', reason: 'Puts the e-mails that playbooks send into the mailbox.' }],
  },
  provides: { email: { send: 'send' } },
  actions: { send },
  messages: { 'pt-BR': pt },
})
