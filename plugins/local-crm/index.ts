import { definePlugin } from 'trae-os/sdk'
import { addNote } from './actions/add-note.ts'
import { findDeal } from './actions/find-deal.ts'
import { handoff } from './actions/handoff.ts'
import { listCustomers } from './actions/list-customers.ts'
import { moveDeal } from './actions/move-deal.ts'
import { openDeal } from './actions/open-deal.ts'
import { startCustomer } from './actions/start-customer.ts'
import { unsubscribe } from './actions/unsubscribe.ts'
import { updateCustomer } from './actions/update-customer.ts'
import { updateLead } from './actions/update-lead.ts'
import en from './messages/en.json' with { type: 'json' }
import pt from './messages/pt-BR.json' with { type: 'json' }

export default definePlugin({
  id: 'local-crm',
  version: '1.1.0',
  kind: 'integration',
  engine: '^0',
  title: 'CRM',
  description:
    'TRAE’s own CRM: keeps leads, deals, customers and their history, hands leads over to closers. Needs no account.',
  publisher: 'trae',
  license: 'MIT',
  permissions: {
    records: [
      { name: 'leads:read', reason: 'Names the lead when it is handed over.' },
      { name: 'leads:write', reason: 'Stores status, score and what was found out about a lead.' },
      { name: 'activities:write', reason: 'Writes notes and handoffs into the history of the lead.' },
      { name: 'meetings:write', reason: 'Attaches the briefing to the meeting.' },
      { name: 'deals:read', reason: 'Finds the deal that a lead has already.' },
      { name: 'deals:write', reason: 'Opens deals and moves them along the pipeline.' },
      { name: 'customers:read', reason: 'Lists the customers whose health is watched.' },
      { name: 'customers:write', reason: 'Makes leads customers and keeps how they are doing.' },
      { name: 'team:read', reason: 'Finds out which closer takes the lead.' },
    ],
  },
  provides: {
    crm: { 'update-lead': 'update-lead', handoff: 'handoff', 'open-deal': 'open-deal', 'move-deal': 'move-deal' },
  },
  actions: {
    'update-lead': updateLead,
    handoff,
    'add-note': addNote,
    unsubscribe,
    'find-deal': findDeal,
    'open-deal': openDeal,
    'move-deal': moveDeal,
    'start-customer': startCustomer,
    'update-customer': updateCustomer,
    'list-customers': listCustomers,
  },
  messages: { en, 'pt-BR': pt },
})
