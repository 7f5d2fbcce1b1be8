import { definePlugin } from 'trae-os/sdk'
import { associate } from './actions/associate.ts'
import { createDeal } from './actions/create-deal.ts'
import { getContact } from './actions/get-contact.ts'
import { getDeal } from './actions/get-deal.ts'
import { handoff } from './actions/handoff.ts'
import { listPipelines } from './actions/list-pipelines.ts'
import { listProperties } from './actions/list-properties.ts'
import { moveDeal } from './actions/move-deal.ts'
import { openDeal } from './actions/open-deal.ts'
import { searchContacts } from './actions/search-contacts.ts'
import { updateDeal } from './actions/update-deal.ts'
import { updateLead } from './actions/update-lead.ts'
import { upsertContact } from './actions/upsert-contact.ts'
import { accounts } from './accounts.ts'
import en from './messages/en.json' with { type: 'json' }
import pt from './messages/pt-BR.json' with { type: 'json' }
import { contactChanged } from './triggers/contact-changed.ts'
import { notified } from './triggers/notified.ts'

const HOST = 'api.hubapi.com'

export default definePlugin({
  id: 'hubspot',
  version: '1.1.0',
  kind: 'integration',
  engine: '^0',
  title: 'HubSpot',
  description: 'Reads and writes contacts and deals of HubSpot, and hears what changes there.',
  publisher: 'trae',
  license: 'MIT',
  permissions: {
    hosts: [{ host: HOST, reason: 'Reads and writes contacts, deals and owners.' }],
    credentials: [
      { name: 'hubspot', hosts: [HOST], reason: 'Signs in to the account and signs its requests.' },
      { name: 'private-app', hosts: [HOST], reason: 'Signs requests where nobody has signed in.' },
    ],
    records: [
      { name: 'leads:read', reason: 'Writes a lead to its contact when it is handed over, and beside its deal.' },
      { name: 'leads:write', reason: 'Stores here what playbooks change about a lead.' },
      { name: 'activities:write', reason: 'Writes the handoff into the history of the lead.' },
      { name: 'meetings:write', reason: 'Attaches the briefing to the meeting.' },
      { name: 'deals:read', reason: 'Finds the deal that a lead has already, and writes it to HubSpot as it stands.' },
      { name: 'deals:write', reason: 'Stores here the deals that playbooks open and move.' },
      { name: 'team:read', reason: 'Finds out which closer takes the lead.' },
    ],
  },
  credentials: accounts,
  provides: {
    crm: { 'update-lead': 'update-lead', handoff: 'handoff', 'open-deal': 'open-deal', 'move-deal': 'move-deal' },
  },
  actions: {
    'upsert-contact': upsertContact,
    'get-contact': getContact,
    'search-contacts': searchContacts,
    'list-properties': listProperties,
    'list-pipelines': listPipelines,
    associate,
    'create-deal': createDeal,
    'get-deal': getDeal,
    'update-deal': updateDeal,
    'update-lead': updateLead,
    handoff,
    'open-deal': openDeal,
    'move-deal': moveDeal,
  },
  triggers: { notified, 'contact-changed': contactChanged },
  messages: { en, 'pt-BR': pt },
})
