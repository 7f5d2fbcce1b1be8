import { definePlugin } from 'trae-os/sdk'
import { callBriefing } from './actions/call-briefing.ts'
import en from './messages/en.json' with { type: 'json' }
import pt from './messages/pt-BR.json' with { type: 'json' }

export default definePlugin({
  id: 'closer',
  version: '1.0.0',
  kind: 'skill',
  module: 'vendas',
  engine: '^0',
  title: 'Closer’s assistant',
  description: 'The agent of sales: prepares the closer for a call with what is known, and says what is not.',
  publisher: 'trae',
  license: 'MIT',
  permissions: {
    records: [
      { name: 'leads:read', reason: 'The briefing is about the lead: company, job title, score, answers.' },
      { name: 'messages:read', reason: 'Quotes what the lead wrote.' },
      { name: 'activities:read', reason: 'Counts what happened with the lead so far.' },
    ],
  },
  actions: { 'call-briefing': callBriefing },
  messages: { en, 'pt-BR': pt },
})
