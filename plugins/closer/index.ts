import { definePlugin } from 'trae-os/sdk'
import { callBriefing } from './actions/call-briefing.ts'
import { followUp } from './actions/follow-up.ts'
import { liveSuggestions } from './actions/live-suggestions.ts'
import { objectionAnalysis } from './actions/objection-analysis.ts'
import { proposal } from './actions/proposal.ts'
import en from './messages/en.json' with { type: 'json' }
import pt from './messages/pt-BR.json' with { type: 'json' }

export default definePlugin({
  id: 'closer',
  version: '1.0.0',
  kind: 'skill',
  module: 'vendas',
  engine: '^0',
  title: 'Closer’s assistant',
  description:
    'The agent of sales: prepares calls, suggests while they go on, reads objections, prepares proposals and what is written after.',
  publisher: 'trae',
  license: 'MIT',
  permissions: {
    records: [
      { name: 'leads:read', reason: 'The briefing is about the lead: company, job title, score, answers.' },
      { name: 'messages:read', reason: 'Quotes what the lead wrote.' },
      { name: 'activities:read', reason: 'Counts what happened with the lead so far.' },
      { name: 'deals:read', reason: 'A proposal is about the open deal.' },
      { name: 'figures:read', reason: 'Objections are held against why deals were lost.' },
    ],
    llm: {
      models: ['small', 'large'],
      tokensPerRun: 20_000,
      tokensPerDay: 400_000,
      reason: 'To suggest answers and to write. Without a model it finds and lists.',
    },
  },
  actions: {
    'call-briefing': callBriefing,
    'live-suggestions': liveSuggestions,
    'objection-analysis': objectionAnalysis,
    proposal,
    'follow-up': followUp,
  },
  messages: { en, 'pt-BR': pt },
})
