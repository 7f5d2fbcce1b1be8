import { definePlugin } from 'trae-os/sdk'
import { consolidatedMetrics } from './actions/consolidated-metrics.ts'
import { dashboards } from './actions/dashboards.ts'
import { forecast } from './actions/forecast.ts'
import { okrs } from './actions/okrs.ts'
import { suggestedDecisions } from './actions/suggested-decisions.ts'
import en from './messages/en.json' with { type: 'json' }
import pt from './messages/pt-BR.json' with { type: 'json' }

export default definePlugin({
  id: 'gestao',
  version: '1.0.0',
  kind: 'skill',
  module: 'gestao',
  engine: '^0',
  title: 'Management',
  description: 'The agent of management: consolidated figures, OKRs, dashboards, forecast, suggested decisions.',
  publisher: 'trae',
  license: 'MIT',
  permissions: {
    records: [{ name: 'figures:read', reason: 'Management is about the figures of all modules.' }],
    memory: [{ name: 'read', reason: 'Earlier decisions, and how they went, count as well.' }],
    llm: {
      models: ['small', 'large'],
      tokensPerRun: 40_000,
      tokensPerDay: 400_000,
      reason: 'To put the figures into words. Without a model they stand alone.',
    },
  },
  actions: {
    'consolidated-metrics': consolidatedMetrics,
    okrs,
    dashboards,
    forecast,
    'suggested-decisions': suggestedDecisions,
  },
  messages: { en, 'pt-BR': pt },
})
