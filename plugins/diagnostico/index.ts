import { definePlugin } from 'trae-os/sdk'
import { channelAudit } from './actions/channel-audit.ts'
import { competitorBenchmark } from './actions/competitor-benchmark.ts'
import { csDiagnostic } from './actions/cs-diagnostic.ts'
import { icpAnalysis } from './actions/icp-analysis.ts'
import { metricsAnalysis } from './actions/metrics-analysis.ts'
import en from './messages/en.json' with { type: 'json' }
import pt from './messages/pt-BR.json' with { type: 'json' }

export default definePlugin({
  id: 'diagnostico',
  version: '1.0.0',
  kind: 'skill',
  module: 'diagnostico',
  engine: '^0',
  title: 'Diagnosis',
  description:
    'The agent of the diagnosis: who buys, which channels work, where competitors stand, what the figures say, how customers are.',
  publisher: 'trae',
  license: 'MIT',
  permissions: {
    records: [
      { name: 'figures:read', reason: 'The diagnosis counts leads, deals, customers and messages.' },
      { name: 'campaigns:read', reason: 'What a channel costs is in the figures of its campaigns.' },
    ],
    memory: [{ name: 'read', reason: 'Earlier diagnoses and what is remembered of the company count as well.' }],
    llm: {
      models: ['small', 'large'],
      tokensPerRun: 40_000,
      tokensPerDay: 400_000,
      reason: 'To judge the figures in words. Without a model the figures stand alone.',
    },
  },
  actions: {
    'icp-analysis': icpAnalysis,
    'channel-audit': channelAudit,
    'competitor-benchmark': competitorBenchmark,
    'metrics-analysis': metricsAnalysis,
    'cs-diagnostic': csDiagnostic,
  },
  messages: { en, 'pt-BR': pt },
})
