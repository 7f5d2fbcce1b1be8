import { definePlugin } from 'trae-os/sdk'
import { cancelCharge } from './actions/cancel-charge.ts'
import { createCharge } from './actions/create-charge.ts'
import { getCharge } from './actions/get-charge.ts'
import pt from './messages/pt-BR.json' with { type: 'json' }

export default definePlugin({
  id: 'charges',
  version: '1.0.0',
  kind: 'integration',
  engine: '^0',
  title: 'Charges',
  description: 'A register of what customers owe; a person confirms what was paid. Needs no account.',
  publisher: 'trae',
  license: 'MIT',
  permissions: {
    records: [
      { name: 'charges:read', reason: 'Says whether a charge was paid.' },
      { name: 'charges:write', reason: 'Enters charges, and cancels them.' },
    ],
  },
  provides: {
    payment: { 'create-charge': 'create-charge', 'get-charge': 'get-charge', 'cancel-charge': 'cancel-charge' },
  },
  actions: { 'create-charge': createCharge, 'get-charge': getCharge, 'cancel-charge': cancelCharge },
  messages: { 'pt-BR': pt },
})
