import { definePlugin } from 'trae-os/sdk'
import { accounts } from './accounts.ts'
import { cancelCharge } from './actions/cancel-charge.ts'
import { createCharge } from './actions/create-charge.ts'
import { getCharge } from './actions/get-charge.ts'
import pt from './messages/pt-BR.json' with { type: 'json' }
import { PRODUCTION, SANDBOX } from './request.ts'
import { chargeChanged } from './triggers/charge-changed.ts'

export default definePlugin({
  id: 'asaas',
  version: '1.0.0',
  kind: 'integration',
  engine: '^0',
  title: 'Asaas',
  description: 'Charges customers by Pix, boleto or card at Asaas, and hears when they have paid.',
  publisher: 'trae',
  license: 'MIT',
  permissions: {
    hosts: [
      { host: PRODUCTION, reason: 'Makes charges and customers, and reads how they stand.' },
      { host: SANDBOX, reason: 'The same in the test environment, where that account is connected.' },
    ],
    credentials: [
      { name: 'asaas', hosts: [PRODUCTION], reason: 'Signs requests.' },
      { name: 'sandbox', hosts: [SANDBOX], reason: 'Signs requests to the test environment.' },
    ],
    records: [{ name: 'leads:read', reason: 'Finds out which lead a payment is of.' }],
    events: [{ name: 'emit:payment.received', reason: 'Playbooks go on when a customer has paid.' }],
    storage: {
      bytes: 8 * 1024 * 1024,
      reason: 'Remembers which lead a charge is of, and that its payment was told.',
    },
  },
  credentials: accounts,
  provides: {
    payment: { 'create-charge': 'create-charge', 'get-charge': 'get-charge', 'cancel-charge': 'cancel-charge' },
  },
  actions: { 'create-charge': createCharge, 'get-charge': getCharge, 'cancel-charge': cancelCharge },
  triggers: { 'charge-changed': chargeChanged },
  messages: { 'pt-BR': pt },
})
