import { definePlugin } from 'trae-os/sdk'
import { accounts } from './accounts.ts'
import { createTemplate } from './actions/create-template.ts'
import { getMessage } from './actions/get-message.ts'
import { listTemplates } from './actions/list-templates.ts'
import { lookupNumber } from './actions/lookup-number.ts'
import { sendSms } from './actions/send-sms.ts'
import { sendWhatsApp } from './actions/send-whatsapp.ts'
import en from './messages/en.json' with { type: 'json' }
import pt from './messages/pt-BR.json' with { type: 'json' }
import { messageReceived } from './triggers/message-received.ts'
import { messageStatus } from './triggers/message-status.ts'

const HOSTS = ['api.twilio.com', 'content.twilio.com', 'lookups.twilio.com']

export default definePlugin({
  id: 'twilio',
  version: '1.2.0',
  kind: 'integration',
  engine: '^0',
  title: 'Twilio',
  description: 'Writes by SMS and WhatsApp, hears answers and how messages arrive, and looks up phone numbers.',
  publisher: 'trae',
  license: 'MIT',
  permissions: {
    hosts: [
      { host: 'api.twilio.com', reason: 'Sends messages and reads how they stand.' },
      { host: 'content.twilio.com', reason: 'Reads and creates templates of WhatsApp.' },
      { host: 'lookups.twilio.com', reason: 'Looks up phone numbers.' },
    ],
    credentials: [{ name: 'twilio', hosts: HOSTS, reason: 'Signs requests, and proves that posts are from Twilio.' }],
    records: [
      { name: 'leads:read', reason: 'Does not write to leads that have unsubscribed.' },
      {
        name: 'messages:report',
        reason: 'What it sends is read with everything else, and what did not arrive is told.',
      },
      { name: 'messages:receive', reason: 'What leads answer is read with everything else that they write.' },
    ],
    storage: {
      bytes: 4 * 1024 * 1024,
      reason: 'Remembers for three days which messages were handed over, so that none goes out twice.',
    },
  },
  credentials: accounts,
  provides: { sms: { send: 'send-sms' }, whatsapp: { send: 'send-whatsapp' } },
  actions: {
    'send-sms': sendSms,
    'send-whatsapp': sendWhatsApp,
    'get-message': getMessage,
    'lookup-number': lookupNumber,
    'list-templates': listTemplates,
    'create-template': createTemplate,
  },
  triggers: { 'message-received': messageReceived, 'message-status': messageStatus },
  messages: { en, 'pt-BR': pt },
})
