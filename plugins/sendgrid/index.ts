import { definePlugin } from 'trae-os/sdk'
import { accounts } from './accounts.ts'
import { send } from './actions/send.ts'
import en from './messages/en.json' with { type: 'json' }
import pt from './messages/pt-BR.json' with { type: 'json' }
import { EUROPE, GLOBAL } from './request.ts'
import { letterReturned } from './triggers/letter-returned.ts'

export default definePlugin({
  id: 'sendgrid',
  version: '1.0.0',
  kind: 'integration',
  engine: '^0',
  title: 'SendGrid',
  description: 'Sends e-mails by SendGrid, and hears what came back and who wants no more.',
  publisher: 'trae',
  license: 'MIT',
  permissions: {
    hosts: [
      { host: GLOBAL, reason: 'Sends e-mails, and tells SendGrid where to report.' },
      { host: EUROPE, reason: 'The same for accounts of the European Union, where that is connected.' },
    ],
    credentials: [
      { name: 'sendgrid', hosts: [GLOBAL], reason: 'Signs requests.' },
      { name: 'europe', hosts: [EUROPE], reason: 'Signs requests to the European Union.' },
    ],
    records: [
      {
        name: 'letters:report',
        reason: 'E-mails to leads are in their thread; who cannot or does not want to be written to is left alone.',
      },
    ],
    // The host announces these for what SendGrid tells, so SendGrid is told where to post while playbooks listen to them
    events: [
      { name: 'emit:message.bounced', reason: 'Playbooks hear of an e-mail that came back.' },
      { name: 'emit:message.failed', reason: 'Playbooks hear of an e-mail that did not arrive.' },
    ],
  },
  credentials: accounts,
  provides: { email: { send: 'send' } },
  actions: { send },
  triggers: { 'letter-returned': letterReturned },
  messages: { en, 'pt-BR': pt },
})
