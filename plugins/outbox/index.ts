import { definePlugin } from 'trae-os/sdk'
import { sms } from './actions/sms.ts'
import { whatsapp } from './actions/whatsapp.ts'
import pt from './messages/pt-BR.json' with { type: 'json' }

export default definePlugin({
  id: 'outbox',
  version: '1.0.0',
  kind: 'integration',
  engine: '^0',
  title: 'Outbox',
  description: 'Messages to phones that a person sends by hand, from the mailbox page. Needs no account.',
  publisher: 'trae',
  license: 'MIT',
  permissions: {
    records: [{ name: 'messages:write', reason: 'Puts the messages that playbooks send into the mailbox.' }],
  },
  provides: { sms: { send: 'sms' }, whatsapp: { send: 'whatsapp' } },
  actions: { sms, whatsapp },
  messages: { 'pt-BR': pt },
})
