import { definePlugin } from 'trae-os/sdk'
import { autoFollowup } from './actions/auto-followup.ts'
import { automatedOutreach } from './actions/automated-outreach.ts'
import { classifyReply } from './actions/classify-reply.ts'
import { dataEnrichment } from './actions/data-enrichment.ts'
import { intelligentScheduling } from './actions/intelligent-scheduling.ts'
import { leadQualification } from './actions/lead-qualification.ts'
import { leadScoring } from './actions/lead-scoring.ts'
import en from './messages/en.json' with { type: 'json' }
import pt from './messages/pt-BR.json' with { type: 'json' }

export default definePlugin({
  id: 'sdr',
  version: '1.0.0',
  kind: 'skill',
  module: 'pre_vendas',
  engine: '^0',
  title: 'SDR',
  description:
    'The agent of pre-sales: enriches, scores and qualifies leads, writes to them, understands what they answer, finds a time.',
  publisher: 'trae',
  license: 'MIT',
  // It thinks; sending and storing are other plugins' work
  permissions: {
    records: [{ name: 'messages:read', reason: 'A follow-up goes on from what was written before.' }],
    llm: {
      models: ['small'],
      tokensPerRun: 10_000,
      tokensPerDay: 200_000,
      reason:
        'To write first contacts and follow-ups, and to read replies that word rules cannot. Without a model fixed words and rules do it.',
    },
  },
  actions: {
    'data-enrichment': dataEnrichment,
    'lead-scoring': leadScoring,
    'lead-qualification': leadQualification,
    'automated-outreach': automatedOutreach,
    'classify-reply': classifyReply,
    'intelligent-scheduling': intelligentScheduling,
    'auto-followup': autoFollowup,
  },
  messages: { en, 'pt-BR': pt },
})
