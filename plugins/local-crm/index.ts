import { definePlugin } from 'trae-os/sdk'
import { addNote } from './actions/add-note.ts'
import { handoff } from './actions/handoff.ts'
import { unsubscribe } from './actions/unsubscribe.ts'
import { updateLead } from './actions/update-lead.ts'
import en from './messages/en.json' with { type: 'json' }
import pt from './messages/pt-BR.json' with { type: 'json' }

export default definePlugin({
  id: 'local-crm',
  version: '1.0.0',
  kind: 'integration',
  engine: '^0',
  title: 'CRM',
  description: 'TRAE’s own CRM: keeps leads and their history, hands them over to closers. Needs no account.',
  publisher: 'trae',
  license: 'MIT',
  permissions: {
    records: [
      { name: 'leads:read', reason: 'Names the lead when it is handed over.' },
      { name: 'leads:write', reason: 'Stores status, score and what was found out about a lead.' },
      { name: 'activities:write', reason: 'Writes notes and handoffs into the history of the lead.' },
      { name: 'meetings:write', reason: 'Attaches the briefing to the meeting.' },
      { name: 'team:read', reason: 'Finds out which closer takes the lead.' },
    ],
  },
  provides: { crm: { 'update-lead': 'update-lead', handoff: 'handoff' } },
  actions: { 'update-lead': updateLead, handoff, 'add-note': addNote, unsubscribe },
  messages: { en, 'pt-BR': pt },
})
